"""`Unwritten`: stands for a Python tree where a script is only checked."""

# ruff: noqa: ARG002, D102 (every method is as in PythonTree)

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from sertwist.script.python_tree import NOWHERE, Place, PythonTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.script.source import Span

__all__ = ["Unwritten"]

_CODE: Final = ast.Name(id="code", ctx=ast.Load(), **NOWHERE)
_STATEMENT: Final = ast.Pass(**NOWHERE)


class Unwritten(PythonTree):
    """Makes constants, which decide what is said of conditions; what is frequent else is one node for all of them.

    The rest is made as ever, without places.
    """

    def place(self, span: Span) -> Place:
        return NOWHERE

    def constant(self, value: Any, span: Span) -> ast.expr:
        return ast.Constant(value)

    def name(self, name: str, span: Span) -> ast.expr:
        return _CODE

    def attribute(self, attribute: str, span: Span) -> ast.expr:
        return _CODE

    def call(self, function: ast.expr, arguments: Sequence[ast.expr], span: Span) -> ast.expr:
        return _CODE

    def compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, span: Span) -> ast.expr:
        return _CODE

    def all_of(self, operands: Sequence[ast.expr], span: Span) -> ast.expr:
        return _CODE

    def any_of(self, operands: Sequence[ast.expr], span: Span) -> ast.expr:
        return _CODE

    def statement(self, value: ast.expr, span: Span) -> ast.stmt:
        return _STATEMENT

    def return_(self, value: ast.expr, span: Span) -> ast.stmt:
        return _STATEMENT

    def set_true(self, attribute: str, span: Span) -> ast.stmt:
        return _STATEMENT

    def if_(self, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt], span: Span) -> ast.stmt:
        return _STATEMENT

    def function(self, name: str, body: list[ast.stmt], span: Span, *, waits: bool, counts: bool) -> ast.stmt:
        return _STATEMENT
