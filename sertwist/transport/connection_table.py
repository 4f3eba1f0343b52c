"""Who may hold a connection: the bounds in all and for each address, and the clock that ends what takes too long.

A bound on handshakes drops the *oldest* unfinished one of the address (in all: of the address with most), never the
newest: a peer that stalls handshakes loses its own, and one that is honest but behind the same address gets in within
milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.limits import ConnectionLimits
    from sertwist.transport.backlog import Backlog
    from sertwist.transport.stream import StreamConnection

__all__ = ["ConnectionTable"]


class ConnectionTable:
    """Every stream connection of the server.

    Attributes:
        limits: the bounds in force.
        clock: monotonic seconds, for deadlines.
        wall_clock: seconds since the epoch, for certificates.
        backlog: connections with messages that wait for their turn.
        refused: cause to number of connections that were refused or dropped for a bound.
    """

    def __init__(
        self,
        limits: ConnectionLimits,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        backlog: Backlog,
    ) -> None:
        self.limits = limits
        self.backlog = backlog
        self.clock = clock
        self.wall_clock = wall_clock
        self.refused: dict[str, int] = defaultdict(int)
        self._open: dict[int, StreamConnection] = {}
        self._handshakes: dict[str, dict[int, StreamConnection]] = {}
        self._handshake_count = 0
        self._per_address: dict[str, int] = defaultdict(int)
        self._verified = 0
        self._outbound = 0  # bounded where they are opened, so that neither direction takes the other's room
        self._next_id = 1

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[StreamConnection]:
        return iter(list(self._open.values()))

    def next_id(self) -> int:
        """A number no connection of this process had."""
        self._next_id += 1
        return self._next_id - 1

    def admit(self, address: str) -> str:
        """Why a new connection from `address` is refused now; empty when it is welcome."""
        limits = self.limits
        if len(self._open) - self._outbound >= limits.max_connections + limits.max_handshakes:
            return "too many connections"
        if self._per_address.get(address, 0) >= limits.max_per_address:
            return "too many connections from this address"
        return ""

    def add(self, connection: StreamConnection) -> None:
        """Take a connection in; an accepted one is in handshake until `handshake_ended`."""
        self._open[connection.connection_id] = connection
        if connection.outbound:
            self._outbound += 1
            return
        address = connection.source[0]
        self._per_address[address] += 1
        self._handshakes.setdefault(address, {})[connection.connection_id] = connection
        self._handshake_count += 1
        crowd = self._handshakes[address]
        if len(crowd) > self.limits.max_handshakes_per_address:
            self._drop_oldest(crowd)
        elif self._handshake_count > self.limits.max_handshakes:
            self._drop_oldest(max(self._handshakes.values(), key=len))

    def handshake_ended(self, connection: StreamConnection, *, verified: bool) -> str:
        """Count an accepted connection as established; the reason why it must be closed instead, or empty."""
        self._forget_handshake(connection)
        connection.verified = verified
        self._verified += verified
        established = len(self._open) - self._outbound - self._handshake_count
        if established > self.limits.max_connections:
            return "too many connections"
        if (
            not verified
            and established - self._verified > self.limits.max_connections - self.limits.reserved_connections
        ):
            return "the remaining connections are reserved for peers with a certificate"
        return ""

    def remove(self, connection: StreamConnection) -> None:
        """Forget a connection that is gone."""
        if self._open.pop(connection.connection_id, None) is None:
            return
        if connection.outbound:
            self._outbound -= 1
            return
        self._forget_handshake(connection)
        self._verified -= connection.verified
        address = connection.source[0]
        self._per_address[address] -= 1
        if not self._per_address[address]:
            del self._per_address[address]

    def expire(self, now: float) -> None:
        """End every connection whose deadline (monotonic seconds) has passed."""
        for connection in [c for c in self._open.values() if c.deadline <= now]:
            connection.expire()

    def _forget_handshake(self, connection: StreamConnection) -> None:
        address = connection.source[0]
        crowd = self._handshakes.get(address)
        if crowd is not None and crowd.pop(connection.connection_id, None) is not None:
            self._handshake_count -= 1
            if not crowd:
                del self._handshakes[address]

    def _drop_oldest(self, crowd: dict[int, StreamConnection]) -> None:
        self.refused["handshakes"] += 1
        next(iter(crowd.values())).abort("too many handshakes in progress: the oldest is dropped")
