"""`Carriage`: a request is answered the same whether or not the script or the method waits."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sertwist.limits import Limits
from sertwist.modules.management.carriage import Carriage
from sertwist.modules.management.conduct import Conduct
from sertwist.modules.management.context import ManagementContext
from sertwist.modules.management.decision import DISPATCH, Answer, PlainStatus
from sertwist.rpc.audit.nowhere import audit_nowhere
from sertwist.rpc.declare import Effect, Method
from sertwist.rpc.fault import Fault
from sertwist.rpc.http_framer import HttpFramer, HttpRequest
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry
from sertwist.rpc.xmlrpc_reader import read_response
from sertwist.rpc.xmlrpc_writer import write_call
from sertwist.script.context import Environment


class Pause:
    """Something to wait for that the test ends."""

    def __await__(self) -> Generator[None, Any, None]:
        yield


@dataclass
class Peer:
    """A connection that keeps what it was told to send."""

    source: tuple[str, int] = ("192.0.2.1", 40_000)
    local: tuple[str, int] = ("192.0.2.2", 5_061)
    source_text: str = "192.0.2.1:40000"
    connection_id: int = 1
    uid: int | None = None
    protocol: str = "TCP"
    tls: None = None
    answers: list[tuple[bytes, bool, int]] = field(default_factory=list)

    def answer(self, data: bytes, *, close: bool = False, flushed: Any = ()) -> None:
        self.answers.append((data, close, len(list(flushed))))


class Host:
    """What a carriage asks of the server."""

    def __init__(self, *, waits: bool) -> None:
        self.environment = Environment(wall_clock=lambda: 0.0)
        self.limits = Limits()
        self.registry = Registry()
        self.audit = audit_nowhere(self.registry.resolve)
        self.lines: list[str] = []
        self.ran: list[str] = []
        runs: dict[str, Callable[[Any], Any]] = {
            "t.value": lambda _request: "v",
            "t.nothing": lambda request: request.after_reply.append(lambda: None),
            "t.fault": self._fault,
            "t.defect": lambda _request: int("secret"),
            "t.unwritable": lambda _request: object(),
        }
        for name, run in runs.items():
            body = self._waiting(name, run) if waits else self._plain(name, run)
            self.registry.add(Method(name=name, run=body, effect=Effect.WRITE))
        for method in system_methods(self.registry):
            self.registry.add(method)

    def _fault(self, _request: object) -> None:
        raise Fault(404, "gone")

    def _plain(self, name: str, run: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def body(request: Any) -> Any:
            self.ran.append(name)
            return run(request)

        return body

    def _waiting(self, name: str, run: Callable[[Any], Any]) -> Callable[[Any], Any]:
        async def body(request: Any) -> Any:
            await Pause()
            self.ran.append(name)
            return run(request)

        return body

    def clock(self) -> float:
        return 0.0

    def http_date(self) -> bytes:
        return b"Thu, 01 Jan 1970 00:00:00 GMT"

    def log(self, level: str, text: str, **fields: object) -> None:
        self.lines.append(f"{level} {text} {sorted(fields)}")


SETTINGS = {
    "console": False,
    "escape_cr": True,
    "double_lf_to_crlf": False,
    "autoconversion": False,
    "allow_get": False,
    "default_policy": "script",
    "rate": 0,
    "concurrency": 0,
    "denied_rate": 0,
}
Script = Callable[[ManagementContext], object]


def post(body: bytes) -> HttpRequest:
    framer = HttpFramer(Limits().http)
    framer.feed(
        b"POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    request = framer.next()
    assert isinstance(request, HttpRequest)
    return request


def multicall(*names: str) -> bytes:
    return write_call("system.multicall", [[{"methodName": name, "params": []} for name in names]])


def run(coroutine: Coroutine[Any, Any, None] | None) -> int:
    """Run what is left; return how often it waited."""
    waits = 0
    try:
        while coroutine is not None:
            coroutine.send(None)
            waits += 1
    except StopIteration:
        pass
    return waits


def outcome(script: Script, body: bytes, *, script_waits: bool, method_waits: bool) -> tuple[object, ...]:
    host, peer = Host(waits=method_waits), Peer()

    def judge(context: ManagementContext) -> None:
        script(context)

    async def judge_later(context: ManagementContext) -> None:
        await Pause()
        script(context)

    carriage = Carriage(host, Conduct(host, SETTINGS, lambda: None), SETTINGS)  # type: ignore[arg-type]
    request = post(body)
    waited = run(carriage.handle(peer, request, judge_later if script_waits else judge))
    assert bool(waited) is (script_waits or (method_waits and bool(host.ran)))
    ((data, close, flushed),) = peer.answers
    shown = re.sub(rb"(X-Call-ID: |incident )[0-9a-f-]+", rb"\1", data)  # the numbers differ each time
    return (shown, close, flushed, host.ran, host.lines, host.environment.counters)


def lets_run(context: ManagementContext) -> None:
    context.decide(DISPATCH)


def lets_no_faults_run(context: ManagementContext) -> None:
    call = context.call
    context.decide(Answer(403, "no") if call is not None and call.method == "t.fault" else DISPATCH)


SCRIPTS: dict[str, Script] = {
    "dispatch": lets_run,
    "fault": lambda context: context.decide(Answer(400, "Unauthorized")),
    "result": lambda context: context.decide(Answer(200, "OK")),
    "status": lambda context: context.decide(PlainStatus(603, "Decline")),
    "nothing": lambda _context: None,
    "drop": lambda context: setattr(context, "dropped", True),
    "by name": lets_no_faults_run,
}
BODIES = {
    **{name: write_call(name) for name in ("t.value", "t.nothing", "t.fault", "t.defect", "t.unwritable", "t.unknown")},
    "not XML-RPC": b"<x/>",
    "multicall": multicall("t.value", "t.unknown", "t.nothing"),
    "empty multicall": multicall(),
    "refused multicall": multicall("t.value", "t.fault", "t.value"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_the_answer_is_the_same_when_something_waits(script: Script, body: bytes) -> None:
    at_once = outcome(script, body, script_waits=False, method_waits=False)
    for script_waits, method_waits in ((True, False), (False, True), (True, True)):
        assert outcome(script, body, script_waits=script_waits, method_waits=method_waits) == at_once


def answered(script: Script, body: bytes) -> tuple[Any, list[str]]:
    data, _, _, ran, *_ = outcome(script, body, script_waits=False, method_waits=False)
    assert isinstance(data, bytes)
    assert isinstance(ran, list)
    try:
        return read_response(data.partition(b"\r\n\r\n")[2]), ran
    except Fault as fault:
        return (fault.code, fault.text), ran


def test_what_the_script_lets_run_runs_and_its_result_is_the_answer() -> None:
    assert answered(lets_run, BODIES["t.value"]) == ("v", ["t.value"])
    assert answered(lets_run, BODIES["t.nothing"]) == (True, ["t.nothing"])
    assert answered(lets_run, BODIES["t.fault"]) == ((404, "gone"), ["t.fault"])


def test_nothing_of_a_multicall_runs_when_one_member_is_refused() -> None:
    assert answered(lets_no_faults_run, BODIES["refused multicall"]) == ((403, "no"), [])
    results, ran = answered(lets_no_faults_run, BODIES["multicall"])
    assert (results[0], results[1]["faultCode"], results[2]) == (("v",), 500, (True,))
    assert ran == ["t.value", "t.nothing"]


def test_nothing_runs_without_a_decision() -> None:
    assert answered(SCRIPTS["nothing"], BODIES["t.value"]) == ((403, "Not handled"), [])
