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

from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred, succeed

from sertwist.errors import UnavailableError
from sertwist.limits import Limits
from sertwist.modules.loader import Loaded, load_modules
from sertwist.modules.log_levels import scale_of
from sertwist.script.check import check
from sertwist.script.compile import compile_script
from sertwist.script.context import Environment, RouteContext
from sertwist.script.diagnostic import render
from sertwist.script.dialect import Dialect
from sertwist.script.parser import parse
from sertwist.script.route_kind import RouteKind
from sertwist.script.source import Source
from sertwist.server.event_context import enter_event
from sertwist.server.forward import Forwarder
from sertwist.server.receive import Receiver
from sertwist.server.respond import Responder
from sertwist.sip.message import Request, Response, parse_message
from sertwist.sip.text import as_bytes, as_text
from sertwist.transport.log_share import LogShare
from sertwist.transport.resolver import literal_address
from sertwist.transport.udp import UdpListener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sertwist.tls.session import TlsSession
    from sertwist.transport.next_hop import NextHop

__all__ = ["HOSTS", "INVITE", "OPTIONS", "REGISTER", "Outcome", "ScriptRun", "Sent", "make_request", "run_script"]

SOURCE = ("192.0.2.9", 5070)
LOCAL = ("192.0.2.1", 5060)
#: Names that can be looked up.
HOSTS = {"gw.example.com": ["198.51.100.7"], "example.com": ["198.51.100.1"], "proxy.example.org": ["198.51.100.8"]}


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


@dataclass(frozen=True)
class Sent:
    """One message that left.

    Attributes:
        data: its bytes.
        target: address and port that it went to.
        protocol: `UDP`, `TCP` or `TLS`.
        hop: the next hop as it was called; None for datagrams and replies.
    """

    data: bytes
    target: tuple[str, int]
    protocol: str = "UDP"
    hop: NextHop | None = None
    socket: str = ""

    @property
    def message(self) -> Any:
        """The message, a `Request` or a `Response`."""
        return parse_message(self.data)

    @property
    def text(self) -> str:
        """The bytes as text."""
        return self.data.decode("utf-8", "surrogateescape")


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


class _Listener(UdpListener):
    """A datagram socket that keeps what it is given."""

    def __init__(self, address: tuple[str, int], sent: Callable[[Sent], None]) -> None:
        self.address = address
        host, port = address
        self.name = f"udp:[{host}]:{port}" if ":" in host else f"udp:{host}:{port}"
        self._sent = sent

    def send(self, data: bytes, target: tuple[str, int]) -> bool:
        self._sent(Sent(data, target, socket=self.name))
        return True


class _Connection:
    """A stream connection that keeps what is answered."""

    is_usable = True

    def __init__(self, protocol: str, source: tuple[str, int], local: tuple[str, int], run: ScriptRun) -> None:
        self.protocol, self.source, self.local = protocol, source, local
        self.tls: TlsSession | None = None
        self.connection_id = len(run.connections) + 1
        self.verified = False
        self._run = run
        run.connections[self.connection_id] = self

    def answer(self, data: bytes, *, close: bool = False, flushed: Iterable[Callable[[], None]] = ()) -> None:
        self._run.outcome.closed |= close
        self._run.outcome.sent.append(Sent(data, self.source, self.protocol))
        for each in flushed:
            each()

    def finish(self) -> None:
        self._run.outcome.closed = True


class _Resolver:
    async def addresses(self, host: str) -> frozenset[str]:
        if literal_address(host):
            return frozenset({literal_address(host)})
        if host not in HOSTS:
            raise UnavailableError(f"{host}: no such name", code="lookup")
        return frozenset(HOSTS[host])


