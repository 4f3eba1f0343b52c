"""`Case`: what is known of one management call afterwards; `Cases`: the last of them, for `rpc.explain`."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sertwist.script.trace import line_of

if TYPE_CHECKING:
    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.policy.verdict import Verdict
    from sertwist.script.trace import Trace

__all__ = ["Case", "Cases", "Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One run of the script over a call.

    Attributes:
        method: that the script saw; empty: it did not look, or there was none to see.
        decision: what it decided, in words.
        trace: the lines that it took; None when it is not recorded.
    """

    method: str
    decision: str
    trace: Trace | None


@dataclass(slots=True)
class Case:
    """One management request, from its first byte to its answer.

    Attributes:
        call_id: its name in the log, the audit log and `rpc.explain`.
        began: seconds since the epoch.
        caller: who made it.
        call: what it calls; None when that was never read, or can't be.
        judged: each run of the script: over the request, then over each member of a multicall.
        verdict: of the policy on the request, when the script asked it.
        connection: number of the connection that it came on; 0: none.
        size: bytes of the request's body.
        code: how it ended: 0 for a result, the fault's code otherwise; None while it is under way.
        text: the fault's text.
    """

    call_id: str
    began: float
    caller: Caller
    call: Call | None = None
    judged: list[Judged] = field(default_factory=list)
    verdict: Verdict | None = None
    connection: int = 0
    size: int = 0
    code: int | None = None
    text: str = ""

    @property
    def rule(self) -> str:
        """What let it pass or refused it: line of the script, rule of the policy; empty when that is not known."""
        script = next((line_of(each.trace) for each in reversed(self.judged) if each.trace), "")
        verdict = self.verdict
        if verdict is None or not verdict.line:
            return script
        return f"{script} {verdict.file}:{verdict.line}".strip()


class Cases:
    """Opens cases, and keeps the last of them.

    Those that were refused or failed are kept apart, so that many calls that went well do not push them out.
    """

    def __init__(self, most: int) -> None:
        """`most` of each kind are kept."""
        self._prefix = secrets.token_hex(3)
        self._number = 0
        self._well: deque[Case] = deque(maxlen=most)
        self._ill: deque[Case] = deque(maxlen=most)

    def open(self, began: float, caller: Caller) -> Case:
        """A new case."""
        self._number += 1
        return Case(f"{self._prefix}-{self._number:x}", began, caller)

    def close(self, case: Case, code: int, text: str = "") -> None:
        """The case ended so; it is kept from now on."""
        case.code, case.text = code, text
        (self._ill if code else self._well).append(case)

    def find(self, call_id: str) -> Case | None:
        """The case `call_id`; None when it is not kept."""
        return next((each for kept in (self._ill, self._well) for each in kept if each.call_id == call_id), None)

    def latest(self, *, refused: bool) -> list[Case]:
        """Those that are kept, the last first; `refused`: only those that did not end well."""
        kept = [*self._ill] if refused else [*self._ill, *self._well]
        return sorted(kept, key=lambda case: case.began, reverse=True)
