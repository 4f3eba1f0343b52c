"""`rpc.*`: what became of management calls, and why each was let through or refused."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import Module, method
from sertwist.rpc.audit.redacted import redacted
from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.trace import trace_lines

if TYPE_CHECKING:
    from sertwist.modules.management.case import Case, Cases
    from sertwist.modules.management.conduct import Conduct
    from sertwist.rpc.call import Value
    from sertwist.rpc.confirmations import Waiting
    from sertwist.rpc.dispatch import CallContext
    from sertwist.rpc.policy.verdict import Verdict

__all__ = ["CallMethods"]


_UNWATCHED: Final = frozenset({"rpc.watch", "rpc.unwatch", MULTICALL})


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
            {
                "method": "" if each.known_call is None else each.known_call.method,
                "decision": each.decided,
                "lines": list(trace_lines(each.trace)) if each.trace else [],
            }
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

    @method(
        "rpc.watch",
        Param(name="method", type=Type.STRING, help="that only reads"),
        Param(name="params", type=Type.ARRAY, optional=True, help="its parameters"),
        Param(name="every", type=Type.DOUBLE, optional=True, minimum=1, maximum=3600, help="seconds; 2"),
        result=Type.INT,
    )
    def watch(self, request: CallContext, method: str, params: tuple[Value, ...] = (), every: float = 2.0) -> int:
        """Over a WebSocket: call a method again and again, and be told when its result changes.

        Gives a number; `rpc.changed` notifications have it as `watch`, with `result`, or `error` for the last one. Each
        call is judged anew.
        """
        found = request.registry.resolve(method)
        if request.watches is None:
            raise Fault(606, "rpc.watch available only over a WebSocket")
        if found is None or found.effect is not Effect.READ or found.name in _UNWATCHED:
            raise Fault(400, "Invalid Parameter Value: only methods that read can be watched")
        return request.watches.add(Call(found.name, params), every)

    @method("rpc.unwatch", Param(name="watch", type=Type.INT), result=Type.BOOLEAN)
    def unwatch(self, request: CallContext, watch: int) -> bool:
        """End a watch; whether there was one."""
        return request.watches is not None and request.watches.remove(watch)

    @method("rpc.pending", result=Type.ARRAY)
    def pending(self, request: CallContext) -> list[dict[str, Any]]:
        """Calls that wait for a second person: digest, caller, methods, parameters, seconds left."""
        now = request.server.clock()
        return [_waiting_row(each, now, request) for each in self._conduct.confirmations.waiting(now)]

    @method(
        "rpc.confirm",
        Param(name="digest", type=Type.STRING, help="as the caller was told, and `rpc.pending` shows it"),
        result=Type.STRUCT,
        effect=Effect.WRITE,
    )
    def confirm(self, request: CallContext, digest: str) -> dict[str, Any]:
        """Consent to a call of somebody else's, which a rule of the policy wants: its caller sends it again then."""
        now = request.server.clock()
        waiting = self._conduct.confirmations.find(digest, now)
        policy = self._conduct.policy
        if policy is None:
            raise Fault(404, "No Policy: nothing is to be confirmed")
        party = (waiting.caller, *waiting.confirmed.values(), request.caller)
        wall = request.server.environment.wall_clock()
        objection = policy.objection(waiting.verdict, waiting.call, request.registry, party, wall)
        if objection:
            raise Fault(403, f"Access to rpc.confirm denied: {objection}")
        waiting.confirmed[request.caller.key] = request.caller
        return _waiting_row(waiting, now, request)


def _waiting_row(waiting: Waiting, now: float, request: CallContext) -> dict[str, Any]:
    confirm = waiting.verdict.confirm
    return {
        "digest": waiting.name,
        "caller": waiting.caller.words,
        "methods": list(waiting.call.methods),
        "call": redacted(waiting.call, request.registry.resolve),
        "confirmed": len(waiting.confirmed),
        "needed": 0 if confirm is None else confirm.confirmations,
        "seconds_left": int(waiting.ends - now),
    }


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
        "policy": {} if case.verdict is None else _verdict_row(case.verdict),
    }


def _verdict_row(verdict: Verdict) -> dict[str, Any]:
    return {
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "role": verdict.role,
        "rule": verdict.rule,
        "at": f"{verdict.file}:{verdict.line}" if verdict.line else "",
    }
