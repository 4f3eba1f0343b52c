"""Methods of modules that a script does not load are known, so that one policy can serve several servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.known_methods import known_methods
from sertwist.rpc.declare import Method
from sertwist.server.examination import examine, read_script

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = 'listen = udp:127.0.0.1:5060\nloadmodule "xmlrpc"\nmodparam("xmlrpc", "policy", "p.toml")\nroute {{ {} }}\n'


def test_a_method_that_is_loaded_is_the_one_that_is_known() -> None:
    mine = Method(name="htable.flush", run=len)
    found = known_methods([mine])
    assert found.resolve("htable.flush") is mine
    assert {"core.kill", "htable.get", "system.multicall"} <= set(found.names())
    assert len(known_methods()) == len(found)


def test_a_policy_may_deny_methods_of_modules_that_the_script_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "ser.cfg").write_text(SCRIPT.format("if (rpc_policy()) { dispatch_rpc(); }"))
    policy = tmp_path / "p.toml"
    policy.write_text('[[deny]]\nmethods = ["htable.flush"]\n')
    assert not examine(read_script(tmp_path / "ser.cfg")).errors
    policy.write_text('[[deny]]\nmethods = ["htable.flosh"]\n')
    examined = examine(read_script(tmp_path / "ser.cfg"))
    assert [each.headline for each in examined.findings if each.severity.value == "error"] == [
        "p.toml:2: error: no method is called 'htable.flosh' (did you mean 'htable.flush'?)"
    ]
