"""`Rates`: how often and how many at once: token buckets and counts of what runs, by key (reference rpc 14.13)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.limits import MAX_RATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.rpc.policy.verdict import Bound

__all__ = ["Bucket", "Rates"]


@dataclass(slots=True)
class Bucket:
    """What is left for one key.

    Attributes:
        tokens: calls that may come at once.
        at: monotonic seconds of the last look.
        running: calls that are under way.
    """

    tokens: float
    at: float
    running: int = 0

    def refill(self, rate: float, burst: float, now: float) -> None:
        """Add what has come since the last look."""
        self.tokens = min(burst, self.tokens + (now - self.at) * rate)
        self.at = now


class Rates:
    """Bounds on callers. The keys that were used least recently are forgotten, unless something of theirs runs."""

    def __init__(self, most: int = MAX_RATED) -> None:
        """`most` keys are remembered."""
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, bounds: Sequence[Bound], now: float) -> float:
        """How long a call within `bounds` has to wait, in seconds; 0: it may go, and is counted.

        All bounds must have room; when one has none, nothing is counted. A bound on calls at the same time tells to
        wait one second.
        """
        waits = [self._wait_one(bound, now) for bound in bounds]
        longest = max(waits, default=0.0)
        if longest:
            return longest
        for bound in bounds:
            bucket = self._buckets[bound.key]
            if bound.rate is not None:
                bucket.tokens -= 1.0
            if bound.running is not None:
                bucket.running += 1
        return 0.0

    def _wait_one(self, bound: Bound, now: float) -> float:
        bucket = self._bucket(bound, now)
        if bound.running is not None and bucket.running >= bound.running:
            return 1.0
        if bound.rate is None:
            return 0.0
        bucket.refill(bound.rate, bound.burst, now)
        return 0.0 if bucket.tokens >= 1.0 else (1.0 - bucket.tokens) / bound.rate

    def lacks(self, bound: Bound, now: float) -> int:
        """Whole seconds until a call within `bound` could go; 0: now. Nothing is counted."""
        if bound.key not in self._buckets:
            return 0
        wait = self._wait_one(bound, now)
        return int(wait) + 1 if wait else 0

    def done(self, bounds: Sequence[Bound]) -> None:
        """A call that was let go has ended."""
        for bound in bounds:
            bucket = self._buckets.get(bound.key)
            if bucket is not None and bound.running is not None and bucket.running:
                bucket.running -= 1

    def _bucket(self, bound: Bound, now: float) -> Bucket:
        bucket = self._buckets.get(bound.key)
        if bucket is not None:
            self._buckets.move_to_end(bound.key)
            return bucket
        if len(self._buckets) >= self._most:
            self._make_room()
        bucket = self._buckets[bound.key] = Bucket(float(bound.burst), now)
        return bucket

    def _make_room(self) -> None:
        idle = next((key for key, bucket in self._buckets.items() if not bucket.running), None)
        if idle is not None:
            del self._buckets[idle]

    def __len__(self) -> int:
        return len(self._buckets)
