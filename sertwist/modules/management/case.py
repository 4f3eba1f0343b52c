"""`Case`: what is known of one management call afterwards; `Cases`: the last of them, for `rpc.explain`."""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING, Protocol

from sertwist.script.trace import line_of

if TYPE_CHECKING:
    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.policy.verdict import Verdict
    from sertwist.script.trace import Trace

__all__ = ["Case", "Cases", "Judged"]


class Judged(Protocol):
    """One run of the script over a call; a `ManagementContext` afterwards."""

    @property
    def known_call(self) -> Call | None:
        """That the script saw; None: it did not look, or there was none to see."""

    @property
    def decided(self) -> str:
        """What it decided, in words."""

    @property
    def trace(self) -> Trace | None:
        """The lines that it took; empty when that was not recorded."""


class Case:
    """One management request, from its first byte to its answer.

    Attributes:
        began: seconds since the epoch.
        caller: who made it.
        connection: number of the connection that it came on; 0: none.
        size: bytes of the request's body.
        call: what it calls; None when that was never read, or can't be.
        judged: each run of the script: over the request, then over each member of a multicall.
        verdict: of the policy on the request, when the script asked it.
        code: how it ended: 0 for a result, the fault's code otherwise; None while it is under way.
        text: the fault's text.
    """

    __slots__ = (
        "_name",
        "began",
        "call",
        "caller",
        "code",
        "connection",
        "judged",
        "size",
        "text",
        "verdict",
    )

    def __init__(self, name: tuple[str, int], began: float, caller: Caller, connection: int, size: int) -> None:
        """`name` is the server's part of its name, and a number."""
        self._name = name
        self.began = began
        self.caller = caller
        self.connection = connection
        self.size = size
        self.call: Call | None = None
        self.judged: list[Judged] = []
        self.verdict: Verdict | None = None
        self.code: int | None = None
        self.text = ""

    @property
    def call_id(self) -> str:
        """Its name in the log, the audit log and `rpc.explain`."""
        server, number = self._name
        return f"{server}-{number:x}"

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

    def open(self, began: float, caller: Caller, connection: int, size: int) -> Case:
        """A new case; see `Case`."""
        self._number += 1
        return Case((self._prefix, self._number), began, caller, connection, size)

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
