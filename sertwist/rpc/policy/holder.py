"""`Holder`: what a policy says of somebody who holds certain roles, method by method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sertwist.rpc.call import Call
from sertwist.rpc.policy.declared import Kind
from sertwist.rpc.policy.entry import Asked, Entry, entries_of
from sertwist.rpc.policy.verdict import Bound, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.declared import Declared, Rates, Role
    from sertwist.rpc.policy.verdict import Confirm

__all__ = ["Holder", "Plan", "Way"]


class Way(NamedTuple):
    """How a call came: the peer's address, and the protocol."""

    source: str
    protocol: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules that concern one method, and the verdict, when no single call can change it."""

    method: Method
    denials: tuple[Entry, ...]
    grants: tuple[Entry, ...]
    confirms: tuple[Entry, ...]

    @property
    def is_settled(self) -> bool:
        """Whether every call of the method is decided alike."""
        return not any(each.rule.has_conditions for each in (*self.denials, *self.grants, *self.confirms))


class Holder:
    """Somebody's roles and what follows from them.

    Attributes:
        roles: those held, in the order of the file.
        may_list: all methods may be known, also those that may not be called.
    """

    __slots__ = ("_bounds", "_declared", "_entries", "_is_known", "_plans", "_settled", "may_list", "roles")

    def __init__(self, declared: Declared, roles: tuple[Role, ...], key: str) -> None:
        """`key` is one text for one identity, for bounds; empty when nobody was proved."""
        self.roles = roles
        self.may_list = any(role.list_all for role in roles)
        self._is_known = bool(key)
        self._declared = declared
        self._entries = entries_of(declared, roles)
        self._bounds = {role.name: tuple(_bounds(role, key)) for role in roles}
        self._plans: dict[str, Plan] = {}
        self._settled: dict[str, tuple[Method, Verdict]] = {}

    def decide(self, call: Call, method: Method | None, way: Way, now: float) -> Verdict:
        """See `Policy.decide`."""
        if method is None:
            return self._refused(call.method, "there is no such method", known=False)
        settled = self._settled.get(method.name)
        if settled is not None and settled[0] is method:
            return settled[1]
        plan = self.plan(method)
        verdict = self._judge(plan, Asked(call, method, way.source, way.protocol, now))
        if plan.is_settled:
            self._settled[method.name] = (method, verdict)
        return verdict

    def denial(self, call: Call, method: Method, way: Way, now: float) -> Verdict | None:
        """The refusal by a rule that denies, None when there is none: what goes around other calls needs no grant."""
        return self._denied(self.plan(method), Asked(call, method, way.source, way.protocol, now))

    def may_ever(self, method: Method, way: Way, now: float) -> bool:
        """See `Policy.may_ever`."""
        plan = self.plan(method)
        asked = Asked(Call(method.name), method, way.source, way.protocol, now)
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
            plan = self._plans[method.name] = Plan(method, denials, grants, confirms)
        return plan

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
        return Verdict(
            allowed=True,
            reason=f"rule {first.rule.name} allows it to role {first.role}",
            method=plan.method.name,
            role=first.role,
            rule=first.rule.name,
            file=self._declared.file,
            line=first.rule.line,
            may_list=self.may_list,
            reveal=reveal,
            confirm=_confirm(each for each in plan.confirms if each.holds(asked)) if plan.confirms else None,
            bounds=self._bounds[first.role],
        )

    def _denied(self, plan: Plan, asked: Asked) -> Verdict | None:
        for by in plan.denials:
            if by.holds(asked):
                return self._denial_by(by, plan, asked)
        return None

    def _denial_by(self, by: Entry, plan: Plan, asked: Asked) -> Verdict:
        reason = f"rule {by.rule.name} denies it to {f'role {by.role}' if by.role else 'everybody'}"
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
        return f"rule {first.rule.name} (line {first.rule.line}) allows it to role {first.role} only when {unmet}"

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
