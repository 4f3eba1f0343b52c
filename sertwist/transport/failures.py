"""Next hops that could not be connected to a moment ago, so that each message for them does not try again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Failures"]


class Failures:
    """Reasons in words by what they are about, each for a while."""

    def __init__(self, clock: Callable[[], float], lifetime: float, most: int) -> None:
        """`lifetime` is in seconds of `clock`; past `most` the oldest is forgotten."""
        self._clock = clock
        self._lifetime = lifetime
        self._most = most
        self._known: OrderedDict[Hashable, tuple[float, str]] = OrderedDict()

    def add(self, about: Hashable, words: str) -> None:
        """Remember from now on."""
        self._known[about] = (self._clock() + self._lifetime, words)
        self._known.move_to_end(about)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def of(self, about: Hashable) -> str:
        """Why it failed; empty when it did not lately."""
        until, words = self._known.get(about, (0.0, ""))
        return words if until > self._clock() else ""
