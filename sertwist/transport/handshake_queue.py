"""Handshakes whose peer has sent something: their steps run here, a turn's share at a time, source by source.

A step costs up to a whole private key operation, ten times as much as a call. So after one such step everything else
that is readable comes before the next. While calls of established
connections with a verified certificate come one behind the other, steps wait for a gap as long as a step; if there is
none they get a small share of the time all the same, so that few calls wait for one and no handshake for ever.

Sources take turns (an IPv4 address, an IPv6 /64), so one that sends hellos without end delays its own handshakes, not
those of others.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.limits import ConnectionLimits
    from sertwist.transport.handshake_socket import HandshakeSocket
    from sertwist.transport.reactor import SocketReactor

__all__ = ["HandshakeQueue"]

log = Logger("sertwist")


class HandshakeQueue:
    """Connections whose handshake can go on, each once; oldest first within a source.

    Attributes:
        waiting: how many there are.
        serve_others: between two steps of one turn of the reactor: serves every socket that is ready, and says whether
            nothing waits for the reactor's next turn.
    """

    def __init__(self, reactor: SocketReactor, clock: Callable[[], float], limits: ConnectionLimits) -> None:
        """`clock` gives monotonic seconds, in microseconds or finer."""
        self._reactor = reactor
        self._clock = clock
        self._limits = limits
        self._sources: dict[str, deque[HandshakeSocket]] = {}
        self._scheduled = False
        self._last_call = float("-inf")
        self._held_until = float("-inf")  # by the share that handshakes have while calls come
        self.waiting = 0
        self.serve_others: Callable[[], bool] = lambda: False

    def note_call(self) -> None:
        """An established connection with a verified certificate has sent a message."""
        self._last_call = self._clock()

    def calls_come(self) -> bool:
        """Whether calls of established connections with a verified certificate come one behind the other."""
        return self._clock() - self._last_call < self._limits.handshake_gap

    def is_held(self) -> bool:
        """Whether steps must wait now, for such calls."""
        return self._clock() < self._held_until and self.calls_come()

    def add(self, connection: HandshakeSocket) -> None:
        """Give `connection` its place."""
        self._sources.setdefault(connection.source_group, deque()).append(connection)
        self.waiting += 1
        if not self._scheduled:
            self._scheduled = True
            self._reactor.callLater(0, self._turn)

    def waiting_of(self, source_group: str) -> int:
        """How many of one source there are."""
        return len(self._sources.get(source_group, ()))

    def _turn(self) -> None:
        self.serve_others()  # a call that came while others were served is heard before a step
        if self.is_held():
            self._reactor.callLater(self._limits.handshake_gap, self._turn)
            return
        for _ in range(self._limits.handshake_rounds):
            self._take_slice()
            if not self.waiting or not self.serve_others() or self.is_held():
                break
        self._scheduled = self.waiting > 0
        if self._scheduled:
            self._reactor.callLater(0, self._turn)

    def _take_slice(self) -> None:
        begin = self._clock()
        while self.waiting:
            connection = self._next()
            try:
                connection.take_handshake_turn()
            except Exception:  # noqa: BLE001 (a defect ends the connection it befell, no other)
                log.failure("a connection failed")
                connection.connectionLost(None)
            if self._clock() - begin >= self._limits.handshake_slice:
                break
        end = self._clock()
        self._held_until = end + (end - begin) * (1 / self._limits.handshake_share - 1)

    def _next(self) -> HandshakeSocket:
        source_group = next(iter(self._sources))
        connections = self._sources.pop(source_group)
        connection = connections.popleft()
        if connections:
            self._sources[source_group] = connections  # behind all other sources
        self.waiting -= 1
        return connection
