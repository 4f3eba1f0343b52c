"""`Conduct`: from the script's yes to a call's outcome: what else must be so, the run, what is noted of it.

How the call came and what form it had is `carriage`'s and the codec's; nothing here knows it. The order is the
security: the policy's consent where it is wanted, an answer that was given before, a second person's consent, bounds,
the audit log's word that it is written, and only then the run. Each step is a plain function as long as nothing waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.errors import SertwistError
from sertwist.modules.management.case import Cases
from sertwist.modules.management.holding import NOTHING_HELD, Holding
from sertwist.rpc.audit.canonical import call_digest
from sertwist.rpc.call import MULTICALL
from sertwist.rpc.confirmations import Confirmations
from sertwist.rpc.declare import Effect
from sertwist.rpc.dispatch import CallContext, is_pending, run_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.policy.verdict import Bound
from sertwist.rpc.rates import Rates
from sertwist.rpc.repeats import Repeats

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sertwist.modules.host import Host
    from sertwist.modules.management.case import Case
    from sertwist.rpc.audit.token import Token
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.codec import Reading
    from sertwist.rpc.policy import Policy
    from sertwist.rpc.repeats import Repeat

__all__ = ["Conduct"]

_KEPT_CASES = 256  # of those that went well, and again of those that did not
_DENIED_BURST = 20  # seconds' worth of refusals that may come at once


class Conduct:
    """Runs calls that the script lets run.

    Attributes:
        cases: the last calls.
        confirmations: the calls that wait for a second person.
    """

    def __init__(self, host: Host, settings: dict[str, Any], policy: Callable[[], Policy | None]) -> None:
        """`policy` gives the one in force."""
        self._host = host
        self._environment = host.environment
        self._policy = policy
        self._rate, self._running = settings["rate"], settings["concurrency"]
        self._denied_rate = settings["denied_rate"]
        self._must_consent = settings["default_policy"] == "deny"
        self._autoconversion = settings["autoconversion"]
        self._rates = Rates()
        self._repeats = Repeats()
        self.cases = Cases(_KEPT_CASES, host.environment.meters, host.registry, host.clock)
        self.confirmations = Confirmations()

    @property
    def policy(self) -> Policy | None:
        """In force."""
        return self._policy()

    # -- before the run -----------------------------------------------------------------------------------------------

    def barred_seconds(self, case: Case) -> int:
        """How long this caller has to wait because so many calls of it were refused; 0: it need not."""
        rate = self._denied_rate
        if not rate or not len(self._rates):
            return 0
        return self._rates.lacks(self._denials(case, rate), self._host.clock())

    def context(self, case: Case) -> CallContext:
        """What the methods of `case` learn about it."""
        asked = CallContext(
            registry=self._host.registry,
            report=self._report,
            caller=case.caller,
            call_id=case.call_id,
            server=self._host,
            autoconversion=self._autoconversion,
        )
        if case.verdict is not None and case.verdict.allowed:
            asked.reveal = case.verdict.reveal
            asked.reveals = tuple(each.reveal for each in case.verdict.members)
        policy = self.policy
        if policy is not None:
            asked.visible = _Visible(policy, case, self._host)
        return asked

    def run(
        self, case: Case, reading: Reading, call: Call, asked: CallContext, repeat_key: str | None
    ) -> Value | Awaitable[Value]:
        """Run `call` of `reading`, which the script lets run.

        Args:
            case: that it is.
            reading: the document.
            call: what it calls.
            asked: made by `context`.
            repeat_key: the client's `Idempotency-Key`; None: it sent none.

        Returns:
            Its value, or an awaitable of it when a method waits.

        Raises:
            Fault: it failed, or something else forbids it; also raised by the awaitable.
        """
        try:
            self._refuse_silent_changes(reading, call)
            self._ask_policy(case, call)
            repeat = self._begin_repeat(case, call, repeat_key)
        except Fault as fault:
            self.note_refusal(case, call.method, fault.code, fault.text)
            raise
        if repeat is not None and repeat.is_done:
            self._environment.count("xmlrpc.repeated")
            if repeat.fault is not None:
                raise repeat.fault
            return repeat.value
        try:
            holding = self._hold(case, call)
        except Fault as fault:
            if repeat is not None and repeat_key is not None:
                self._repeats.cancel(case.caller.key, repeat_key)
            self.note_refusal(case, call.method, fault.code, fault.text)
            raise
        return self._run_held(case, call, asked, holding, repeat)

    def _run_held(
        self, case: Case, call: Call, asked: CallContext, holding: Holding, repeat: Repeat | None
    ) -> Value | Awaitable[Value]:
        self._environment.count("xmlrpc.dispatched")
        case.ran = True
        try:
            result = run_call(call, asked)
        except Fault as fault:
            self._end(case, call, holding, repeat, fault)
            raise
        except BaseException:
            self._end(case, call, holding, repeat, Fault(500, "Internal Server Error"))
            raise
        if is_pending(result):
            return self._finish(case, call, holding, repeat, result)
        self._end(case, call, holding, repeat, result)  # type: ignore[arg-type]  # nothing is pending
        return result

    async def _finish(
        self, case: Case, call: Call, holding: Holding, repeat: Repeat | None, pending: Awaitable[Value]
    ) -> Value:
        try:
            result = await pending
        except Fault as fault:
            self._end(case, call, holding, repeat, fault)
            raise
        except BaseException:
            self._end(case, call, holding, repeat, Fault(500, "Internal Server Error"))
            raise
        self._end(case, call, holding, repeat, result)
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

    def _ask_policy(self, case: Case, call: Call) -> None:
        """With `default_policy` set to `deny` the policy must have been asked, and have consented."""
        if self._must_consent and (case.verdict is None or not case.verdict.allowed):
            raise Fault(403, f"Access to {call.method} denied")

    def _begin_repeat(self, case: Case, call: Call, key: str | None) -> Repeat | None:
        """The call's entry among those with a key; None for calls without one, or that only read, or of nobody."""
        if key is None or not case.caller.key or self._effect(call) is Effect.READ:
            return None
        repeat, _ = self._repeats.begin(case.caller.key, key, call_digest(call), self._host.clock())
        return repeat

    def _hold(self, case: Case, call: Call) -> Holding:
        """Take what a call needs to run: consent of a second person, room in its bounds, its place in the audit log.

        Raises:
            Fault: one of them can't be had.
        """
        bounds = self._bounds(case)
        if not bounds and (case.verdict is None or case.verdict.confirm is None):
            token = self._begin_record(case, call)
            return NOTHING_HELD if token is None else Holding((), token)
        now = self._host.clock()
        wait = self._rates.wait(bounds, now) if bounds else 0.0
        if wait:
            raise Fault(429, f"Too Many Calls: wait {int(wait) + 1} s")
        try:
            if case.verdict is not None and case.verdict.confirm is not None:
                self.confirmations.take(call, call_digest(call), case.caller, case.verdict, now)
            token = self._begin_record(case, call)
        except BaseException:
            self._rates.done(bounds)
            raise
        return Holding(bounds, token)

    def _begin_record(self, case: Case, call: Call) -> Token | None:
        """Its place in the audit log; None when it has none there: then nothing is made for it."""
        audit = self._host.audit
        if not audit.records(self._effect(call)):
            return None
        return audit.begin(
            call,
            case.caller,
            call_id=case.call_id,
            connection=case.connection,
            rule=case.rule,
            size=case.size,
        )

    def _bounds(self, case: Case) -> tuple[Bound, ...]:
        """The policy's for this call, and those that hold for every identity."""
        verdict = case.verdict
        bounds: tuple[Bound, ...] = ()
        if verdict is not None:
            bounds = verdict.bounds
            if verdict.members:
                bounds += tuple(bound for each in verdict.members for bound in each.bounds)
        rate, running = self._rate, self._running
        if rate or running:
            each = Bound(key=f"calls:{_who(case)}", rate=rate or None, burst=max(rate, 1), running=running or None)
            bounds = (*bounds, each)
        return bounds

    def _effect(self, call: Call) -> Effect:
        resolve = self._host.registry.resolve
        if not call.members:
            method = resolve(call.method)
            return Effect.READ if method is None else method.effect
        found = [method.effect for each in call.members if (method := resolve(each.method)) is not None]
        return max(found, default=Effect.READ)

    # -- after it -----------------------------------------------------------------------------------------------------

    def _end(self, case: Case, call: Call, holding: Holding, repeat: Repeat | None, outcome: Value | Fault) -> None:
        """The call has run."""
        if holding is NOTHING_HELD and repeat is None and self._effect(call) is Effect.READ:
            return  # nothing was noted of it, and nothing is
        if holding.bounds:
            self._rates.done(holding.bounds)
        if repeat is not None:
            repeat.is_done = True
            if isinstance(outcome, Fault):
                repeat.fault = outcome
            else:
                repeat.value = outcome
        if holding.token is not None:
            code, text = (outcome.code, outcome.text) if isinstance(outcome, Fault) else (0, "")
            self._host.audit.outcome(holding.token, code, text)
        if not isinstance(outcome, Fault) and self._effect(call):
            self._log_changes(case, call)

    def _log_changes(self, case: Case, call: Call) -> None:
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
        """Count, record and log a call that does not run; `name` None: nobody has read which."""
        self._environment.count("xmlrpc.refused")
        rate = self._denied_rate
        if rate:
            self._rates.wait((self._denials(case, rate),), self._host.clock())
        self._host.audit.refused(
            case.call,
            case.caller,
            code,
            text,
            call_id=case.call_id,
            connection=case.connection,
            rule=case.rule,
            size=case.size,
        )
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

    @staticmethod
    def _denials(case: Case, rate: int) -> Bound:
        return Bound(key=f"denied:{_who(case)}", rate=rate, burst=rate * _DENIED_BURST)

    def _report(self, incident: str, error: BaseException) -> None:
        detail = error.detail if isinstance(error, SertwistError) else ""
        self._host.log(
            "error",
            "call failed, incident {incident}: {error!r} {detail}",
            incident=incident,
            error=error,
            detail=detail,
        )


class _Visible:
    """Which methods a caller may know of, by the policy (reference rpc 14.12)."""

    __slots__ = ("_case", "_host", "_policy")

    def __init__(self, policy: Policy, case: Case, host: Host) -> None:
        self._policy = policy
        self._case = case
        self._host = host

    def may_call(self, name: str) -> bool:
        """See `sertwist.rpc.dispatch.Visible`."""
        method = self._host.registry.resolve(name)
        now = self._host.environment.wall_clock()
        return method is not None and self._policy.may_ever(method, self._case.caller, now)

    def may_list(self) -> bool:
        """See `sertwist.rpc.dispatch.Visible`."""
        return self._policy.may_list(self._case.caller)


def _who(case: Case) -> str:
    """Whose calls count together: one identity's, else one address's."""
    return case.caller.key or f"{case.caller.protocol}:{case.caller.source[0]}"


def _address(case: Case) -> str:
    host, port = case.caller.source
    if not host:
        return case.caller.protocol.lower()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
