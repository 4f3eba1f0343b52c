"""`Host`: what the server gives to a module. Module code reaches sockets, timers and the process only through this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from sertwist.limits import Limits
    from sertwist.rpc.audit.log import AuditLog
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.rpc.registry import Registry
    from sertwist.script.context import Environment, RouteContext
    from sertwist.script.program import Program
    from sertwist.sip.message import Request
    from sertwist.tls.session import TlsSession

__all__ = [
    "ConnectionRow",
    "Forwarder",
    "Host",
    "HttpCarrier",
    "HttpPeer",
    "Judge",
    "KnownName",
    "ListenerRow",
    "LogLine",
    "Names",
    "ScriptOutcome",
    "ScriptState",
    "Scripts",
    "TimerRow",
    "TracedMessage",
    "Tracer",
]

_T = TypeVar("_T")


class ConnectionRow(Protocol):
    """One stream connection, as `core.tcp_info` and `tls.list` show it."""

    @property
    def connection_id(self) -> int:
        """Number that is unique in this process."""

    @property
    def protocol(self) -> str:
        """`TCP` or `TLS`."""

    @property
    def state(self) -> str:
        """`handshake`, `open` or `closing`."""

    @property
    def source(self) -> tuple[str, int]:
        """Peer address and port."""

    @property
    def local(self) -> tuple[str, int]:
        """Our address and port."""

    @property
    def tls(self) -> TlsSession | None:
        """The finished handshake's outcome."""

    @property
    def queued_bytes(self) -> int:
        """Answer bytes that wait to be written."""

    @property
    def outbound(self) -> bool:
        """Whether we opened it."""

    @property
    def opened_at(self) -> float:
        """When it was accepted or opened, seconds since the epoch."""

    def seconds_left(self) -> int:
        """Until the connection's present deadline."""

    def finish(self) -> None:
        """Answer what is being answered, then close it."""

    def abort(self, reason: str) -> None:
        """End it at once with a reset, whatever it does; `reason` goes to the log."""

    def no_longer_verified(self) -> None:
        """Its peer has no privileges left."""


class ListenerRow(Protocol):
    """One listening socket."""

    @property
    def protocol(self) -> str:
        """`UDP`, `TCP` or `TLS`."""

    @property
    def address(self) -> tuple[str, int]:
        """Address and port."""

    @property
    def name(self) -> str:
        """The same as a script writes it, `tls:127.0.0.1:5061`."""


class HttpPeer(Protocol):
    """The connection that an HTTP request came on."""

    @property
    def connection_id(self) -> int:
        """Number that is unique in this process."""

    @property
    def source(self) -> tuple[str, int]:
        """Peer address and port."""

    @property
    def source_text(self) -> str:
        """The same in words, `127.0.0.1:5061` or `[::1]:5061`."""

    @property
    def local(self) -> tuple[str, int]:
        """Our address and port."""

    @property
    def tls(self) -> TlsSession | None:
        """The finished handshake's outcome."""

    @property
    def uid(self) -> int | None:
        """The user at the other end of a Unix socket; None for others."""

    @property
    def protocol(self) -> str:
        """`TCP`, `TLS` or `UNIX`."""

    def go_on_as_websocket(self, answer: bytes, request: HttpRequest, most: int) -> None:
        """Send `answer`; what comes behind `request` are WebSocket messages of `most` characters at most."""

    def push(self, data: bytes) -> bool:
        """Send what nobody asked for now; False: the connection is over, or its peer does not read."""

    @property
    def is_usable(self) -> bool:
        """Whether a message of ours may be sent on it now."""

    def answer(self, data: bytes, *, close: bool = False, flushed: Iterable[Callable[[], None]] = ()) -> None:
        """Send the answer, then close if told to; `flushed` run once the kernel has taken the last byte."""


Judge = Callable[[Any], "Awaitable[None] | None"]
"""Runs the script on a context; the decision stands there afterwards. An awaitable when the script waits."""


