"""What becomes of a SIP request: by the script's outcome, by its errors, and when the script waits."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import Deferred

from sertwist.limits import Limits
from sertwist.script.check import check
from sertwist.script.compile import compile_script
from sertwist.script.context import Environment, RouteContext
from sertwist.script.declare import Catalogue, Function
from sertwist.script.diagnostic import Diagnostics
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.forward import Forwarder
from sertwist.server.receive import Receiver
from sertwist.server.respond import Responder
from sertwist.transport.log_share import LogShare

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS = (
    b"OPTIONS sip:x@x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=1\r\n"
    b"To: <sip:x@x>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)
SOURCE = ("127.0.0.1", 4_000)


class _Listener:
    address = ("127.0.0.1", 5_060)

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def send(self, data: bytes, target: tuple[str, int]) -> bool:
        self.sent.append((data, target))
        return True


class _Host:
    def __init__(self) -> None:
        self.environment = Environment(wall_clock=time.time, to_tag_key=b"k" * 32)
        self.log_share = LogShare(time.monotonic, most=100, per_second=1.0)
        self.limits = Limits()

    def http_date(self) -> bytes:
        return b""


def _reply(ctx: RouteContext) -> int:
    return 1 if ctx.reply(200, "OK") else -1


def _fail(_ctx: RouteContext) -> int:
    raise ZeroDivisionError


class _Later:
    """A script function that waits until it is told to go on."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[int]] = []

    async def __call__(self, _ctx: RouteContext) -> int:
        self.waiting.append(Deferred())
        return await self.waiting[-1]


def _receiver(text: str, later: Callable[..., Any] = _reply) -> tuple[Receiver, _Listener, _Host]:
    catalogue = Catalogue()
    functions = [Function(name="ok", call=_reply), Function(name="fail", call=_fail)]
    catalogue.add([*functions, Function(name="later", call=later, waits=isinstance(later, _Later))])
    diagnostics = Diagnostics()
    script, diagnostics = parse(Source.from_text("ser.cfg", text))
    check(script, catalogue, diagnostics)
    assert not diagnostics.errors
    host = _Host()
    table = SimpleNamespace(clock=time.monotonic)
    forwarder = Forwarder(host, table, None, None)  # type: ignore[arg-type]  # nothing is forwarded here
    responder = Responder(host, table, None)  # type: ignore[arg-type]
    program = compile_script(script, catalogue)
    return Receiver(host, program, [], forwarder, responder), _Listener(), host  # type: ignore[arg-type]


def _receive(text: str, data: bytes = OPTIONS) -> tuple[list[tuple[bytes, tuple[str, int]]], dict[str, int]]:
    receiver, listener, host = _receiver(text)
    receiver.receive_datagram(listener, data, SOURCE)  # type: ignore[arg-type]
    return listener.sent, host.environment.counters


def test_reply_goes_to_the_port_of_the_via_when_no_rport_is_asked_for() -> None:
    ((data, target),), _ = _receive("route { ok(); }")
    assert data.startswith(b"SIP/2.0 200 OK\r\n")
    assert target == ("127.0.0.1", 5_070)


@pytest.mark.parametrize("text", ["route { exit; }", "route { return; }", "route { break; }"])
def test_request_that_no_line_answered_gets_500_and_is_counted(text: str) -> None:
    ((data, _),), counters = _receive(text)
    assert data.startswith(b"SIP/2.0 500 Unanswered by script\r\n")
    assert counters["script.unanswered"] == 1


def test_drop_is_silent_and_counted() -> None:
    sent, counters = _receive("route { drop; }")
    assert (sent, counters) == ([], {"script.dropped": 1})


def test_second_reply_is_not_sent() -> None:
    assert len(_receive("route { ok(); ok(); }")[0]) == 1


def test_script_that_fails_is_a_refusal_with_an_incident_and_no_detail() -> None:
    ((data, _),), counters = _receive("route { fail(); }")
    assert data.startswith(b"SIP/2.0 500 Server Internal Error (")
    assert b"ZeroDivision" not in data
    assert counters["internal_errors"] == 1


@pytest.mark.parametrize("text", ["route { exit; }", "route { fail(); }"])
def test_ack_is_never_answered(text: str) -> None:
    assert _receive(text, OPTIONS.replace(b"OPTIONS", b"ACK"))[0] == []


def test_malformed_request_is_answered_at_its_source_before_the_script() -> None:
    ((data, target),), counters = _receive("route { ok(); }", OPTIONS.replace(b"CSeq: 1 ", b"CSeq: 1"))
    assert data.startswith(b"SIP/2.0 400 ")
    assert target == SOURCE
    assert counters == {"sip.insane": 1}


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0\0\0\0", b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n", b"\xff" * 50])
def test_what_is_no_request_is_not_answered(data: bytes) -> None:
    assert _receive("route { ok(); }", data)[0] == []


def test_request_waits_with_its_script_and_others_go_on_meanwhile() -> None:
    later = _Later()
    receiver, listener, _ = _receiver("route { if (later()) ok(); }", later)
    for _ in range(2):
        receiver.receive_datagram(listener, OPTIONS, SOURCE)  # type: ignore[arg-type]
    assert listener.sent == []
    later.waiting[1].callback(1)
    assert len(listener.sent) == 1
    later.waiting[0].callback(-1)
    assert [data[:11] for data, _ in listener.sent] == [b"SIP/2.0 200", b"SIP/2.0 500"]


def test_script_that_fails_after_waiting_is_a_refusal() -> None:
    later = _Later()
    receiver, listener, host = _receiver("route { later(); }", later)
    receiver.receive_datagram(listener, OPTIONS, SOURCE)  # type: ignore[arg-type]
    later.waiting[0].errback(ZeroDivisionError())
    assert listener.sent[0][0].startswith(b"SIP/2.0 500 Server Internal Error (")
    assert host.environment.counters["internal_errors"] == 1


def test_request_without_a_via_is_not_answered() -> None:
    data = OPTIONS.replace(b"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa\r\n", b"")
    sent, counters = _receive("route { ok(); }", data)
    assert (sent, counters) == ([], {"sip.without_via": 1})
