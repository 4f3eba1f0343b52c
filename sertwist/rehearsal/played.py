"""What stands in for the network: sockets and connections that keep what they are given, names from a table."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred, succeed

from sertwist.errors import UnavailableError
from sertwist.rpc.audit.nowhere import audit_nowhere
from sertwist.script.route_kind import RouteKind
from sertwist.server.event_context import enter_event
from sertwist.sip.errors import BadMessageError
from sertwist.sip.message import Request, Response, parse_message
from sertwist.sip.text import as_text
from sertwist.transport.log_share import LogShare
from sertwist.transport.resolver import literal_address
from sertwist.transport.udp import UdpListener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sertwist.limits import Limits
    from sertwist.modules.declare import Module
    from sertwist.modules.host import Forwarder, Scripts
    from sertwist.rpc.registry import Registry
    from sertwist.script.context import Environment, RouteContext
    from sertwist.script.program import Program
    from sertwist.tls.session import TlsSession
    from sertwist.transport.next_hop import NextHop

__all__ = ["PlayedConnection", "PlayedConnector", "PlayedHost", "PlayedListener", "PlayedNames", "Sent", "Stage"]

_HTTP_DATE = b"Thu, 01 Jan 2026 00:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that would have left.

    Attributes:
        data: all of them.
        target: address and port that they would go to.
        protocol: `UDP`, `TCP` or `TLS`.
        hop: the next hop as it was called; None for answers and datagrams.
        socket: name of the datagram socket, empty for connections.
    """

    data: bytes
    target: tuple[str, int]
    protocol: str
    hop: NextHop | None = None
    socket: str = ""

    @property
    def message(self) -> Request | Response | None:
        """The SIP message; None when it is none (an HTTP answer)."""
        try:
            return parse_message(self.data)
        except BadMessageError:
            return None

    @property
    def text(self) -> str:
        """The bytes as text."""
        return as_text(self.data)


class Stage:
    """Where everything that leaves is kept.

    Attributes:
        sent: in order.
        lines: log lines of modules and script functions: level, text.
        closed: the connection was told to end.
        connections: by number.
    """

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.lines: list[tuple[str, str]] = []
        self.closed = False
        self.connections: dict[int, PlayedConnection] = {}

    def clear(self) -> None:
        """Forget what the last message brought about; connections stay."""
        self.sent, self.lines, self.closed = [], [], False


class PlayedListener(UdpListener):
    """A datagram socket that keeps what it is given."""

    def __init__(self, address: tuple[str, int], stage: Stage) -> None:
        self.address = address
        host, port = address
        self.name = f"udp:[{host}]:{port}" if ":" in host else f"udp:{host}:{port}"
        self._stage = stage

    def send(self, data: bytes, target: tuple[str, int]) -> bool:
        """See `UdpListener.send`."""
        self._stage.sent.append(Sent(data, target, "UDP", socket=self.name))
        return True


class PlayedConnection:
    """A stream connection that keeps what is answered."""

    is_usable = True

    def __init__(self, protocol: str, source: tuple[str, int], local: tuple[str, int], stage: Stage) -> None:
        self.protocol, self.source, self.local = protocol, source, local
        self.tls: TlsSession | None = None
        self.verified = False
        self.uid: int | None = None
        self.connection_id = len(stage.connections) + 1
        self._stage = stage
        stage.connections[self.connection_id] = self

    @property
    def source_text(self) -> str:
        """See `HttpPeer.source_text`."""
        host, port = self.source
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def answer(self, data: bytes, *, close: bool = False, flushed: Iterable[Callable[[], None]] = ()) -> None:
        """See `HttpPeer.answer`."""
        self._stage.closed |= close
        self._stage.sent.append(Sent(data, self.source, self.protocol))
        for each in flushed:
            each()

    def finish(self) -> None:
        """Answer what is being answered, then close."""
        self._stage.closed = True

    def abort(self, _reason: str) -> None:
        """End at once."""
        self._stage.closed = True


