"""Everything in a script, one by one, without recursion: its statements, its expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sertwist.script.nodes import Assign, Block, Call, End, If, Return, RouteCall, Switch, While, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.nodes import Expression, Script, Statement

__all__ = ["all_expressions", "all_in", "all_of_type", "all_statements", "blocks_in", "expressions_of"]

_Kind = TypeVar("_Kind")


def all_expressions(script: Script) -> list[Expression]:
    """Every expression of every route, the inner ones behind those that hold them."""
    if not script.walked:
        for route in script.routes:
            for statement in all_statements(route.body):
                for outermost in expressions_of(statement):
                    script.walked.extend(all_in(outermost))
    return script.walked


def all_of_type(script: Script, kind: type[_Kind]) -> list[_Kind]:
    """Every expression of one type, in the same order: most checks look at few of them."""
    if not script.by_type:
        for each in all_expressions(script):
            script.by_type.setdefault(type(each), []).append(each)
    found: list[_Kind] = script.by_type.get(kind, [])
    return found


def all_in(expression: Expression) -> Iterator[Expression]:
    """`expression` and every one inside it."""
    waiting = [expression]
    while waiting:
        each = waiting.pop()
        yield each
        if parts := parts_of(each):
            waiting.extend(reversed(parts))


def all_statements(block: Block) -> Iterator[Statement]:
    """Every statement of `block` and of the blocks in it, in order."""
    waiting: list[Statement] = list(reversed(block.statements))
    while waiting:
        statement = waiting.pop()
        yield statement
        for inner in reversed(blocks_in(statement)):
            waiting.extend(reversed(inner.statements))


def blocks_in(statement: Statement) -> list[Block]:
    """The blocks directly in `statement`, in order."""
    match statement:
        case Block():
            return [statement]
        case If(arms=arms, otherwise=otherwise):
            return [body for _, body in arms] + ([] if otherwise is None else [otherwise])
        case While(body=body):
            return [body]
        case Switch(cases=cases):
            return [each.body for each in cases]
        case _:
            return []


def expressions_of(statement: Statement) -> list[Expression]:
    """The outermost expressions of `statement` itself, not of the blocks in it."""
    match statement:
        case Call() | RouteCall() | Assign():
            return [statement]
        case If(arms=arms):
            return [condition for condition, _ in arms]
        case While(condition=condition):
            return [condition]
        case Switch(subject=subject):
            return [subject]
        case Return(value=value) | End(value=value):
            return [] if value is None else [value]
        case _:
            return []