class HttpCarrier(Protocol):
    """A module that takes HTTP requests."""

    @property
    def route(self) -> str:
        """Name of the route block that judges its requests; empty for the main route."""

    def takes_target(self, target: str) -> bool:
        """Whether a request for `target` is this module's."""

    def handle(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Coroutine[Any, Any, None] | None:
        """Answer one request: None when that is done, a coroutine when the script or a method waits."""

    def hear(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Coroutine[Any, Any, None] | None:
        """Answer one message of a WebSocket, likewise: `request` is its handshake with the message as its body."""


class Forwarder(Protocol):
    """What sends requests on."""

    async def forward(self, ctx: RouteContext, protocol: str, host: str, port: int) -> bool:
        """Send the SIP request of `ctx` on, statelessly (RFC 3261 16.11).

        Args:
            ctx: its wishes hold what becomes of it; of another request than a SIP one nothing does.
            protocol: `UDP`, `TCP`, `TLS`; empty: by the URI.
            host: name or address; empty: that of the destination URI, else of the Request-URI.
            port: 0: the URI's, else the protocol's own.

        Returns:
            Whether it was sent; it waits as long as that takes to know, within `OutboundLimits.total_timeout`.
        """

    async def send(self, ctx: RouteContext, protocol: str, host: str, port: int) -> bool:
        """Send the SIP request of `ctx` as it was received, without our Via: answers to it go past us.

        Arguments and result as of `forward`.
        """

    def note_alias(self, connection: Any, request: Request, port: int = 0) -> bool:
        """Let a connection carry requests back to the peer that opened it, when it may (RFC 5923); whether it may.

        Args:
            connection: that `request` came on.
            request: its top Via asks for that, unless `port` is given.
            port: that the connection is to stand for.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptState:
    """The script in force.

    Attributes:
        path: its file.
        digest: SHA-256 over the text of the script and of all files that it includes, hexadecimal.
        generation: 1 at the start, one more with each reload that was taken.
        since: when it was put in force, seconds since the epoch.
        routes: its blocks as they are written, `route[RELAY]`.
    """

    path: str
    digest: str
    generation: int
    since: float
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptOutcome:
    """How a reload ended.

    Attributes:
        usable: the script has no error and needs no restart.
        taken: it is in force.
        generation: in force afterwards.
        findings: what the checker found, rendered with lines; when it was not taken, the reasons.
    """

    usable: bool
    taken: bool
    generation: int
    findings: tuple[str, ...]


class Scripts(Protocol):
    """The script in force, and how it is followed by another."""

    def state(self) -> ScriptState:
        """What is in force."""

    async def is_current(self) -> bool:
        """Whether the script's files are still what is in force."""

    async def reload(self, *, take: bool = True) -> ScriptOutcome:
        """Read the script again and put it in force unless it has an error; `take=False` only tells what it has."""


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """What the script did with one message.

    Attributes:
        source: who sent it, `udp:192.0.2.1:5060`.
        message: method and URI.
        lines: for people, see `sertwist.script.trace.trace_lines`.
    """

    source: str
    message: str
    lines: tuple[str, ...]


class Tracer(Protocol):
    """Tells what the script does with messages to come."""

    async def trace(self, source: str, count: int, seconds: float) -> list[TracedMessage]:
        """Wait for messages and tell what the script did with them.

        Args:
            source: address that they come from; empty: anybody's.
            count: how many; fewer when `seconds` are over before.
            seconds: how long to wait.

        Raises:
            UnavailableError: somebody else is waiting (`trace-busy`).
        """


class KnownName(Protocol):
    """A host name that was looked up."""

    @property
    def name(self) -> str:
        """Lower case."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """None when it could not be resolved."""

    @property
    def seconds_left(self) -> int:
        """Until it is looked up again."""

    @property
    def seconds_unused(self) -> int:
        """Since somebody last asked for it."""


class Names(Protocol):
    """Host names that were looked up."""

    def known(self) -> Sequence[KnownName]:
        """Those that are remembered."""

    async def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of `host`.

        Raises:
            UnavailableError: it has none, or that can't be found out (`lookup`).
        """

    def forget(self, name: str | None = None) -> int:
        """Forget `name`, or all; how many were forgotten."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log: when (`2026-01-31T12:00:00Z`), its level's name, its text."""

    time: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class TimerRow:
    """What is done by the clock.

    Attributes:
        name: what it does, as the code calls it.
        interval: seconds.
        next_in: seconds until the next time.
        last_seconds: how long it took the last time.
        runs: how often it was done.
        errors: how often it failed.
    """

    name: str
    interval: float
    next_in: float
    last_seconds: float
    runs: int
    errors: int


class Host(Protocol):
    """The running server."""

    @property
    def names(self) -> Names:
        """Host names that were looked up."""

    @property
    def tracer(self) -> Tracer:
        """Tells what the script does with messages to come."""

    @property
    def program(self) -> Program:
        """The compiled script in force."""

    @property
    def scripts(self) -> Scripts:
        """The script in force."""

    @property
    def forwarder(self) -> Forwarder:
        """What sends requests on."""

    @property
    def environment(self) -> Environment:
        """What all messages share: clocks, names, counters."""

    @property
    def registry(self) -> Registry:
        """Every RPC method."""

    @property
    def audit(self) -> AuditLog:
        """The record of management calls."""

    @property
    def limits(self) -> Limits:
        """All bounds in force."""

    @property
    def started_at(self) -> float:
        """Seconds since the epoch."""

    @property
    def module_names(self) -> tuple[str, ...]:
        """Loaded modules, in order."""

    def clock(self) -> float:
        """Monotonic seconds: what lasts for a while is measured by this."""

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Done after `seconds`."""

    def connections(self) -> Iterable[ConnectionRow]:
        """Stream connections that are open now."""

    def listeners(self) -> Iterable[ListenerRow]:
        """Listening sockets."""

    def stop(self, why: str) -> None:
        """Begin the orderly end of the server: what is being answered is finished, then the process exits with 0."""

    def signal(self, number: int) -> None:
        """Do what the process does on the signal `number`: 1, 10 or 12."""

    def log_tail(self, count: int) -> list[LogLine]:
        """The last lines of the log, the oldest first."""

    def timers(self) -> list[TimerRow]:
        """What `every` began."""

    def every(self, seconds: float, call: Callable[[], Coroutine[Any, Any, None] | None]) -> None:
        """Call `call` each `seconds` while the server runs, once the last one is done; an exception is logged."""

    async def raise_event(
        self, name: str, ctx: RouteContext | None = None, notes: Mapping[object, Any] | None = None
    ) -> RouteContext | None:
        """Run `event_route[name]`; gives the context as it ended, None when the script has no such route.

        Args:
            name: declared in a module's `events`.
            ctx: of the message that the event is about; None: an OPTIONS request that nobody sent stands for it.
            notes: what `ctx.note` finds there by key: what the event is about.

        Returns:
            With `dropped` set when the script said so, or failed.
        """

    def has_event(self, name: str) -> bool:
        """Whether the script has a block `event_route[name]`."""

    def has_route(self, name: str) -> bool:
        """Whether the script has a block `route[name]`."""

    async def run_route(self, name: str, ctx: RouteContext) -> int:
        """The value of `route[name]`, which must exist, run for `ctx` as `route(name)` would; its `exit` unwinds."""

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do `work`; an exception is logged."""

    def in_turns(self, work: Iterator[None]) -> None:
        """Run `work` from one yield to the next, with turns of everybody else between; an exception is logged."""

    def in_thread(self, call: Callable[[], _T]) -> Awaitable[_T]:
        """Run `call`, which touches nothing of the server's, in a thread; its result or exception."""

    async def fetch(self, url: str, *, body: bytes, content_type: str, bound: int, seconds: float) -> bytes:
        """The body of what `url` answers with status 200.

        Args:
            url: `http://` only; redirects are not followed.
            body: posted; empty: it is a GET.
            content_type: of `body`.
            bound: bytes that the answer may have.
            seconds: until it must be whole.

        Raises:
            UnavailableError: there is no such answer, in words (`fetch-...`).
        """

    def metrics_text(self) -> str:
        """The server's numbers in Prometheus's text form."""

    def http_date(self) -> bytes:
        """The value of an HTTP Date header now."""

    def log(self, level: str, text: str, **fields: object) -> None:
        """Write a log line: `level` is debug, info, warn, error; `text` a constant format of `fields`."""
