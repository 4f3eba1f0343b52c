"""`ClientDomainConnector`: connections to next hops, each by the TLS domain for whoever was called (reference tls 4.2).

A connection is used again only for the same address, client domain and name: one made for a customer never carries
what is for another (reference tls 4.4). To each of these there is one attempt at a time; what waits for it is bounded,
and an attempt that failed is not made again at once. Nothing here makes the reactor wait.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from sertwist.errors import UnavailableError
from sertwist.tls.certificate import view_certificate
from sertwist.tls.domain import VerifyMode
from sertwist.tls.server_check import check_server, why_unnamed
from sertwist.transport.failures import Failures
from sertwist.transport.outbound import OutboundConnection
from sertwist.transport.pool_key import PoolKey, is_same
from sertwist.transport.tls_connect import Connect, start_connect

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sertwist.limits import Limits
    from sertwist.tls.context import ClientContextFactory
    from sertwist.tls.failure import Failure
    from sertwist.tls.session import TlsSession
    from sertwist.transport.aliases import Aliases
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.next_hop import NextHop
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver
    from sertwist.transport.resolver import NameResolver
    from sertwist.transport.stream_socket import StreamSocket

__all__ = ["ClientDomainConnector", "ClientDomains"]

log = Logger("sertwist")

_OWN_ENDS: Final = frozenset({"idle", "finished"})  # our own doing, no failure of the next hop


class ClientDomains(Protocol):
    """The client side of the domain table in force."""

    def client_for(
        self, remote_ip: str, remote_port: int, *, server_name: str = "", server_id: str = ""
    ) -> ClientContextFactory:
        """What makes TLS connections there.

        Raises:
            UnavailableError: nothing does.
        """


@dataclass(slots=True, eq=False)
class _Attempt:
    """A connection being opened, and who waits for it."""

    connection: OutboundConnection
    waiting: list[Deferred[StreamSocket]] = field(default_factory=list)
    size: int = 0  # bytes that they have for it


class ClientDomainConnector:
    """Opens, keeps and finds connections.

    Attributes:
        receiver: takes what comes back on them; set before the first is opened.
        admits: see `Keeper.admits`; set likewise.
        aliases: accepted connections that may be used instead.
    """

    receiver: StreamReceiver
    admits: Callable[[StreamSocket], bool | Coroutine[Any, Any, bool]]

    def __init__(
        self,
        resolver: NameResolver,
        domains: ClientDomains | None,
        aliases: Aliases,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
        count: Callable[[str], None],
    ) -> None:
        """Connect by `domains`; without them over TCP only. `count` adds one to the counter of that name."""
        self._resolver = resolver
        self._domains = domains
        self.aliases = aliases
        self._owner = owner
        self._reactor, self._table, limits = owner
        self._limits = limits.outbound
        self._handshake_limits = limits.connection
        self._count = count
        self._pool: dict[PoolKey, OutboundConnection] = {}
        self._attempts: dict[OutboundConnection, _Attempt] = {}
        self._joined: dict[PoolKey, _Attempt] = {}  # of them, those that others may still wait for
        self._open: OrderedDict[OutboundConnection, PoolKey] = OrderedDict()  # used least recently first
        self._stalled: set[StreamSocket] = set()  # bytes waited for them when they were last looked at
        self._failures = Failures(self._table.clock, self._limits.failure_lifetime, self._limits.max_failures)

    # -- find or open -------------------------------------------------------------------------------------------------

    async def connect(self, hop: NextHop, size: int, turn: int = 0) -> StreamSocket:
        """A connection to `hop`, for a message of `size` bytes.

        Args:
            hop: over `TCP` or `TLS`.
            size: counted among what waits for the connection, as long as this does.
            turn: chooses among the addresses of a name: the same message takes the same one (RFC 3261 16.11).

        Raises:
            UnavailableError: there is none, and why: each address, or the bound that was met.
        """
        until = self._table.clock() + self._limits.total_timeout
        addresses = sorted(await self._resolver.addresses(hop.address or hop.host))
        first = turn % len(addresses)
        failures: list[str] = []
        for ip in addresses[first:] + addresses[:first]:
            try:
                return await self._connection(hop, (ip, hop.port), size, until)
            except _NotThereError as error:
                failures.append(str(error))
            if self._table.clock() >= until:
                break
        raise UnavailableError(f"{hop.text}: {'; '.join(failures)}", code="next-hop")

    def send(self, connection: StreamSocket, data: bytes) -> None:
        """Send `data` on `connection`, opened by either side.

        Raises:
            UnavailableError: it has ended, or too much waits for it, or for all (`outbound-queue`).
        """
        self._check_room(connection, connection.queued_bytes, len(data))
        if connection.is_usable:
            connection.send(data)
        if not connection.is_usable:
            raise _NotThereError("the connection has ended")
        if connection.queued_bytes:
            self._stalled.add(connection)

    async def _connection(self, hop: NextHop, address: tuple[str, int], size: int, until: float) -> StreamSocket:
        factory = self._factory(hop, address)
        key = PoolKey(hop.protocol, address)
        if factory is not None:
            unnamed = why_unnamed(factory.domain, hop.name or address[0])
            if unnamed:
                raise UnavailableError(unnamed, code="no-name")
            key = PoolKey(hop.protocol, address, factory.domain.name, hop.name or address[0])
        found = self._pooled(key, factory) or self._alias(hop, address, factory)
        if found is not None:
            self._count("outbound.reused")
            return found
        if hop.open_only:
            raise _NotThereError("no connection is open, and none may be opened")
        words = self._failures.of(key) or self._failures.of(address)
        if words:
            self._count("outbound.not_tried_again")
            raise _NotThereError(f"{words} (a moment ago)")
        attempt = self._joined.get(key)
        if attempt is None or not is_same(attempt.connection, factory):
            attempt = self._joined[key] = self._begin(key, factory)
        return await self._wait(attempt, size, until)

    def _factory(self, hop: NextHop, address: tuple[str, int]) -> ClientContextFactory | None:
        if hop.protocol != "TLS":
            return None
        if self._domains is None:
            raise UnavailableError("module tls is not loaded", code="tls-not-loaded")
        return self._domains.client_for(*address, server_name=hop.name, server_id=hop.server_id)

    def _pooled(self, key: PoolKey, factory: ClientContextFactory | None) -> StreamSocket | None:
        """The open connection for `key`, if its settings are still in force and its peer still who it was."""
        connection = self._pool.get(key)
        if connection is None or not connection.is_usable or not is_same(connection, factory):
            return None
        if factory is not None and factory.domain.verify is not VerifyMode.OFF and not self._is_verified(connection):
            return None
        self._open.move_to_end(connection)
        return connection

    def _is_verified(self, connection: StreamSocket) -> bool:
        session = connection.tls
        return session is not None and session.peer.verdict(self._table.wall_clock()).verified

    def _alias(
        self, hop: NextHop, address: tuple[str, int], factory: ClientContextFactory | None
    ) -> StreamSocket | None:
        """The peer's own connection, where a new one would show the peer the same identity of ours, and trust it."""
        if factory is None or hop.server_id or not hop.name:
            return None
        connection = self.aliases.find(*address, hop.name)
        if connection is None or connection.tls is None:
            return None
        own = [view_certificate(each.chain[0]) for each in factory.domain.own]
        if own and connection.tls.my not in own:
            return None
        return connection if self._would_trust(factory, connection.tls, hop.name) else None

    def _would_trust(self, factory: ClientContextFactory, session: TlsSession, name: str) -> bool:
        """Whether the peer of an accepted connection is one that `factory` would call `name`.

        It was verified by the authorities of the domain that accepted it, which may be others.
        """
        if factory.domain.verify is VerifyMode.OFF:
            return True
        trusted = factory.trust.revocations.is_anchored(session.peer.chain)
        return trusted and check_server(session, factory.domain, name, self._table.wall_clock()) is None

    # -- open ---------------------------------------------------------------------------------------------------------

    def _begin(self, key: PoolKey, factory: ClientContextFactory | None) -> _Attempt:
        self._make_room(key.address[0])
        try:
            sock = start_connect(key.address)
        except UnavailableError as error:
            self._count("outbound.failed.connect")
            raise _NotThereError(str(error)) from None
        handshake = Connect(sock, factory, key.called, self._table.wall_clock, self._handshake_limits)
        addresses = (key.address, sock.getsockname()[:2])
        connection = OutboundConnection(sock, addresses, handshake, self, self.receiver, self._owner)
        self._open[connection] = key
        self._count("outbound.opened")
        connection.start()
        attempt = self._attempts[connection] = _Attempt(connection)
        return attempt

    def _make_room(self, ip: str) -> None:
        there = sum(each.source[0] == ip for each in self._attempts)
        if there >= self._limits.max_connecting_per_address:
            self._count("outbound.refused")
            raise UnavailableError(f"too many connections to {ip} are being opened", code="outbound-bound")
        if len(self._attempts) >= self._limits.max_connecting:
            self._count("outbound.refused")
            raise UnavailableError("too many connections are being opened", code="outbound-bound")
        if len(self._open) < self._limits.max_connections:
            return
        idle = next((each for each in self._open if each.is_usable and not each.queued_bytes), None)
        if idle is None:
            self._count("outbound.refused")
            raise UnavailableError("too many outbound connections", code="outbound-bound")
        self._count("outbound.replaced")
        idle.finish()

    async def _wait(self, attempt: _Attempt, size: int, until: float) -> StreamSocket:
        self._check_room(attempt.connection, attempt.size, size)
        ready: Deferred[StreamSocket] = Deferred()
        timer = self._reactor.callLater(max(0.0, until - self._table.clock()), ready.cancel)
        attempt.waiting.append(ready)
        attempt.size += size
        try:
            return await ready
        except CancelledError:
            raise _NotThereError(f"no connection within {self._limits.total_timeout:g} seconds") from None
        finally:
            attempt.size -= size
            if timer.active():
                timer.cancel()

    def _check_room(self, connection: StreamSocket, queued: int, size: int) -> None:
        """Refuse what would wait behind too much; a connection that nothing waits for takes one message always.

        Raises:
            UnavailableError: the bytes for this connection, or for all, are past their bound (`outbound-queue`).
        """
        if not queued:
            return
        if queued + size > self._limits.max_queued:
            self._count("outbound.queue_full")
            raise UnavailableError(
                f"{connection.source_text} takes nothing: too much waits for it", code="outbound-queue"
            )
        self._stalled = {each for each in self._stalled if each.queued_bytes}
        waiting = sum(each.queued_bytes for each in self._stalled)
        waiting += sum(each.size for each in self._attempts.values())
        if waiting + size > self._limits.max_queued_in_all:
            self._count("outbound.queue_full")
            raise UnavailableError("too much waits for next hops that take nothing", code="outbound-queue")

    # -- what became of it: see `Keeper` ------------------------------------------------------------------------------

    def established(self, connection: OutboundConnection) -> None:
        """See `Keeper.established`."""
        self._count("outbound.established")
        key, attempt = self._open[connection], self._attempts.pop(connection)
        if self._joined.get(key) is attempt:  # else a newer one has its place: by other settings
            del self._joined[key]
            self._pool[key] = connection
        for ready in attempt.waiting:
            ready.callback(connection)

    def ended(self, connection: OutboundConnection, failure: Failure) -> None:
        """See `Keeper.ended`."""
        key = self._open.pop(connection)
        self._stalled.discard(connection)
        was_open = self._pool.get(key) is connection
        if was_open:
            del self._pool[key]
        if failure.reason_code not in _OWN_ENDS and not connection.has_heard:
            self._failed(key, failure, was_open=was_open)
        attempt = self._attempts.pop(connection, None)
        if attempt is None:
            return
        if self._joined.get(key) is attempt:
            del self._joined[key]
        for ready in attempt.waiting:
            ready.errback(_NotThereError(failure.words))

    def _failed(self, key: PoolKey, failure: Failure, *, was_open: bool) -> None:
        self._count(f"outbound.failed.{failure.reason_code}")
        about = key.address if failure.reason_code in {"connect", "connect-timeout"} else key
        self._failures.add(about, failure.words)
        if was_open:
            text = "the connection to {target} ended before anything came back: {words}"
        else:
            text = "cannot connect to {target}: {words}"
        log.warn(text, target=key.text, words=failure.words)


class _NotThereError(UnavailableError):
    """One address can't be connected to; the next may."""
