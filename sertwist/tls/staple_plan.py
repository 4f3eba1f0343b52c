"""`StaplePlan`: when to ask again about one certificate, and what to staple meanwhile; no clock and no network here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.errors import PeerError

if TYPE_CHECKING:
    from sertwist.tls.ocsp import Answer

__all__ = ["StaplePlan"]

# Seconds.
SOONEST: Final = 60.0  # between two questions that were answered
LATEST: Final = 86_400.0
FIRST_RETRY: Final = 10.0  # doubled with each failure in a row
LAST_RETRY: Final = 3_600.0
LAST_URGENT_RETRY: Final = 300.0  # for a certificate that is refused without a staple, while there is none
MARGIN: Final = 60.0  # before its end a response is not stapled any more: clients' clocks differ


class StaplePlan:
    """One certificate's response and the time of the next question.

    A response is replaced by a newer one only, and kept through failures while it holds.

    Attributes:
        required: clients refuse the certificate without a staple.
        due: seconds since the epoch of the next question.
        trouble: why the last question brought nothing; empty when it did.
    """

    __slots__ = ("_answer", "_failures", "due", "required", "trouble")

    def __init__(self, *, required: bool) -> None:
        self.required = required
        self.due = 0.0
        self.trouble = ""
        self._answer: Answer | None = None
        self._failures = 0

    def is_due(self, now: float) -> bool:
        """Whether to ask at `now`; also when the clock was set back, so that no question is planned days ahead."""
        return now >= self.due or self.due > now + LATEST

    def current(self, now: float) -> Answer | None:
        """What to staple at `now`."""
        answer = self._answer
        return answer if answer is not None and now < answer.next_update - MARGIN else None

    def has_run_out(self, now: float) -> bool:
        """Whether the answer in hand holds no longer, and nobody has said so yet."""
        return self._answer is not None and self.current(now) is None and not self.trouble

    def succeeded(self, answer: Answer, now: float) -> None:
        """Take in a valid answer; the next question is due when half of its time is over.

        Raises:
            PeerError: it is older than the one in hand: replayed, or from a responder that lags (`ocsp-older`).
        """
        if self._answer is not None and answer.this_update < self._answer.this_update and self.current(now) is not None:
            raise PeerError("the response is older than the one in hand", code="ocsp-older")
        self._answer = answer
        self._failures, self.trouble = 0, ""
        middle = (answer.this_update + answer.next_update) / 2
        if middle <= now:  # the responder gives out old ones: half of what is left
            middle = (now + answer.next_update) / 2
        self.due = min(max(middle, now + SOONEST), now + LATEST)

    def failed(self, trouble: str, now: float) -> None:
        """A question brought nothing usable; ask again later, each time later."""
        self.trouble = trouble
        last = LAST_URGENT_RETRY if self.required and self.current(now) is None else LAST_RETRY
        self.due = now + min(FIRST_RETRY * 2**self._failures, last)
        self._failures = min(self._failures + 1, 16)

    def forget(self) -> None:
        """The answer in hand is no longer true: the CA has revoked the certificate."""
        self._answer = None

    def asked(self, now: float) -> None:
        """A question is on its way: none other is due until it has come to its end."""
        self.due = now + LAST_RETRY
