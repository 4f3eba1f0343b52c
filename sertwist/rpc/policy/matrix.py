"""`matrix`: the whole table of roles and methods, as the rules alone say it, without any single call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sertwist.rpc.declare import Method
    from sertwist.rpc.policy.entry import Entry
    from sertwist.rpc.policy.holder import Plan
    from sertwist.rpc.policy.policy import Policy

__all__ = ["Cell", "Row", "matrix"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one role may do with one method.

    Attributes:
        answer: `yes`, `no`, or `if`: it depends on the call.
        conditions: of `if`, in words; empty otherwise.
        confirmations: how many others must agree, at most.
        rules: names of the rules that decide.
    """

    answer: str
    conditions: tuple[str, ...] = ()
    confirmations: int = 0
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One method, and what each role may do with it, by its name."""

    method: Method
    cells: dict[str, Cell]


def matrix(policy: Policy, methods: Iterable[Method]) -> list[Row]:
    """A row for each of `methods`."""
    roles = {name: policy.holder_of_roles([name], name) for name in policy.declared.roles}
    return [Row(method, {name: _cell(holder.plan(method)) for name, holder in roles.items()}) for method in methods]


def _cell(plan: Plan) -> Cell:
    always = next((each for each in plan.denials if not each.rule.has_conditions), None)
    if always is not None:
        return Cell("no", rules=(always.rule.name,))
    if not plan.grants:
        return Cell("no")
    confirmations = max((each.rule.confirm.confirmations for each in plan.confirms if each.rule.confirm), default=0)
    free = next((each for each in plan.grants if not each.rule.has_conditions), None)
    grants = plan.grants if free is None else (free,)
    rules = tuple(dict.fromkeys(each.rule.name for each in (*plan.denials, *grants)))
    conditions = [f"not when {_words(each)}" for each in plan.denials]
    if free is None:
        conditions = [" or ".join(_words(each) for each in grants), *conditions]
    return Cell("if" if conditions else "yes", tuple(conditions), confirmations, rules)


def _words(entry: Entry) -> str:
    return " and ".join(_conditions(entry))


def _conditions(entry: Entry) -> Iterator[str]:
    if entry.rule.when is not None:
        yield f"time is {entry.rule.when.written}"
    if entry.rule.source is not None:
        yield f"source is {entry.rule.source.written}"
    yield from (each.written for each in entry.tests)