class _Connector:
    """Connections to next hops: all are there at once, unless the port is 9 (refused)."""

    def __init__(self, run: ScriptRun) -> None:
        self._run = run
        self._hops: dict[int, NextHop] = {}
        self.aliases = SimpleNamespace(note=lambda _connection, _request: None)

    async def connect(self, hop: NextHop, _size: int, _turn: int = 0) -> Any:
        address = hop.address or min(await _Resolver().addresses(hop.host))
        if hop.port == 9:
            raise UnavailableError(f"{hop.text}: connection refused", code="refused")
        connection = _Connection(hop.protocol, (address, hop.port), LOCAL, self._run)
        self._hops[connection.connection_id] = hop
        return connection

    def send(self, connection: _Connection, data: bytes, **_how: object) -> None:
        hop = self._hops.get(connection.connection_id)
        self._run.outcome.sent.append(Sent(data, connection.source, connection.protocol, hop))


class _Host:
    """The server as modules see it; timers run when the test says."""

    started_at = 1_700_000_000.0

    def __init__(self, run: ScriptRun, environment: Environment, loaded: Loaded) -> None:
        self._run = run
        self.environment = environment
        self.limits = Limits()
        self.module_names = tuple(each.name for each in loaded.modules)
        self.log_share = LogShare(time.monotonic, most=1_000, per_second=1.0)
        self.listening: list[Any] = []
        self.timers: list[tuple[float, Callable[[], Any]]] = []
        self.sleepers: list[tuple[float, Deferred[None]]] = []
        self.registry = {method.name: method for module in loaded.modules for method in module.methods()}

    def clock(self) -> float:
        return self._run.now

    def sleep(self, seconds: float) -> Deferred[None]:
        self.sleepers.append((self._run.now + seconds, Deferred()))
        return self.sleepers[-1][1]

    def raise_event(self, name: str, ctx: RouteContext | None = None, notes: Any = None) -> Any:
        return enter_event(self.environment, self.program, name, ctx, notes)

    def has_event(self, name: str) -> bool:
        return name in self.program.events

    def has_route(self, name: str) -> bool:
        return self.program.enter(RouteKind.REQUEST, name) is not None

    async def run_route(self, name: str, ctx: RouteContext) -> int:
        return await self.program.call(name, ctx)

    def listeners(self) -> list[Any]:
        return self.listening

    def connections(self) -> list[Any]:
        return list(self._run.connections.values())

    def every(self, seconds: float, call: Callable[[], Any]) -> None:
        self.timers.append((seconds, call))

    def begin(self, work: Any) -> None:
        ensureDeferred(work)

    def in_turns(self, work: Iterable[None]) -> None:
        for _ in work:
            pass

    def in_thread(self, call: Callable[[], Any]) -> Deferred[Any]:
        return succeed(call())

    def log(self, level: str, text: str, **fields: object) -> None:
        self._run.outcome.lines.append((level, text.format(**fields)))

    def http_date(self) -> bytes:
        return b"Tue, 14 Nov 2023 22:13:20 GMT"

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
        self.outcome = Outcome()
        self.connections: dict[int, _Connection] = {}
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
        self.host = _Host(self, self.environment, self.loaded)
        self.host.listening = [_Listener(each, self.keep) for each in sockets]
        table = SimpleNamespace(clock=lambda: self.now, log_share=self.host.log_share, get=self.connections.get)
        host: Any = self.host
        ways: Any = SimpleNamespace(source_address=lambda _target: sockets[0][0])
        forwarder = Forwarder(host, table, _Connector(self), _Resolver(), ways)  # type: ignore[arg-type]
        host.forwarder = forwarder
        self.program = compile_script(script, self.loaded.catalogue, dialect)
        program = self.program.watched(self._watch)
        responder = Responder(host, forwarder._table, forwarder._connector)
        self.receiver = Receiver(host, program, [], forwarder, responder)
        for module in self.loaded.modules:
            module.start(host)

    def keep(self, sent: Sent) -> None:
        """Something left."""
        self.outcome.sent.append(sent)

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
        self.outcome = Outcome()
        if protocol == "UDP":
            self.receiver.receive_datagram(self.host.listening[socket], message, source)
        else:
            connection: Any = _Connection(protocol, source, self.host.listening[socket].address, self)
            connection.tls = tls
            self.receiver.receive_sip(connection, message)
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
