"""Numbers of a server at one moment, and how fast they grow."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KEPT", "Counter", "History", "sparkline"]

#: Rates that are remembered, for the small curve.
KEPT: Final = 30

BARS: Final = "▁▂▃▄▅▆▇█"


@dataclass(slots=True)
class Counter:
    """One number.

    Attributes:
        value: now.
        rate: by how much it grows in a second; None before there were two moments.
        rates: the last ones, the newest last.
    """

    value: float
    rate: float | None = None
    rates: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))


class History:
    """The numbers of one server, moment after moment."""

    def __init__(self) -> None:
        self.counters: dict[str, Counter] = {}
        self._at: float | None = None

    def add(self, at: float, numbers: Mapping[str, float]) -> None:
        """Take what the numbers are at the time `at`, in seconds; names that are gone are forgotten."""
        passed = at - self._at if self._at is not None else 0.0
        self._at = at
        for name in self.counters.keys() - numbers.keys():
            del self.counters[name]
        for name, value in numbers.items():
            counter = self.counters.setdefault(name, Counter(value))
            if passed > 0:
                # A server that was started anew counts from nothing.
                grown = value - counter.value
                counter.rate = grown / passed
                counter.rates.append(max(counter.rate, 0.0))
            counter.value = value

    def busiest(self, count: int) -> list[tuple[str, Counter]]:
        """The names whose numbers move most, then the others as they came."""
        order = list(self.counters.items())
        order.sort(key=lambda each: -abs(each[1].rate or 0.0))
        return order[:count]


def sparkline(rates: deque[float]) -> str:
    """The last rates as a small curve; nothing when all are nothing."""
    most = max(rates, default=0.0)
    if most <= 0:
        return ""
    return "".join(BARS[round(rate / most * (len(BARS) - 1))] for rate in rates)
