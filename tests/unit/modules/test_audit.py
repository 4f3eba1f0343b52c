"""`audit.tail`, `audit.verify`, `audit.head`, and the parameters."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.errors import ConfigError
from sertwist.modules.audit.methods import AuditMethods
from sertwist.modules.audit.settings import audit_settings
from sertwist.rpc.audit.level import AuditSettings, Level
from sertwist.rpc.call import Call
from sertwist.rpc.dispatch import CallContext, run_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.registry import Registry
from sertwist.server.configuration import load_configuration
from tests.unit.rpc.audit.kit import Server
from tests.unit.tls.fake_host import FakeHost, result_of

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.rpc.audit.log import AuditLog


class Module(AuditMethods):
    """Only these methods."""

    name = "xmlrpc"


def ask(audit: AuditLog, method: str, *params: Any) -> Any:
    module = Module()
    host: Any = FakeHost()
    host.audit = audit
    module._host = host
    registry = Registry()
    for each in module.methods():
        registry.add(each)
    result = run_call(Call(method, params), CallContext(registry=registry, report=lambda *_: None))
    return result_of(result) if hasattr(result, "__await__") else result


@pytest.fixture
def server() -> Server:
    server = Server()
    server.log.start(pid=1)
    for number in range(30):
        server.call("cfg.set", "a", number)
    return server


def test_tail_has_the_last_records_and_those_that_are_not_in_the_file_yet(server: Server) -> None:
    assert [each["seq"] for each in ask(server.log, "audit.tail", 3)] == [29, 30, 31]
    assert len(ask(server.log, "audit.tail")) == 20
    assert ask(server.log, "audit.tail", 1)[0]["text"] == 'cfg.set("a", 29)'


@pytest.mark.parametrize("count", [0, 1_001])
def test_tail_is_bounded(server: Server, count: int) -> None:
    assert len(ask(server.log, "audit.tail", 1_000)) == 31
    with pytest.raises(Fault, match="400"):
        ask(server.log, "audit.tail", count)


def test_verify_says_whether_the_log_holds(server: Server) -> None:
    answer = ask(server.log, "audit.verify")
    assert (answer["holds"], answer["records"], answer["first"], answer["last"]) == (True, 31, 1, 31)
    assert answer["hash"] == server.log.end.digest
    server.store.files = [
        server.store.files[0].replace(b'"text":"cfg.set(\\"a\\", 7)"', b'"text":"cfg.set(\\"a\\", 8)"')
    ]
    answer = ask(server.log, "audit.verify")
    assert (answer["holds"], answer["failures"]) == (False, ["audit.log:9: record 9 was changed"])


def test_head_is_what_an_operator_keeps_elsewhere(server: Server) -> None:
    before = ask(server.log, "audit.head")
    assert (before["last"], before["hash"], before["failure"]) == (31, server.log.end.digest, "")
    server.store.broken = OSError(errno.ENOSPC, "No space left on device")
    server.wait(1.0)
    assert ask(server.log, "audit.head")["failure"] == "No space left on device"
    with pytest.raises(Fault, match="503 Audit log can not be read: No space left on device"):
        ask(server.log, "audit.tail")


@pytest.mark.parametrize("method", ["audit.tail", "audit.verify", "audit.head"])
def test_server_without_a_log_says_so(method: str) -> None:
    with pytest.raises(Fault, match="404 No audit log: the script sets no audit_file"):
        ask(Server(level=Level.NONE).log, method)


# -- parameters -------------------------------------------------------------------------------------------------------


def settings(tmp_path: Path, *lines: str) -> AuditSettings:
    script = tmp_path / "ser.cfg"
    given = "\n".join(f'modparam("xmlrpc", {line})' for line in lines)
    script.write_text(f'listen = tcp:127.0.0.1:5060\nloadmodule "xmlrpc"\n{given}\nroute {{\n dispatch_rpc();\n}}\n')
    module = load_configuration(script).xmlrpc
    assert module is not None
    return audit_settings(module.settings)


def test_nothing_is_recorded_unless_a_file_is_named(tmp_path: Path) -> None:
    assert settings(tmp_path, '"audit", "all"').level is Level.NONE


def test_parameters_are_settings(tmp_path: Path) -> None:
    given = ('"audit_file", "a.log"', '"audit_failure", "continue"', '"audit_rotate_size", 0', '"audit_keep", 7')
    assert settings(tmp_path, *given) == AuditSettings(level=Level.WRITE, refuse=False, rotate_bytes=0, keep=7)
    assert settings(tmp_path, '"audit_file", "a.log"', '"audit", "denied"').level is Level.DENIED


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('"audit", "everything"', "audit: 'everything' is none of none, denied, write, all"),
        ('"audit_failure", "stop"', "audit_failure: 'stop' is none of refuse, continue"),
        ('"audit_keep", 0', "audit_keep"),
    ],
)
def test_wrong_parameter_is_told_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, line)
    assert words in str(caught.value)
    assert "ser.cfg:3:" in str(caught.value)