class PlayedNames:
    """Host names that can be looked up; addresses are themselves."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {name.lower(): address for name, address in names.items()}

    async def addresses(self, host: str) -> frozenset[str]:
        """See `NameResolver.addresses`.

        Raises:
            UnavailableError: there is no such name.
        """
        if literal_address(host):
            return frozenset({literal_address(host)})
        if host.lower() not in self._names:
            raise UnavailableError(f"{host}: no such name here", code="lookup")
        return frozenset({self._names[host.lower()]})


class PlayedConnector:
    """Connections to next hops: all are there at once."""

    def __init__(self, stage: Stage, names: PlayedNames, local: tuple[str, int]) -> None:
        self._stage = stage
        self._names = names
        self._local = local
        self._hops: dict[int, NextHop] = {}
        self.aliases = SimpleNamespace(note=lambda _connection, _request: None)

    async def connect(self, hop: NextHop, _size: int, _turn: int = 0) -> PlayedConnection:
        """See `ClientDomainConnector.connect`."""
        address = hop.address or min(await self._names.addresses(hop.host))
        connection = PlayedConnection(hop.protocol, (address, hop.port), self._local, self._stage)
        self._hops[connection.connection_id] = hop
        return connection

    def send(self, connection: PlayedConnection, data: bytes, **_how: object) -> None:
        """See `ClientDomainConnector.send`."""
        hop = self._hops.get(connection.connection_id)
        self._stage.sent.append(Sent(data, connection.source, connection.protocol, hop))


class PlayedHost:
    """The server as modules see it; a timer runs when `tick` is called.

    Attributes:
        timers: seconds and call of each, in order.
    """

    forwarder: Forwarder
    scripts: Scripts
    program: Program

    def __init__(
        self,
        stage: Stage,
        environment: Environment,
        limits: Limits,
        modules: tuple[Module, ...],
        registry: Registry,
    ) -> None:
        self.environment = environment
        self.limits = limits
        self.registry = registry
        self.audit = audit_nowhere(registry.resolve)
        self.started_at = environment.wall_clock()
        self.module_names = tuple(each.name for each in modules)
        self.log_share = LogShare(lambda: 0.0, most=1_000_000, per_second=1.0)
        self.listening: list[PlayedListener] = []
        self.timers: list[tuple[float, Callable[[], Any]]] = []
        self._stage = stage

    def clock(self) -> float:
        """See `Host.clock`."""
        return self.environment.wall_clock()

    def sleep(self, _seconds: float) -> Deferred[None]:
        """See `Host.sleep`; nobody waits in a rehearsal."""
        return succeed(None)

    def listeners(self) -> list[PlayedListener]:
        """See `Host.listeners`."""
        return self.listening

    def socket(self, address: tuple[str, int]) -> PlayedListener | None:
        """The datagram socket that is bound to `address`."""
        return next((each for each in self.listening if each.address == address), None)

    def connections(self) -> list[Any]:
        """See `Host.connections`."""
        return list(self._stage.connections.values())

    def every(self, seconds: float, call: Callable[[], Any]) -> None:
        """See `Host.every`."""
        self.timers.append((seconds, call))

    async def raise_event(
        self, name: str, ctx: RouteContext | None = None, notes: Mapping[object, Any] | None = None
    ) -> RouteContext | None:
        """See `Host.raise_event`."""
        return await enter_event(self.environment, self.program, name, ctx, notes)

    def has_event(self, name: str) -> bool:
        """Whether the script has a block `event_route[name]`."""
        return name in self.program.events

    def has_route(self, name: str) -> bool:
        """Whether the script has a block `route[name]`."""
        return self.program.enter(RouteKind.REQUEST, name) is not None

    async def run_route(self, name: str, ctx: RouteContext) -> int:
        """The value of `route[name]`, run for `ctx`."""
        return await self.program.call(name, ctx)

    def begin(self, work: Any) -> None:
        """See `Host.begin`."""
        ensureDeferred(work)

    def in_turns(self, work: Iterable[None]) -> None:
        """See `Host.in_turns`."""
        for _ in work:
            pass

    def in_thread(self, call: Callable[[], Any]) -> Deferred[Any]:
        """See `Host.in_thread`."""
        return succeed(call())

    async def fetch(self, url: str, **_how: object) -> bytes:
        """See `Host.fetch`.

        Raises:
            UnavailableError: always.
        """
        raise UnavailableError(f"{url}: nothing is fetched in a rehearsal", code="fetch-rehearsal")

    def log(self, level: str, text: str, **fields: object) -> None:
        """See `Host.log`."""
        self._stage.lines.append((level, text.format(**fields)))

    def http_date(self) -> bytes:
        """See `Host.http_date`."""
        return _HTTP_DATE

    def stop(self, why: str) -> None:
        """See `Host.stop`."""
        self._stage.lines.append(("info", f"the server would stop: {why}"))

    def tick(self) -> None:
        """Run every timer once."""
        for _, call in self.timers:
            maybeDeferred(call)
