"""`Conduct`: from the script's yes to a call's outcome: what else must be so, the run, what is noted of it.

How the call came and what form it had is `carriage`'s and the codec's; nothing here knows it. Each step is a plain
function as long as nothing waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.errors import SertwistError
from sertwist.modules.management.case import Cases
from sertwist.rpc.call import MULTICALL
from sertwist.rpc.declare import Effect
from sertwist.rpc.dispatch import CallContext, is_pending, run_call
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from sertwist.modules.host import Host
    from sertwist.modules.management.case import Case
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.codec import Reading

__all__ = ["Conduct"]

_KEPT_CASES = 256  # of those that went well, and again of those that did not


class Conduct:
    """Runs calls that the script lets run."""

    def __init__(self, host: Host, settings: dict[str, Any]) -> None:
        self._host = host
        self._environment = host.environment
        self._autoconversion = settings["autoconversion"]
        self.cases = Cases(_KEPT_CASES)

    def run(self, case: Case, reading: Reading, call: Call, asked: CallContext) -> Value | Awaitable[Value]:
        """Run `call` of `reading`, which every judge has let pass.

        Returns:
            Its value, or an awaitable of it when a method waits.

        Raises:
            Fault: it failed, or something else forbids it; also raised by the awaitable.
        """
        self._refuse_silent_changes(reading, call)
        self._environment.count("xmlrpc.dispatched")
        result = run_call(call, asked)
        if is_pending(result):
            return self._finish(case, call, result)
        self._note_run(case, call)
        return result

    def context(self, case: Case) -> CallContext:
        """What the methods of `case` learn about it."""
        return CallContext(
            registry=self._host.registry,
            report=self._report,
            caller=case.caller,
            call_id=case.call_id,
            server=self._host,
            autoconversion=self._autoconversion,
        )

    async def _finish(self, case: Case, call: Call, pending: Awaitable[Value]) -> Value:
        result = await pending
        self._note_run(case, call)
        return result

    def _refuse_silent_changes(self, reading: Reading, call: Call) -> None:
        """A call that wants no answer may only read: nobody would hear what became of a change.

        Raises:
            Fault: it would change something.
        """
        if not reading.silent:
            return
        members = call.members if call.method == MULTICALL else (call,)
        for place in reading.silent:
            method = self._host.registry.resolve(members[place].method)
            if method is None or method.effect is not Effect.READ:
                raise Fault(403, f"Access to {members[place].method} denied: a notification may only read")

    def _note_run(self, case: Case, call: Call) -> None:
        resolve = self._host.registry.resolve
        for name in call.methods:
            method = resolve(name)
            if method is not None and method.effect:
                self._host.log(
                    "info",
                    "call ran: {method}, from {source}, {who}, call {call_id}",
                    method=name,
                    source=_address(case),
                    who=case.caller.words,
                    call_id=case.call_id,
                )

    def note_refusal(self, case: Case, name: str | None, code: int, text: str) -> None:
        """Count and log a call that does not run; `name` None: nobody has read which."""
        self._environment.count("xmlrpc.refused")
        self._host.log(
            "info",
            "call refused: {code} {words}; method {method}, from {source}, {who}, call {call_id}",
            code=code,
            words=text[:256].encode("unicode_escape").decode(),
            method="not read" if name is None else ascii(name[:256]),
            source=_address(case),
            who=case.caller.words,
            call_id=case.call_id,
        )

    def _report(self, incident: str, error: BaseException) -> None:
        detail = error.detail if isinstance(error, SertwistError) else ""
        self._host.log(
            "error",
            "call failed, incident {incident}: {error!r} {detail}",
            incident=incident,
            error=error,
            detail=detail,
        )


def _address(case: Case) -> str:
    host, port = case.caller.source
    if not host:
        return case.caller.protocol.lower()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
