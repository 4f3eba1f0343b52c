"""What connections sent ahead of its turn: one message of one connection each turn of the reactor.

A connection's first message is answered when it is read; what it pipelined behind that waits here, in turn with all
others. So a peer that sends calls without end delays a peer that sends one by a single call, however many such peers
there are.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.stream import StreamConnection

__all__ = ["Backlog"]


class Backlog:
    """The connections with messages waiting, each once, oldest first."""

    def __init__(self, reactor: SocketReactor) -> None:
        self._reactor = reactor
        self._waiting: deque[StreamConnection] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether no message waits."""
        return not self._waiting

    def add(self, connection: StreamConnection) -> None:
        """Give `connection` a turn after those that wait."""
        if not self._waiting:
            self._reactor.callLater(0, self._turn)
        self._waiting.append(connection)

    def _turn(self) -> None:
        connection = self._waiting.popleft()
        if self._waiting:
            self._reactor.callLater(0, self._turn)
        connection.take_turn()
