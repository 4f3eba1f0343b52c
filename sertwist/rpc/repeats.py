"""`Repeats`: a call that changes something runs once, however often its caller sends it with one key.

The key is the HTTP field `Idempotency-Key`. A client that lost the answer sends the same call with the same key, and
gets the answer of the first time. A key belongs to one identity; nobody's are not remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_REPEATS, REPEAT_SECONDS
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["Repeat", "Repeats"]

MAX_KEY: Final = 128  # characters


@dataclass(slots=True)
class Repeat:
    """One call that was sent with a key.

    Attributes:
        digest: of the call.
        began: monotonic seconds.
        is_done: it has an outcome.
        value: the result; None with `fault`.
        fault: how it failed.
    """

    digest: str
    began: float
    is_done: bool = False
    value: Value = None
    fault: Fault | None = None


class Repeats:
    """Calls with a key, the last `MAX_REPEATS` of the last `REPEAT_SECONDS`."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Repeat] = OrderedDict()

    def begin(self, caller: str, key: str, digest: str, now: float) -> tuple[Repeat, bool]:
        """The call with `key`, and whether it has been run before: then it has its outcome.

        Args:
            caller: key of the identity, not empty.
            key: as sent.
            digest: of the call.
            now: monotonic seconds.

        Raises:
            Fault: 400, no usable key; 409, the same call is still running; 422, the key was used for another call.
        """
        if not key.isascii() or not key.isprintable() or not 0 < len(key) <= MAX_KEY:
            raise Fault(400, f"Invalid Idempotency-Key: 1 to {MAX_KEY} visible ASCII characters")
        self._forget(now)
        known = self._known.get((caller, key))
        if known is None:
            known = self._known[caller, key] = Repeat(digest, now)
            return known, False
        if known.digest != digest:
            raise Fault(422, "The Idempotency-Key was used for another call")
        if not known.is_done:
            raise Fault(409, "The call with this Idempotency-Key is still running")
        return known, True

    def cancel(self, caller: str, key: str) -> None:
        """The call did not run: it may be sent again."""
        self._known.pop((caller, key), None)

    def _forget(self, now: float) -> None:
        while self._known:
            oldest, repeat = next(iter(self._known.items()))
            if now - repeat.began < REPEAT_SECONDS and len(self._known) < MAX_REPEATS:
                return
            del self._known[oldest]
