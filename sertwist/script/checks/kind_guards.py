"""In which kinds of route each call can be made, as far as conditions around it tell: `if (is_request())`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.expressions import all_in, expressions_of
from sertwist.script.nodes import Binary, Block, Break, Call, End, If, Return, RouteCall, Switch, Unary, While, Word
from sertwist.script.route_kind import RouteKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.nodes import Expression, Statement

__all__ = ["ALL", "Placed", "placed_in"]

#: An expression and the kinds of route, as bits, that can be running there.
Placed = tuple[Call | RouteCall | Word, int]

ALL: Final = RouteKind.ANY.value
_REPLIES: Final = RouteKind.REPLY.value
_MIXED: Final = (RouteKind.EVENT | RouteKind.ONSEND).value  # they see requests and replies
_TELLING: Final = {  # the kinds in which each can be true
    "is_request": ALL & ~_REPLIES,
    "is_reply": _REPLIES | _MIXED,
    "t_is_request_route": RouteKind.REQUEST.value,
    "t_is_reply_route": _REPLIES,
    "t_is_failure_route": RouteKind.FAILURE.value,
    "t_is_branch_route": RouteKind.BRANCH.value,
}
_ONLY_THERE: Final = frozenset({"t_is_request_route", "t_is_reply_route", "t_is_failure_route", "t_is_branch_route"})


def placed_in(block: Block) -> list[Placed]:
    """The calls and words of `block`, each with the kinds of route in which it can be reached."""
    found: list[Placed] = []
    _walk(block, ALL, found)
    return found


def _walk(block: Block, kinds: int, found: list[Placed]) -> int:
    """Note what is in `block`; returns the kinds in which what stands behind it is reached."""
    for statement in block.statements:
        match statement:
            case If(arms=arms, otherwise=otherwise):
                kinds = _walk_if(arms, otherwise, kinds, found)
            case Block():
                kinds = _walk(statement, kinds, found)
            case While(condition=condition, body=body):
                found += _named_in(condition, kinds)
                _walk(body, _when(condition, kinds)[0], found)
            case Switch(subject=subject, cases=cases):
                found += _named_in(subject, kinds)
                for each in cases:
                    _walk(each.body, kinds, found)
            case _:
                found += _in_statement(statement, kinds)
                if isinstance(statement, Return | End | Break):
                    return 0
    return kinds


def _walk_if(
    arms: tuple[tuple[Expression, Block], ...], otherwise: Block | None, kinds: int, found: list[Placed]
) -> int:
    behind = 0
    for condition, body in arms:
        found += _named_in(condition, kinds)
        true, kinds = _when(condition, kinds)
        behind |= _walk(body, true, found)
    return behind | (kinds if otherwise is None else _walk(otherwise, kinds, found))


def _in_statement(statement: Statement, kinds: int) -> Iterator[Placed]:
    for outermost in expressions_of(statement):
        yield from _named_in(outermost, kinds)


def _named_in(expression: Expression, kinds: int) -> Iterator[Placed]:
    """The calls and words in `expression`; behind `is_reply() &&` only for replies."""
    if isinstance(expression, Binary) and expression.operator in ("&&", "||"):
        for operand in expression.operands:
            yield from _named_in(operand, kinds)
            kinds = _when(operand, kinds)[expression.operator == "||"]
        return
    for each in all_in(expression):
        if isinstance(each, Call | RouteCall | Word):
            yield each, kinds


def _when(condition: Expression, kinds: int) -> tuple[int, int]:
    """The kinds in which `condition` can be true, and those in which it can be false."""
    match condition:
        case Unary(operator="!", operand=operand):
            true, false = _when(operand, kinds)
            return false, true
        case Call(name=name) if name in _TELLING:
            can = _TELLING[name]
            must = can if name in _ONLY_THERE else can & ~_MIXED
            return kinds & can, kinds & ~must
        case Binary(operator="&&", operands=operands):
            false = 0
            for operand in operands:
                kinds, untrue = _when(operand, kinds)
                false |= untrue
            return kinds, false
        case Binary(operator="||", operands=operands):
            true = 0
            for operand in operands:
                held, kinds = _when(operand, kinds)
                true |= held
            return true, kinds
        case _:
            return kinds, kinds
