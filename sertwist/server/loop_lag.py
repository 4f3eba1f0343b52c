"""`LoopLag`: how late the reactor's timers come: what a slow script or a blocking call costs everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sertwist.meters import Histogram

__all__ = ["LoopLag"]

LAG_SECONDS: Final = 0.5


class LoopLag:
    """Measures a timer of its own, each time that it comes."""

    def __init__(self, reactor: Any, histogram: Histogram) -> None:
        self._reactor = reactor
        self._histogram = histogram
        self._due = 0.0

    def start(self) -> None:
        """Begin; it goes on until the reactor stops."""
        self._due = self._reactor.seconds() + LAG_SECONDS
        self._reactor.callLater(LAG_SECONDS, self._came)

    def _came(self) -> None:
        self._histogram.observe(max(0.0, self._reactor.seconds() - self._due))
        self.start()
