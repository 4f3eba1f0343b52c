"""`explain`: every rule that concerns a call, with what it saw, and the verdict: the answer to "why?"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.rpc.policy.entry import Asked, arguments_of

if TYPE_CHECKING:
    from sertwist.rpc.call import Call
    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.entry import Entry
    from sertwist.rpc.policy.holder import Holder, Way
    from sertwist.rpc.policy.pattern import Truth
    from sertwist.rpc.policy.verdict import Verdict

__all__ = ["Considered", "Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Considered:
    """One rule that concerns the call's method.

    Attributes:
        kind: `deny`, `allow` or `confirm`.
        rule: its name.
        line: in the policy.
        role: of the caller's that it is about; empty: everybody.
        holds: whether it decides something here: a grant only when it is sure to be met, others unless sure not to be.
        conditions: each in words with the value seen, and whether it is met; None: that can't be told.
    """

    kind: str
    rule: str
    line: int
    role: str
    holds: bool
    conditions: tuple[tuple[str, Truth], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one call may or may not run.

    Attributes:
        verdict: on it.
        roles: that the caller holds.
        considered: the rules, in the order in which they are looked at.
    """

    verdict: Verdict
    roles: tuple[str, ...]
    considered: tuple[Considered, ...]


def explain(holder: Holder, call: Call, method: Method | None, way: Way, now: float) -> Explanation:
    """Why `holder` may make `call`, or not; see `Holder.decide`."""
    verdict = holder.decide(call, method, way, now)
    roles = tuple(role.name for role in holder.roles)
    if method is None:
        return Explanation(verdict, roles, ())
    plan, asked = holder.plan(method), Asked(arguments_of(call, method), *way, now)
    considered = [_considered(each, asked) for each in (*plan.denials, *plan.grants, *plan.confirms)]
    return Explanation(verdict, roles, tuple(considered))


def _considered(entry: Entry, asked: Asked) -> Considered:
    rule = entry.rule
    return Considered(
        kind=rule.kind.value,
        rule=rule.name,
        line=rule.line,
        role=entry.role,
        holds=entry.holds(asked),
        conditions=tuple(entry.conditions(asked)),
    )
