"""`modparam.*` and `corex.debug`: settings as operators read and change them; secrets are not shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sertwist.modules.corex import CorexModule
from sertwist.modules.groups import Group, Groups, Setting
from sertwist.rpc.fault import Fault
from sertwist.rpc.secret import Secret, shown


@pytest.fixture
def module() -> CorexModule:
    settings = {
        "rate": Setting(name="rate", is_number=True, default=5, minimum=1, maximum=9, is_live=True),
        "size": Setting(name="size", is_number=True, default=2),
        "password": Setting(name="password", is_number=False, default="", is_secret=True),
    }
    groups = Groups()
    groups.add(Group("hits", settings, {"rate": 5, "size": 2, "password": "hunter2"}))
    module = CorexModule()
    module.settings_by_module = groups
    module.host = SimpleNamespace(environment=SimpleNamespace(debug=2))  # type: ignore[assignment]
    return module


def test_settings_are_listed_without_secrets(module: CorexModule) -> None:
    rows: Any = module.list_parameters(None)
    rate = {"module": "hits", "param": "rate", "typeval": 2, "type": "int", "use_func": 0, "use_shm": 0, "value": 5}
    assert rows[0] == rate
    assert isinstance(rows[2]["value"], Secret)
    listed: Any = shown(module.list_parameters(None, "hits"), reveal=False)
    assert listed[2]["value"] == "***"
    assert isinstance(module.get_text(None, "hits", "password")["value"], Secret)


def test_a_number_is_read_and_changed(module: CorexModule) -> None:
    assert module.get_number(None, "hits", "rate") == {"module": "hits", "param": "rate", "shm": 0, "value": 5}
    changed = {"module": "hits", "param": "rate", "shm": 0, "ovalue": 5, "value": 7}
    assert module.set_number(None, "hits", "rate", 7) == changed
    assert module.get_number(None, "hits", "rate")["value"] == 7


@pytest.mark.parametrize(
    ("group", "name", "value", "code"),
    [("hits", "size", 3, 488), ("hits", "rate", 99, 400), ("hits", "none", 1, 404), ("none", "rate", 1, 404)],
)
def test_what_can_not_be_changed_is_refused(module: CorexModule, group: str, name: str, value: int, code: int) -> None:
    with pytest.raises(Fault) as refused:
        module.set_number(None, group, name, value)
    assert refused.value.code == code


def test_level_of_the_log_is_read_and_changed(module: CorexModule) -> None:
    assert module.debug(None) == {"debug": 2}
    assert module.debug(None, 4) == {"old": 2, "new": 4}
    assert module.debug(None) == {"debug": 4}
