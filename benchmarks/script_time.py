"""Script time: what the route of a residential gateway takes for one message, without reading or sending it."""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from sertwist.script.compile import compile_script
from sertwist.script.trace import Trace
from sertwist.server.configuration import load_configuration
from sertwist.server.sip_context import SipContext
from sertwist.sip.message import Request, parse_message

if TYPE_CHECKING:
    from sertwist.script.context import Environment
    from sertwist.script.program import Program

__all__ = ["measure"]

SCRIPT = Path(__file__).parent / "scripts" / "gateway.cfg"
_ROUNDS = 200
_REPEATS = 80
_HOME = "203.0.113.7"
_TRUNK = "198.51.100.10"
_LOCAL = ("127.0.0.1", 5060)

_HEAD = (
    "Via: SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK776asdhds;rport\r\n"
    "Max-Forwards: 70\r\n"
    'From: "4930123456" <sip:4930123456@voice.example.net>;tag=1928301774\r\n'
    "To: <sip:{to}@voice.example.net>{totag}\r\n"
    "Call-ID: a84b4c76e66710@203.0.113.7\r\n"
    "CSeq: 314159 {method}\r\n"
    "Contact: <sip:4930123456@203.0.113.7:5060>\r\n"
    "User-Agent: Example-Phone/1.2\r\n"
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY\r\n"
    "Supported: replaces, timer\r\n"
    "{more}"
)
_SDP = "v=0\r\no=- 1 1 IN IP4 203.0.113.7\r\ns=-\r\nc=IN IP4 203.0.113.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n"

_SDP_TYPE = "Content-Type: application/sdp\r\n"

#: What is measured: title, address of the peer, method, number called, tag of To, more headers, body.
_MESSAGES = (
    ("INVITE to a national number", _HOME, "INVITE", "0301234567", "", _SDP_TYPE, _SDP),
    ("INVITE to an emergency number", _HOME, "INVITE", "112", "", _SDP_TYPE, _SDP),
    ("INVITE from a trunk to an emergency number", _TRUNK, "INVITE", "112", "", _SDP_TYPE, _SDP),
    ("REGISTER", _HOME, "REGISTER", "4930123456", "", "Expires: 3600\r\n", ""),
    ("BYE in a dialog", _HOME, "BYE", "4930765432", ";tag=99", "", ""),
    ("OPTIONS as a keepalive", _HOME, "OPTIONS", "", "", "", ""),
)
_BAR = 30  # conditions of the message that the bar is about


def _message(method: str, to: str, totag: str, more: str, body: str) -> bytes:
    user, host = (f"{to}@", "voice.example.net") if to else ("", "127.0.0.1")
    head = _HEAD.format(method=method, to=to or "gateway", totag=totag, more=more)
    return f"{method} sip:{user}{host} SIP/2.0\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def _program(*, trace: bool = False) -> tuple[Program, Environment]:
    """The script, with functions in place of those that send; and what all its messages share."""
    configuration = load_configuration(SCRIPT)
    catalogue = configuration.loaded.catalogue
    for name in ("forward", "sl_send_reply", "sl_reply_error"):
        catalogue.functions[name] = replace(catalogue.functions[name], call=lambda _ctx, *_given: 1, waits=False)
    environment = configuration.environment()
    environment.sockets = frozenset({_LOCAL})
    host = SimpleNamespace(
        environment=environment,
        clock=time.monotonic,
        every=lambda _seconds, _call: None,
        begin=lambda _work: None,
        raise_event=lambda *_given: None,
        has_event=lambda _name: False,
        log=lambda *_given, **_fields: None,
    )
    for module in configuration.loaded.modules:
        module.start(cast("Any", host))
    return compile_script(configuration.script, catalogue, configuration.dialect, trace=trace), environment


def _contexts(environment: Environment, peer: str, data: bytes, count: int) -> list[SipContext]:
    """Fresh ones, each with its message read anew: a message keeps what was found in it."""
    source = (peer, 5060)
    made = [SipContext(environment, cast("Request", parse_message(data)), "UDP", source, _LOCAL) for _ in range(count)]
    for ctx in made:
        ctx.request.method  # noqa: B018 (read when the message is received)
    return made


def _microseconds(program: Program, environment: Environment, peer: str, data: bytes) -> float:
    """What one message takes of the processor, in the run that was disturbed least."""
    found = []
    gc.collect()
    gc.disable()
    for _ in range(_REPEATS):
        contexts = _contexts(environment, peer, data, _ROUNDS)
        run = program.run
        begin = time.process_time_ns()
        for ctx in contexts:
            run(ctx)
        found.append((time.process_time_ns() - begin) / _ROUNDS / 1_000)
    gc.enable()
    return min(found)


def _path(peer: str, data: bytes) -> tuple[int, int]:
    """How many statements the message runs through, and how many of them are conditions."""
    program, environment = _program(trace=True)
    (ctx,) = _contexts(environment, peer, data, 1)
    ctx.trace = Trace()
    program.run(ctx)
    return len(ctx.trace.steps), sum(step.taken is not None for step in ctx.trace.steps)


def measure(_work: Path, _pki: Path) -> None:
    """Print microseconds a message."""
    lines = len(SCRIPT.read_text(encoding="utf-8").splitlines())
    print(f"\n## Script time of a residential gateway, {lines} lines (bar: 40 us at {_BAR} conditions)\n")
    print("| message | statements | conditions | us |\n|---|---:|---:|---:|")
    program, environment = _program()
    for title, peer, *parts in _MESSAGES:
        data = _message(*parts)
        statements, conditions = _path(peer, data)
        taken = _microseconds(program, environment, peer, data)
        bar = " (the bar's)" if conditions == _BAR else ""
        print(f"| {title} | {statements} | {conditions}{bar} | {taken:.1f} |", flush=True)
