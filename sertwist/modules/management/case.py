"""`Case`: what is known of one management call afterwards; `Cases`: the last of them, for `rpc.explain`."""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING, Protocol

from sertwist.meters import OTHER, UNREAD
from sertwist.rpc.call import MULTICALL
from sertwist.script.trace import line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.meters import Meters
    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.policy.verdict import Verdict
    from sertwist.rpc.registry import Registry
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
        ran: whether it was let run.
        started: when `began` was, by the clock that lasts are measured by.
    """

    __slots__ = (
        "_name",
        "began",
        "call",
        "caller",
        "code",
        "connection",
        "judged",
        "ran",
        "size",
        "started",
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
        self.ran = False
        self.started = 0.0

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

    def __init__(self, most: int, meters: Meters, registry: Registry, clock: Callable[[], float]) -> None:
        """`most` of each kind are kept; every call is counted by `meters`, with the time that it took by `clock`."""
        self._meters = meters
        self._registry = registry
        self._clock = clock
        self._prefix = secrets.token_hex(3)
        self._number = 0
        self._well: deque[Case] = deque(maxlen=most)
        self._ill: deque[Case] = deque(maxlen=most)

    def open(self, began: float, caller: Caller, connection: int, size: int) -> Case:
        """A new case; see `Case`."""
        self._number += 1
        case = Case((self._prefix, self._number), began, caller, connection, size)
        case.started = self._clock()
        return case

    def close(self, case: Case, code: int, text: str = "") -> None:
        """The case ended so; it is kept from now on."""
        case.code, case.text = code, text
        (self._ill if code else self._well).append(case)
        result = "fault" if case.ran else "refused"
        role = "" if case.verdict is None else case.verdict.role
        self._meters.count_call(self._label(case.call), result if code else "ok", role, self._clock() - case.started)

    def _label(self, call: Call | None) -> str:
        """The method of `call` in the metrics: never a name that a caller made up."""
        if call is None:
            return UNREAD
        if call.members:
            return MULTICALL
        method = self._registry.resolve(call.method)
        return OTHER if method is None else method.name

    def find(self, call_id: str) -> Case | None:
        """The case `call_id`; None when it is not kept."""
        return next((each for kept in (self._ill, self._well) for each in kept if each.call_id == call_id), None)

    def latest(self, *, refused: bool) -> list[Case]:
        """Those that are kept, the last first; `refused`: only those that did not end well."""
        kept = [*self._ill] if refused else [*self._ill, *self._well]
        return sorted(kept, key=lambda case: case.began, reverse=True)
