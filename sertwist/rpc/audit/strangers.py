"""`Strangers`: how many records those who are nobody may cause: a flood of refused calls must not wash the log away."""

from __future__ import annotations

from sertwist.limits import AUDIT_STRANGERS_PER_SECOND, MAX_AUDIT_STRANGERS

__all__ = ["Strangers"]


class Strangers:
    """A share that refills with time.

    Attributes:
        skipped: refused calls without a record of their own since the last one.
    """

    __slots__ = ("_at", "_room", "skipped")

    def __init__(self, now: float) -> None:
        """`now` is monotonic seconds."""
        self.skipped = 0
        self._room = float(MAX_AUDIT_STRANGERS)
        self._at = now

    def has_room(self, now: float) -> bool:
        """Whether another record may be written at `now`; it is counted when not."""
        self._room = min(MAX_AUDIT_STRANGERS, self._room + (now - self._at) * AUDIT_STRANGERS_PER_SECOND)
        self._at = now
        if self._room < 1.0:
            self.skipped += 1
            return False
        self._room -= 1.0
        return True

    def take_skipped(self) -> int:
        """How many were skipped; counted anew from now."""
        skipped, self.skipped = self.skipped, 0
        return skipped
