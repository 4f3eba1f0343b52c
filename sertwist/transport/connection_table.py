"""Who may hold a connection: the bounds in all and for each address, and the clock that ends what takes too long.

A bound on handshakes drops the *oldest* one of the address (in all: of the address with most) that waits for its peer,
never the newest: a peer that stalls handshakes loses its own, and one that is honest but behind the same address gets
in within milliseconds. What waits for our processor is not dropped for what came later; new connections of an address
that has enough of those are refused before they cost anything. An address is an IPv6 /64 as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sertwist.transport.address import source_group
from sertwist.transport.log_share import LogShare
from sertwist.transport.turn import Turn
from sertwist.transport.unread import Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.limits import ConnectionLimits
    from sertwist.transport.backlog import Backlog
    from sertwist.transport.handshake_queue import HandshakeQueue
    from sertwist.transport.handshake_socket import HandshakeSocket
    from sertwist.transport.stream_socket import StreamSocket

__all__ = ["ConnectionTable", "Refusal"]


class Refusal(NamedTuple):
    """Why a connection is not taken, and whether its source has too many (else all together have)."""

    reason: str
    of_source: bool


class ConnectionTable:
    """Every stream connection of the server.

    Attributes:
        limits: the bounds in force.
        clock: monotonic seconds, for deadlines.
        wall_clock: seconds since the epoch, for certificates.
        backlog: connections with messages that wait for their turn.
        handshakes: connections with handshakes that wait for theirs.
        turn: what connections do together when many are ready.
        unread: what peers leave unread.
        log_share: how many log lines peers may cause.
    """

    def __init__(
        self,
        limits: ConnectionLimits,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        backlog: Backlog,
        handshakes: HandshakeQueue,
    ) -> None:
        self.limits = limits
        self.backlog = backlog
        self.handshakes = handshakes
        self.turn = Turn()
        self.unread = Unread(limits.max_write_queues)
        self.log_share = LogShare(clock, most=limits.max_log_lines, per_second=limits.log_lines_per_second)
        self.clock = clock
        self.wall_clock = wall_clock
        self._open: dict[int, StreamSocket] = {}
        self._handshakes: dict[str, dict[int, HandshakeSocket]] = {}
        self._handshake_count = 0
        self._per_source: dict[str, int] = defaultdict(int)
        self._verified = 0
        self._tls: set[int] = set()  # of established accepted ones
        self._outbound = 0  # bounded where they are opened, so that neither direction takes the other's room
        self._next_id = 1

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[StreamSocket]:
        return iter(list(self._open.values()))

    def get(self, connection_id: int) -> StreamSocket | None:
        """The connection of that number, while it is there."""
        return self._open.get(connection_id)

    def next_id(self) -> int:
        """A number no connection of this process had."""
        self._next_id += 1
        return self._next_id - 1

    def admit(self, address: str) -> Refusal | None:
        """Why a new connection from `address` is refused now; None when it is welcome."""
        limits = self.limits
        if len(self._open) - self._outbound >= limits.max_connections + limits.max_handshakes:
            return Refusal("too many connections", of_source=False)
        group = source_group(address)
        if self._per_source.get(group, 0) >= limits.max_per_address:
            return Refusal("too many connections from this address", of_source=True)
        if self.handshakes.waiting_of(group) >= limits.max_queued_handshakes:
            return Refusal("too many handshakes from this address", of_source=True)
        return None

    def add(self, connection: HandshakeSocket) -> None:
        """Take a connection in; an accepted one is in handshake until `handshake_ended`."""
        self._open[connection.connection_id] = connection
        if connection.outbound:
            self._outbound += 1
            return
        group = connection.source_group
        self._per_source[group] += 1
        crowd = self._handshakes.setdefault(group, {})
        crowd[connection.connection_id] = connection
        self._handshake_count += 1
        if len(crowd) > self.limits.max_handshakes_per_address:
            self._drop_oldest(crowd)
        elif self._handshake_count > self.limits.max_handshakes:
            self._drop_oldest(max(self._handshakes.values(), key=len))

    def handshake_ended(self, connection: StreamSocket, *, verified: bool) -> str:
        """Count an accepted connection as established; the reason why it must be closed instead, or empty."""
        self._forget_handshake(connection)
        connection.verified = verified
        self._verified += verified
        limits = self.limits
        bounds = [(len(self._open) - self._outbound - self._handshake_count, limits.max_connections, "connections")]
        if connection.protocol == "TLS":
            self._tls.add(connection.connection_id)
            bounds.append((len(self._tls), limits.max_tls_connections, "TLS connections"))
        for established, most, words in bounds:
            if established > most:
                return f"too many {words}"
            if not verified and established - self._verified > most - limits.reserved_connections:
                return f"the remaining {words} are reserved for peers with a certificate"
        return ""

    def count_unverified(self, connection: StreamSocket) -> None:
        """A peer that was verified no longer is."""
        self._verified -= not connection.outbound

    def remove(self, connection: StreamSocket) -> None:
        """Forget a connection that is gone."""
        if self._open.pop(connection.connection_id, None) is None:
            return
        self.unread.note(connection.connection_id, 0)
        if connection.outbound:
            self._outbound -= 1
            return
        self._forget_handshake(connection)
        self._tls.discard(connection.connection_id)
        self._verified -= connection.verified
        group = connection.source_group
        self._per_source[group] -= 1
        if not self._per_source[group]:
            del self._per_source[group]

    def expire(self, now: float) -> None:
        """End every connection whose deadline (monotonic seconds) has passed."""
        for connection in [c for c in self._open.values() if c.deadline <= now]:
            connection.expire()

    def _forget_handshake(self, connection: StreamSocket) -> None:
        group = connection.source_group
        crowd = self._handshakes.get(group)
        if crowd is not None and crowd.pop(connection.connection_id, None) is not None:
            self._handshake_count -= 1
            if not crowd:
                del self._handshakes[group]

    def _drop_oldest(self, crowd: dict[int, HandshakeSocket]) -> None:
        """End the oldest that waits for its peer; when all wait for us, the newest."""
        oldest = next((each for each in crowd.values() if not each.handshake_queued), None)
        victim = oldest or next(reversed(crowd.values()))
        victim.turn_away("too many handshakes in progress")
