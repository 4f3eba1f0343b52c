"""What leaves a block of statements, and what only a `switch` or `while` around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.nodes import Block, Break, End, If, Return, Switch, While

if TYPE_CHECKING:
    from sertwist.script.nodes import Statement

__all__ = ["always_leaves", "may_break"]


def always_leaves(statement: Statement) -> bool:
    """Whether nothing behind `statement`, in the same block, is ever reached."""
    match statement:
        case Return() | End() | Break():
            return True
        case Block(statements=statements):
            return any(always_leaves(each) for each in statements)
        case If(arms=arms, otherwise=otherwise):
            return otherwise is not None and all(always_leaves(body) for body in (*(b for _, b in arms), otherwise))
        case Switch(cases=cases):
            whole = any(case.label is None for case in cases) and bool(cases)
            bodies = [case.body for case in cases]
            return whole and always_leaves(bodies[-1]) and not any(may_break(body) for body in bodies)
        case _:
            return False


def may_break(statement: Statement) -> bool:
    """Whether a `break` in `statement` leaves what is around it."""
    match statement:
        case Break():
            return True
        case Block(statements=statements):
            return any(may_break(each) for each in statements)
        case If(arms=arms, otherwise=otherwise):
            bodies = [body for _, body in arms] + ([] if otherwise is None else [otherwise])
            return any(may_break(body) for body in bodies)
        case While() | Switch():
            return False
        case _:
            return False
