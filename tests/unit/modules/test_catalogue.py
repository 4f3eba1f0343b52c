"""The catalogue of RPC methods: every one that users of this family of servers know is here, or it is said why not."""

from __future__ import annotations

import inspect
from collections import Counter
from pathlib import Path

import pytest

from sertwist.modules.core import CoreModule
from sertwist.modules.declare import Module
from sertwist.modules.known_methods import known_methods
from sertwist.rpc.declare import Effect

REGISTRY = known_methods()
LINES = [
    line.split(" ", 1)
    for line in (Path(__file__).parent / "catalogue.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
HERE = [rest.split(" = ") for _, rest in LINES if " : " not in rest]
MISSING = [rest.split(" : ") for _, rest in LINES if " : " in rest]


@pytest.mark.parametrize(("name", "aliases"), [(each[0], " ".join(each[1:]).split()) for each in HERE])
def test_method_is_here_under_all_its_names(name: str, aliases: list[str]) -> None:
    method = REGISTRY.resolve(name)
    assert method is not None
    assert method.name == name
    assert method.help
    for alias in aliases:
        assert REGISTRY.resolve(alias) is method


def test_what_is_said_to_be_missing_is_missing_with_a_reason() -> None:
    for names, why in MISSING:
        assert why
        assert [name for name in names.split() if REGISTRY.resolve(name) is not None] == []


def test_every_name_is_listed_once() -> None:
    names = Counter(each[0] for each in HERE) + Counter(name for names, _ in MISSING for name in names.split())
    assert [name for name, count in names.items() if count > 1] == []
    assert {mark for mark, _ in LINES} == {"M", "L", "N"}


def test_what_ends_something_is_never_repeated_by_itself() -> None:
    destructive = {each.name for each in REGISTRY if each.effect is Effect.DESTRUCTIVE}
    assert {"core.kill", "tls.kill", "htable.delete", "htable.flush"} <= destructive
    assert not any(each.idempotent for each in REGISTRY if each.effect is Effect.DESTRUCTIVE)


def test_who_may_only_read_can_not_see_messages_of_others() -> None:
    trace = REGISTRY.resolve("core.trace")
    assert trace is not None
    assert trace.effect is Effect.WRITE


def test_parts_of_the_core_do_not_take_each_others_names() -> None:
    owners: dict[str, list[str]] = {}
    for part in CoreModule.__mro__:
        for name, member in vars(part).items():
            if part not in (Module, object) and inspect.isfunction(member) and name not in vars(Module):
                owners.setdefault(name, []).append(part.__name__)
    assert {name: parts for name, parts in owners.items() if len(parts) > 1} == {}
