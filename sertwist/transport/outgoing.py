"""Bytes that a connection's peer has yet to take."""

from __future__ import annotations

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
        self._pieces: list[bytes | memoryview] = []
        self.size = 0

    def add(self, data: bytes) -> None:
        """Queue `data` behind what waits."""
        self._pieces.append(data)
        self.size += len(data)

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self.size = 0

    def flush(self, channel: Channel) -> int:
        """Hand over what `channel` takes now, at most a turn's share; how many bytes that was.

        Raises:
            ChannelError: the connection is broken.
        """
        before = self.size
        least = max(0, before - BYTES_PER_TURN)
        pieces, whole = self._pieces, 0
        while self.size > least:
            piece = pieces[whole]
            taken = channel.send(piece)
            if not taken:
                break
            self.size -= taken
            if taken == len(piece):
                whole += 1
            else:
                pieces[whole] = memoryview(piece)[taken:]
        del pieces[:whole]
        return before - self.size
