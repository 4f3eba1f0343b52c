"""`rpc.*`: what became of management calls, and why each was let through or refused."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.trace import trace_lines

if TYPE_CHECKING:
    from sertwist.modules.management.case import Case, Cases
    from sertwist.modules.management.conduct import Conduct

__all__ = ["CallMethods"]


class CallMethods(Module):
    """What an operator asks about calls that were made."""

    _conduct: Conduct

    @property
    def _cases(self) -> Cases:
        return self._conduct.cases

    @method(
        "rpc.explain",
        Param(name="call", type=Type.STRING, optional=True, help="its X-Call-ID; the last that failed when left out"),
        result=Type.STRUCT,
    )
    def explain(self, _request: object, call: str = "") -> dict[str, Any]:
        """Why a call was let through or refused: the lines of the script that judged it, and the values they saw.

        The last 256 calls that went well and the last 256 that did not are kept, until the server ends.
        """
        case = self._cases.find(call) if call else next(iter(self._cases.latest(refused=True)), None)
        if case is None:
            raise Fault(404, "No Such Call: only the last ones are kept")
        runs = [
            {"method": each.method, "decision": each.decision, "lines": list(trace_lines(each.trace))}
            if each.trace
            else {"method": each.method, "decision": each.decision, "lines": []}
            for each in case.judged
        ]
        return _row(case) | {"runs": runs}

    @method(
        "rpc.calls",
        Param(name="failed", type=Type.BOOLEAN, optional=True, help="only those that were refused or failed"),
        Param(name="limit", type=Type.INT, optional=True, minimum=1, maximum=512),
        result=Type.ARRAY,
    )
    def calls(
        self,
        _request: object,
        failed: bool | None = None,  # noqa: FBT001 (as calls have it)
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The last management calls, the newest first: who called what, and how it ended."""
        return [_row(case) for case in self._cases.latest(refused=bool(failed))[: limit or 50]]


def _row(case: Case) -> dict[str, Any]:
    host, port = case.caller.source
    return {
        "call": case.call_id,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(case.began)),
        "caller": case.caller.words,
        "protocol": case.caller.protocol,
        "source": f"{host}:{port}" if host else "",
        "methods": [] if case.call is None else list(case.call.methods),
        "code": case.code if case.code is not None else -1,
        "text": case.text,
    }
