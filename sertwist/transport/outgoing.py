"""Bytes that a connection's peer has yet to take."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.transport.channel import Channel

__all__ = ["Outgoing"]

BYTES_PER_TURN: Final = 262_144  # of one connection, then the others get their turn


class Outgoing:
    """A queue of bytes.

    Attributes:
        size: how many bytes wait.
    """

    __slots__ = ("_pieces", "size")

    def __init__(self) -> None:
        self._pieces: deque[memoryview] = deque()
        self.size = 0

    def add(self, data: bytes, taken: int = 0) -> None:
        """Queue `data` behind what waits, but for the first `taken` bytes of it."""
        self._pieces.append(memoryview(data)[taken:])
        self.size += len(data) - taken

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self.size = 0

    def flush(self, channel: Channel) -> int:
        """Hand over what `channel` takes now, at most a turn's share; how many bytes that was.

        Raises:
            ChannelError: the connection is broken.
        """
        before, least = self.size, self.size - BYTES_PER_TURN
        pieces = self._pieces
        while pieces and self.size > least:
            taken = channel.send(pieces[0])
            if not taken:
                break
            self.size -= taken
            if taken == len(pieces[0]):
                pieces.popleft()
            else:
                pieces[0] = pieces[0][taken:]
        return before - self.size
