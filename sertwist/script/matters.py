"""`Matters`: which statements of a script can make a difference to a question, so that the others are passed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.expressions import all_in, blocks_in, expressions_of
from sertwist.script.nodes import Break, End, Return, RouteCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.nodes import Expression, Statement

__all__ = ["Matters"]


class Matters:
    """Remembers for each statement whether it matters: most do not, and are looked at once.

    `judge` says of one expression whether it makes a difference by itself; calls of routes, and what leaves a block,
    always do.
    """

    def __init__(self, judge: Callable[[Expression], bool]) -> None:
        self._judge = judge
        self._known: dict[int, bool] = {}  # by identity: the tree lives longer than this

    def of(self, statement: Statement) -> bool:
        """Whether `statement`, or anything in it, makes a difference."""
        known = self._known.get(id(statement))
        if known is None:
            known = self._known[id(statement)] = self._look(statement)
        return known

    def _look(self, statement: Statement) -> bool:
        if isinstance(statement, Return | End | Break):
            return True
        for outermost in expressions_of(statement):
            if any(isinstance(each, RouteCall) or self._judge(each) for each in all_in(outermost)):
                return True
        return any(self.of(inner) for block in blocks_in(statement) for inner in block.statements)
