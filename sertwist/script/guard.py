"""Whether management calls are dispatched only where the script has asked who the peer is (64).

A path counts as guarded once a condition on it has looked at a select under `@tls.peer`, whatever the outcome: this
finds the script that forgot, it does not judge the one that asked wrongly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.emit_route import leaves
from sertwist.script.nodes import (
    Binary,
    Block,
    Break,
    Call,
    End,
    Expression,
    If,
    Return,
    RouteCall,
    SelectName,
    Statement,
    parts_of,
)
from sertwist.script.route_graph import MAIN

if TYPE_CHECKING:
    from sertwist.script.unit import Unit

__all__ = ["check_guards"]

_GUARDED: Final = frozenset({"dispatch_rpc"})
_IDENTITY: Final = ("tls", "peer")


def check_guards(unit: Unit) -> None:
    """Report each call of a guarded function that some path reaches unasked, from wherever messages enter."""
    walk = _Walk(unit)
    for entry in (MAIN, *unit.catalogue.entries):
        if entry in unit.graph.routes:
            walk.route(entry)


class _Walk:
    """Follows all paths from where messages enter on which nothing was asked so far; the others need no look."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.done: dict[str, bool] = {}

    def route(self, name: str) -> bool:
        """Follow a route that is entered unasked; whether it was asked when the route ends."""
        if name not in self.done:
            self.done[name] = False  # what recursion sees: nothing asked
            self.done[name] = self.block(self.unit.graph.routes[name].body)
        return self.done[name]

    def block(self, block: Block) -> bool:
        """Follow the statements in order, until one is asked behind on every path."""
        return any(self.statement(statement) for statement in block.statements)

    def statement(self, statement: Statement) -> bool:
        """Follow one statement; True when every path behind it was asked, or there is none."""
        match statement:
            case Block():
                return self.block(statement)
            case Call() | RouteCall():
                return self.expression(statement)
            case If():
                return self.if_(statement)
            case Return() | End() | Break():
                return (
                    statement.value is not None and self.expression(statement.value)
                    if isinstance(statement, Return | End)
                    else False
                )

    def if_(self, statement: If) -> bool:
        """The paths through `if`: each condition is evaluated only when those before it were not taken."""
        asked_behind = True
        for condition, body in statement.arms:
            taken, not_taken = self.outcomes(condition)
            if not taken and not self.block(body) and not leaves(body):
                asked_behind = False
            if not_taken:
                return asked_behind
        rest = statement.otherwise
        if rest is None or (not self.block(rest) and not leaves(rest)):
            return False
        return asked_behind

    def outcomes(self, condition: Expression) -> tuple[bool, bool]:
        """Whether identity was certainly looked at when `condition` is true, and when it is false."""
        if not isinstance(condition, Binary) or condition.operator not in {"&&", "||"}:
            asked = self.expression(condition)
            return asked, asked
        first, *others = condition.operands
        if_true, if_false = self.outcomes(first)
        short = if_false if condition.operator == "&&" else if_true
        through = if_true if condition.operator == "&&" else if_false
        for operand in others:
            if through:
                break
            if_true, if_false = self.outcomes(operand)
            short = short and (if_false if condition.operator == "&&" else if_true)
            through = if_true if condition.operator == "&&" else if_false
        return (through, short) if condition.operator == "&&" else (short, through)

    def expression(self, expression: Expression) -> bool:
        """Follow calls in `expression`; whether it looks at who the peer is."""
        waiting = [expression]
        asked = False
        while waiting:
            each = waiting.pop()
            if isinstance(each, SelectName) and each.path[:2] == _IDENTITY:
                asked = True
            elif isinstance(each, Call) and each.name in _GUARDED and not asked:
                message = f"{each.name}() is reached without any test of who the peer is"
                self.unit.diagnostics.warning("unguarded-rpc", each.span, message, "test @tls.peer.verified first")
            elif isinstance(each, RouteCall) and (target := self.unit.graph.target(each.name)) is not None:
                asked = self.route(target) or asked
            waiting.extend(reversed(parts_of(each)))
        return asked
