"""How many log lines peers may cause: a flood of failures must not become a flood of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LogShare"]


class LogShare:
    """So many lines at once, then so many a second; what is held back is counted."""

    __slots__ = ("_clock", "_held", "_last", "_left", "_most", "_per_second")

    def __init__(self, clock: Callable[[], float], *, most: int, per_second: float) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._most = most
        self._per_second = per_second
        self._left = float(most)
        self._last = clock()
        self._held = 0

    def has_room(self) -> bool:
        """Whether a line may be written now; if so it is taken as written, if not as held back."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._last) * self._per_second)
        self._last = now
        if self._left < 1:
            self._held += 1
            return False
        self._left -= 1
        return True

    def take_held(self) -> int:
        """How many lines were held back since this was last asked."""
        held, self._held = self._held, 0
        return held
