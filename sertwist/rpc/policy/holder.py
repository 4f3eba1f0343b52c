"""`Holder`: what a policy says of somebody who holds certain roles, method by method."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sertwist.rpc.policy.declared import Kind
from sertwist.rpc.policy.entry import Asked, arguments_of, entries_of
from sertwist.rpc.policy.verdict import Bound, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.rpc.call import Call
    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.declared import Declared, Rates, Role
    from sertwist.rpc.policy.entry import Entry
    from sertwist.rpc.policy.verdict import Confirm

__all__ = ["Holder", "Plan", "Way"]


class Way(NamedTuple):
    """How a call came: the peer's address, and the protocol."""

    source: str
    protocol: str


@dataclass(slots=True)
class Plan:
    """The rules that concern one method, and what is known of verdicts on it.

    Attributes:
        method: it.
        denials: the rules that deny, in the order of the file; likewise `grants` and `confirms`.
        looks: some of them look at the call's arguments.
        verdict: on every call of the method; None: not known yet, or a call's own.
        granted: verdicts that were given by a grant.
    """

    method: Method
    denials: tuple[Entry, ...]
    grants: tuple[Entry, ...]
    confirms: tuple[Entry, ...]
    looks: bool
    verdict: Verdict | None = None
    granted: dict[tuple[int, bool, Confirm | None], Verdict] = field(default_factory=dict)


class Holder:
    """Somebody's roles and what follows from them.

    Attributes:
        roles: those held, in the order of the file.
        may_list: all methods may be known, also those that may not be called.
    """

    __slots__ = ("_bounds", "_declared", "_entries", "_is_known", "_plans", "may_list", "roles")

    def __init__(self, declared: Declared, roles: tuple[Role, ...], key: str) -> None:
        """`key` is one text for one identity, for bounds; empty when nobody was proved."""
        self.roles = roles
        self.may_list = any(role.list_all for role in roles)
        self._is_known = bool(key)
        self._declared = declared
        self._entries = entries_of(declared, roles)
        self._bounds = {role.name: tuple(_bounds(role, key)) for role in roles}
        self._plans: dict[str, Plan] = {}

    def decide(self, call: Call, method: Method | None, way: Way, now: float) -> Verdict:
        """See `Policy.decide`."""
        if method is None:
            return self._refused(call.method, "there is no such method", known=False)
        plan = self._plans.get(method.name)
        if plan is None or plan.method is not method:
            plan = self.plan(method)
        return plan.verdict or self._judge(plan, self._asked(plan, call, way, now))

    def denial(self, call: Call, method: Method, way: Way, now: float) -> Verdict | None:
        """The refusal by a rule that denies, None when there is none: what goes around other calls needs no grant."""
        plan = self.plan(method)
        return self._denied(plan, self._asked(plan, call, way, now))

    def may_ever(self, method: Method, way: Way, now: float) -> bool:
        """See `Policy.may_ever`."""
        plan = self.plan(method)
        asked = Asked(None, *way, now)
        if any(not each.tests and each.holds(asked) for each in plan.denials):
            return False
        return any(each.may_hold(asked) for each in plan.grants)

    def plan(self, method: Method) -> Plan:
        """The rules that concern `method`."""
        plan = self._plans.get(method.name)
        if plan is None or plan.method is not method:
            mine = [each.placed(method) for each in self._entries if each.rule.concerns(method)]
            denials, grants, confirms = (
                tuple(each for each in mine if each.rule.kind is kind) for kind in (Kind.DENY, Kind.ALLOW, Kind.CONFIRM)
            )
            plan = self._plans[method.name] = Plan(method, denials, grants, confirms, any(each.tests for each in mine))
            if not any(each.rule.has_conditions for each in mine):
                plan.verdict = self._judge(plan, Asked(None, "", "", 0.0))
        return plan

    def _asked(self, plan: Plan, call: Call, way: Way, now: float) -> Asked:
        """Arguments are bound only for rules that look at them."""
        return Asked(arguments_of(call, plan.method) if plan.looks else None, way[0], way[1], now)

    def _judge(self, plan: Plan, asked: Asked) -> Verdict:
        """A denial holds unless it is sure not to; a grant only when it is sure to."""
        denied = self._denied(plan, asked)
        if denied is not None:
            return denied
        first, reveal = None, False
        for each in plan.grants:
            if (first is None or (each.rule.reveal and not reveal)) and each.holds(asked):
                first, reveal = first or each, reveal or each.rule.reveal
        if first is None:
            return self._refused(plan.method.name, self._why_not(plan, asked))
        confirm = _confirm(each for each in plan.confirms if each.holds(asked)) if plan.confirms else None
        key = (id(first), reveal, confirm)
        found = plan.granted.get(key)
        if found is None:
            found = plan.granted[key] = self._granted(plan.method.name, first, reveal=reveal, confirm=confirm)
        return found

    def _granted(self, method: str, by: Entry, *, reveal: bool, confirm: Confirm | None) -> Verdict:
        return Verdict(
            allowed=True,
            reason=f"rule {by.rule.name!r} allows it to role {by.role}",
            method=method,
            role=by.role,
            rule=by.rule.name,
            file=self._declared.file,
            line=by.rule.line,
            may_list=self.may_list,
            reveal=reveal,
            confirm=confirm,
            bounds=self._bounds[by.role],
        )

    def _denied(self, plan: Plan, asked: Asked) -> Verdict | None:
        for by in plan.denials:
            if by.holds(asked):
                return self._denial_by(by, plan, asked)
        return None

    def _denial_by(self, by: Entry, plan: Plan, asked: Asked) -> Verdict:
        reason = f"rule {by.rule.name!r} denies it to {f'role {by.role}' if by.role else 'everybody'}"
        untold = "; ".join(words for words, truth in by.conditions(asked) if truth is None)
        reason += f", since it can't be told whether {untold}" if untold else ""
        return self._refused(plan.method.name, reason, by=by)

    def _why_not(self, plan: Plan, asked: Asked) -> str:
        if not self._is_known:
            return "it is not proved who calls"
        if not self.roles:
            return "the caller holds no role"
        if not plan.grants:
            return f"no rule allows it to {_names(self.roles)}"
        first = plan.grants[0]
        unmet = "; ".join(words for words, truth in first.conditions(asked) if truth is not True)
        return f"rule {first.rule.name!r} (line {first.rule.line}) allows it to role {first.role} only when {unmet}"

    def _refused(self, method: str, reason: str, *, by: Entry | None = None, known: bool = True) -> Verdict:
        return Verdict(
            allowed=False,
            reason=reason,
            method=method,
            role="" if by is None else by.role,
            rule="" if by is None else by.rule.name,
            file=self._declared.file,
            line=0 if by is None else by.rule.line,
            known=known,
            may_list=self.may_list,
        )


def _confirm(entries: Iterable[Entry]) -> Confirm | None:
    strictest = None
    for each in entries:
        if each.rule.confirm is not None:
            strictest = each.rule.confirm.stricter(strictest)
    return strictest


def _names(roles: tuple[Role, ...]) -> str:
    names = ", ".join(role.name for role in roles)
    return f"role {names}" if len(roles) == 1 else f"roles {names}"


def _bounds(role: Role, key: str) -> Iterable[Bound]:
    pairs: tuple[tuple[str, Rates | None], ...] = ((f"{role.name} {key}", role.each), (role.name, role.together))
    for name, rates in pairs:
        if rates is not None:
            yield Bound(key=name, rate=rates.rate, burst=rates.burst, running=rates.running)
