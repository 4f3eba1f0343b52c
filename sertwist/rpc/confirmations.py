"""`Confirmations`: the two-person rule: calls that wait until somebody else has confirmed them.

What is confirmed is one call of one caller, by the digest of its method and parameters: another value is another call.
Once it is confirmed, its caller sends it again, and it runs once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_UNCONFIRMED, MAX_UNCONFIRMED_EACH
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.policy.verdict import Confirm, Verdict

__all__ = ["Confirmations", "Waiting"]

_SHOWN: Final = 16  # digits of a digest: nobody can find a second call with the same


@dataclass(slots=True)
class Waiting:
    """A call that waits.

    Attributes:
        name: its digest, as people type it.
        call: that was made.
        caller: by whom.
        verdict: of the policy on it.
        ends: monotonic seconds, when it is forgotten.
        confirmed: those who have confirmed it, by their keys.
    """

    name: str
    call: Call
    caller: Caller
    verdict: Verdict
    ends: float
    confirmed: dict[str, Caller] = field(default_factory=dict)


class Confirmations:
    """The calls that wait."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}

    def take(self, call: Call, digest: str, caller: Caller, verdict: Verdict, now: float) -> None:
        """Let `call` run if others have confirmed it, and forget it then; else note that it waits.

        Args:
            call: that is to run.
            digest: of its methods and parameters.
            caller: who makes it.
            verdict: with `confirm`.
            now: monotonic seconds.

        Raises:
            Fault: 428, it waits for somebody; 429, too many calls do; 403, nobody is proved to have made it.
        """
        confirm = verdict.confirm
        assert confirm is not None  # noqa: S101 (the caller has looked)
        if not caller.key:
            raise Fault(403, "Confirmation Needed: only of somebody who is known")
        self._forget(now)
        name = hashlib.sha256(f"{caller.key} {digest}".encode()).hexdigest()[:_SHOWN]
        waiting = self._waiting.get(name)
        if waiting is None:
            waiting = self._note(name, call, caller, verdict, now + confirm.within)
        if len(waiting.confirmed) >= confirm.confirmations:
            del self._waiting[name]
            return
        raise Fault(428, _words(waiting, confirm, int(waiting.ends - now)))

    def _note(self, name: str, call: Call, caller: Caller, verdict: Verdict, ends: float) -> Waiting:
        of_caller = sum(each.caller.key == caller.key for each in self._waiting.values())
        if of_caller >= MAX_UNCONFIRMED_EACH or len(self._waiting) >= MAX_UNCONFIRMED:
            raise Fault(429, "Too many calls wait for confirmation")
        waiting = self._waiting[name] = Waiting(name, call, caller, verdict, ends)
        return waiting

    def find(self, name: str, now: float) -> Waiting:
        """The waiting call `name`.

        Raises:
            Fault: 404, there is none.
        """
        self._forget(now)
        waiting = self._waiting.get(name)
        if waiting is None:
            raise Fault(404, "No Such Call: none with this digest waits for confirmation")
        return waiting

    def waiting(self, now: float) -> list[Waiting]:
        """All that wait, the oldest first."""
        self._forget(now)
        return [*self._waiting.values()]

    def _forget(self, now: float) -> None:
        for name in [name for name, each in self._waiting.items() if each.ends <= now]:
            del self._waiting[name]


def _words(waiting: Waiting, confirm: Confirm, seconds: int) -> str:
    missing = confirm.confirmations - len(waiting.confirmed)
    who = "another person" if confirm.roles is None else f"one of {', '.join(sorted(confirm.roles))}"
    times = "" if missing == 1 else f" ({missing} of them)"
    return (
        f"Confirmation Needed: {who}{times} has to call rpc.confirm {waiting.name} within {seconds} s,"
        " then send this call again"
    )
