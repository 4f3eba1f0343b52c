"""`run_script`: one message through a script, in memory: what was answered, sent on and logged.

The real loader, checker, compiler, receiver and forwarder; only sockets, connections, names and clocks are played.

    outcome = run_script('loadmodule "sl" route { sl_reply("404", "Not here"); }')
    assert outcome.status == 404
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred
from twisted.python.failure import Failure

from sertwist.errors import UnavailableError
from sertwist.limits import Limits
from sertwist.modules.loader import Loaded, load_modules
from sertwist.modules.log_levels import scale_of
from sertwist.rehearsal.played import (
    PlayedConnection,
    PlayedConnector,
    PlayedHost,
    PlayedListener,
    PlayedNames,
    Sent,
    Stage,
)
from sertwist.rpc.registry import Registry
from sertwist.script.check import check
from sertwist.script.compile import compile_script
from sertwist.script.context import Environment, RouteContext
from sertwist.script.diagnostic import render
from sertwist.script.dialect import Dialect
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.forward import Forwarder
from sertwist.server.receive import Receiver
from sertwist.server.respond import Responder
from sertwist.sip.message import Request, Response
from sertwist.sip.text import as_bytes, as_text
from sertwist.transport.log_share import LogShare

if TYPE_CHECKING:
    from sertwist.tls.session import TlsSession
    from sertwist.transport.next_hop import NextHop

__all__ = [
    "HOSTS",
    "INVITE",
    "OPTIONS",
    "REGISTER",
    "Outcome",
    "ScriptRun",
    "Sent",
    "finish",
    "make_request",
    "run_script",
]

SOURCE = ("192.0.2.9", 5070)
LOCAL = ("192.0.2.1", 5060)
#: Names that can be looked up.
HOSTS = {"gw.example.com": "198.51.100.7", "example.com": "198.51.100.1", "proxy.example.org": "198.51.100.8"}


def make_request(method: str = "OPTIONS", uri: str = "sip:bob@example.com", *lines: str, body: str = "") -> bytes:
    """A request from Alice to Bob; `lines` are further header lines."""
    head = [
        f"{method} {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-a1",
        "Max-Forwards: 70",
        'From: "Alice" <sip:alice@example.org>;tag=f1',
        "To: Bob <sip:bob@example.com>",
        "Call-ID: call-1@192.0.2.9",
        f"CSeq: 1 {method}",
        "Contact: <sip:alice@192.0.2.9:5070>",
        *lines,
        f"Content-Length: {len(body.encode())}",
        "",
        body,
    ]
    return "\r\n".join(head).encode("utf-8", "surrogateescape")


OPTIONS = make_request()
INVITE = make_request("INVITE")
REGISTER = make_request("REGISTER", "sip:example.com")


@dataclass
class Outcome:
    """What came of one message.

    Attributes:
        sent: everything that left, in order.
        lines: log lines, (level, text).
        ctx: the context of the (last) script run; None when the message never reached a script.
        counters: the server's counters afterwards.
        closed: the connection was told to end.
    """

    sent: list[Sent] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    ctx: RouteContext | None = None
    counters: dict[str, int] = field(default_factory=dict)
    closed: bool = False

    @property
    def replies(self) -> list[Response]:
        """Responses that left: made here or passed on."""
        return [m for m in (each.message for each in self.sent) if isinstance(m, Response)]

    @property
    def forwards(self) -> list[Sent]:
        """Requests that were sent on."""
        return [each for each in self.sent if isinstance(each.message, Request)]

    @property
    def status(self) -> int:
        """Of the last response, 0 without."""
        return self.replies[-1].status if self.replies else 0

    @property
    def reason(self) -> str:
        """Of the last response."""
        return self.replies[-1].reason.decode() if self.replies else ""

    @property
    def log(self) -> list[str]:
        """The log lines without their levels."""
        return [text for _, text in self.lines]


class _Connector(PlayedConnector):
    """Connections to next hops: all are there at once, unless the port is 9 (refused)."""

    async def connect(self, hop: NextHop, size: int, turn: int = 0) -> PlayedConnection:
        if hop.port == 9:
            raise UnavailableError(f"{hop.text}: connection refused", code="refused")
        return await super().connect(hop, size, turn)


class _Host(PlayedHost):
    """The server as modules see it; timers and sleepers run when the test says."""

    def __init__(self, stage: Stage, environment: Environment, loaded: Loaded) -> None:
        registry = Registry()
        for each in (method for module in loaded.modules for method in module.methods()):
            registry.add(each)
        super().__init__(stage, environment, Limits(), loaded.modules, registry)
        self.log_share = LogShare(time.monotonic, most=1_000, per_second=1.0)
        self.sleepers: list[tuple[float, Deferred[None]]] = []

    def sleep(self, seconds: float) -> Deferred[None]:
        self.sleepers.append((self.clock() + seconds, Deferred()))
        return self.sleepers[-1][1]

    def stop(self, _why: str) -> None:
        raise AssertionError("a script stopped the server")


class ScriptRun:
    """A script in its server: messages go through it one after the other, and what it keeps is kept.

    Attributes:
        now: seconds since the epoch; tests set it.
        outcome: of the last message.
        host: the server as modules see it.
        loaded: the modules.
        findings: what the checker said about the script, rendered; errors make this fail.
    """

    def __init__(
        self,
        text: str,
        *,
        name: str = "ser.cfg",
        sockets: tuple[tuple[str, int], ...] = (LOCAL,),
        dialect: Dialect = Dialect.KAMAILIO,
    ) -> None:
        self.now = 1_700_000_000.0
        self._stage = Stage()
        self.outcome = self._next_outcome()
        source = Source.from_text(name, text)
        script, diagnostics = parse(source)
        self.loaded = load_modules(script, diagnostics)
        check(script, self.loaded.catalogue, diagnostics, dialect)
        self.findings = [render(each, source) for each in diagnostics]
        assert not diagnostics.errors, "\n".join(self.findings)
        core = self.loaded.modules[0].settings
        self.environment = Environment(
            wall_clock=lambda: self.now,
            sockets=frozenset(sockets),
            aliases=frozenset((str(each.value).lower(), 0) for each in core["alias"]),
            to_tag_key=b"k" * 32,
            force_rport=core["force_rport"],
            debug=core["debug"],
            log_scale=scale_of(dialect),
        )
        self.environment.complain = lambda line: self.outcome.lines.append(("warn", f"script: {line}"))
        self.host = _Host(self._stage, self.environment, self.loaded)
        self.host.listening = [PlayedListener(each, self._stage) for each in sockets]
        table: Any = SimpleNamespace(clock=lambda: self.now, log_share=self.host.log_share, get=self.connections.get)
        host: Any = self.host
        ways: Any = SimpleNamespace(source_address=lambda _target: sockets[0][0])
        names = PlayedNames(HOSTS)
        forwarder = Forwarder(host, table, _Connector(self._stage, names, LOCAL), names, ways)  # type: ignore[arg-type]
        host.forwarder = forwarder
        self.program = compile_script(script, self.loaded.catalogue, dialect)
        program = self.program.watched(self._watch)
        responder = Responder(host, forwarder._table, forwarder._connector)
        self.receiver = Receiver(host, program, [], forwarder, responder)
        for module in self.loaded.modules:
            module.start(host)

    @property
    def connections(self) -> dict[int, PlayedConnection]:
        """Those that came and that were opened, by number."""
        return self._stage.connections

    def _next_outcome(self) -> Outcome:
        """What will come of the next message, and of what it leaves behind."""
        self._stage.clear()
        return Outcome(self._stage.sent, self._stage.lines)

    def _watch(self, ctx: RouteContext) -> None:
        self.outcome.ctx = ctx

    def send(
        self,
        message: bytes = OPTIONS,
        *,
        source: tuple[str, int] = SOURCE,
        protocol: str = "UDP",
        tls: TlsSession | None = None,
        socket: int = 0,
    ) -> Outcome:
        """What comes of `message` from `source`; by `socket` (its number) or a new connection."""
        self.outcome = self._next_outcome()
        if protocol == "UDP":
            self.receiver.receive_datagram(self.host.listening[socket], message, source)
        else:
            connection: Any = PlayedConnection(protocol, source, self.host.listening[socket].address, self._stage)
            connection.tls = tls
            self.receiver.receive_sip(connection, message)
        self.outcome.closed = self._stage.closed
        self.outcome.counters = dict(self.environment.counters)
        return self.outcome

    def respond(self, sent: Sent, status: str = "200 OK", *lines: str) -> Outcome:
        """What comes of the answer of the next hop that got `sent`."""
        request = sent.message
        copied = [f"{name}: {value}" for name, value in _lines_of(request) if name in _COPIED]
        head = [f"SIP/2.0 {status}", *copied, *lines, "Content-Length: 0", "", ""]
        return self.send(as_bytes("\r\n".join(head)), source=sent.target)

    def tick(self, seconds: float = 1.0) -> None:
        """Let time pass: every timer of a module runs once, and who slept so long wakes up."""
        self.now += seconds
        due = [each for each in self.host.sleepers if each[0] <= self.now]
        self.host.sleepers = [each for each in self.host.sleepers if each[0] > self.now]
        for _, sleeper in due:
            sleeper.callback(None)
        for _, call in self.host.timers:
            maybeDeferred(call)


_COPIED = ("via", "from", "to", "call-id", "cseq")


def finish(work: Any, host: Any) -> Any:
    """The result of a coroutine that waits for turns of the server; what it sleeps for passes at once."""
    ended: list[Any] = []
    ensureDeferred(work).addBoth(ended.append)
    while not ended:
        host.sleepers.pop(0)[1].callback(None)
    if isinstance(ended[0], Failure):
        ended[0].raiseException()
    return ended[0]


def _lines_of(request: Request) -> list[tuple[str, str]]:
    return [
        (name, as_text(line.partition(b":")[2].strip()))
        for name, line in zip(request.names, request.lines, strict=True)
    ]


def run_script(
    text: str,
    message: bytes = OPTIONS,
    *,
    source: tuple[str, int] = SOURCE,
    protocol: str = "UDP",
    tls: TlsSession | None = None,
    sockets: tuple[tuple[str, int], ...] = (LOCAL,),
) -> Outcome:
    """What comes of one message in a script that was just loaded."""
    return ScriptRun(text, sockets=sockets).send(message, source=source, protocol=protocol, tls=tls)
