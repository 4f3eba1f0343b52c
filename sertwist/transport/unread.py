"""`Unread`: what peers have not taken of their answers, of all connections together."""

from __future__ import annotations

__all__ = ["Unread"]


class Unread:
    """Bytes that wait for peers, by connection; those of peers that keep up are not in it.

    Attributes:
        total: bytes of all.
    """

    __slots__ = ("_most", "_sizes", "total")

    def __init__(self, most: int) -> None:
        """`most`: bytes that may wait in all."""
        self._sizes: dict[int, int] = {}
        self._most = most
        self.total = 0

    def note(self, connection_id: int, size: int) -> int | None:
        """`size` bytes wait for the peer of that connection; whom to cut off now: who has most, None while all fit."""
        self.total += size - self._sizes.pop(connection_id, 0)
        if size:
            self._sizes[connection_id] = size
        return max(self._sizes, key=self._sizes.__getitem__) if self.total > self._most else None
