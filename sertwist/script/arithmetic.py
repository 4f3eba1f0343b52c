"""Compile operators that make values of values: `+`, the arithmetic and bit operators, conversions (6.1, 6.3)."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Kind
from sertwist.script.operators import OperandError, add, checked, divide, remainder, shift_left, shift_right
from sertwist.script.runtime import number, text
from sertwist.script.value import BareWord, Constant, Dynamic, Null, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["Arithmetic"]

#: Operators whose result always fits.
_BITWISE: Final[dict[str, tuple[type[ast.operator], Callable[[int, int], int]]]] = {
    "|": (ast.BitOr, operator.or_),
    "&": (ast.BitAnd, operator.and_),
    "^": (ast.BitXor, operator.xor),
}
#: Operators whose result may be too large.
_CHECKED: Final[dict[str, tuple[type[ast.operator], Callable[[int, int], int]]]] = {
    "+": (ast.Add, operator.add),
    "-": (ast.Sub, operator.sub),
    "*": (ast.Mult, operator.mul),
}
_CALLED: Final[dict[str, Callable[[int, int], int]]] = {
    "/": divide,
    "mod": remainder,
    "%": remainder,
    "<<": shift_left,
    ">>": shift_right,
}


_SIGNED: Final[dict[str, Callable[[int], int]]] = {"-": lambda value: checked(-value), "~": operator.invert}


class Arithmetic:
    """Compiles operators of one unit; what is constant is worked out at once.

    Attributes:
        can_fail: code was made that may raise `OperandError`; who puts it into a statement takes care of that.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.python = unit.python
        self.can_fail = False

    def unary(self, written: str, operand: Value, span: Span) -> Value:
        """`-`, `~`, `(int)`, `(str)` or `strlen` of `operand`."""
        operand = _defined(operand)
        if not isinstance(operand, Constant | Dynamic):
            return self._no_operand(operand, written)
        if written in {"(str)", "strlen"}:
            return self._textual(written, operand, span)
        if isinstance(operand, Constant):
            return self._folded(lambda: _SIGNED.get(written, int)(number(operand.value)), span)
        code = self._number_code(operand)
        if written == "-":
            code = self._checked(self.python.unary(ast.USub(), code, span), span)
        elif written == "~":
            code = self.python.unary(ast.Invert(), code, span)
        return Dynamic(Kind.NUMBER, code, span, "this number")

    def _textual(self, written: str, operand: Constant | Dynamic, span: Span) -> Value:
        if isinstance(operand, Constant):
            value = text(operand.value)
            return Constant(value if written == "(str)" else len(value), span)
        code = self._text_code(operand)
        if written == "(str)":
            return Dynamic(Kind.TEXT, code, span, "this text")
        return Dynamic(Kind.NUMBER, self.unit.call("len", len, [code], span), span, "this number")

    def binary(self, written: str, left: Value, right: Value, span: Span) -> Value:
        """`left written right`; `+` joins text unless its left side is a number (reference language 6.3)."""
        left, right = _defined(left), _defined(right)
        if not isinstance(left, Constant | Dynamic):
            return self._no_operand(left, written)
        if not isinstance(right, Constant | Dynamic):
            return self._no_operand(right, written)
        if written == "+" and not _is_number(left):
            return self._sum(left, right, span)
        if isinstance(left, Constant) and isinstance(right, Constant):
            return self._folded(lambda: _worked_out(written, number(left.value), number(right.value)), span)
        sides = [self._number_code(left), self._number_code(right)]
        if written in _CALLED:
            self.can_fail = True
            function = _CALLED[written]
            return Dynamic(Kind.NUMBER, self.unit.call(function.__name__, function, sides, span), span, "this number")
        kind = (_BITWISE.get(written) or _CHECKED[written])[0]
        code = self.python.binary(sides[0], kind(), sides[1], span)
        return Dynamic(Kind.NUMBER, self._checked(code, span) if written in _CHECKED else code, span, "this number")

    def _folded(self, work_out: Callable[[], int], span: Span) -> Value:
        try:
            return Constant(work_out(), span)
        except OperandError as error:
            self.unit.diagnostics.error("bad-operand", span, str(error))
            return Unknown(span)

    def _checked(self, code: ast.expr, span: Span) -> ast.expr:
        self.can_fail = True
        return self.unit.call("checked", checked, [code], span)

    def _sum(self, left: Constant | Dynamic, right: Constant | Dynamic, span: Span) -> Value:
        """`+` with text, or something that may be text, on its left."""
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Constant(text(left.value) + text(right.value), span)
        if isinstance(left, Dynamic) and left.kind is Kind.ANY:
            self.can_fail = True
            other = right.code if isinstance(right, Dynamic) else self.python.constant(right.value, right.span)
            return Dynamic(Kind.ANY, self.unit.call("add", add, [left.code, other], span), span, "this sum")
        code = self.python.binary(self._text_code(left), ast.Add(), self._text_code(right), span)
        return Dynamic(Kind.TEXT, code, span, "this text")

    def _no_operand(self, value: Value, written: str) -> Unknown:
        if isinstance(value, BareWord):
            self.unit.report_word(value)
        elif not isinstance(value, Unknown):
            self.unit.diagnostics.error("bad-operand", value.span, f"{written!r} needs text or a number")
        return Unknown(value.span)

    def _number_code(self, value: Constant | Dynamic) -> ast.expr:
        if isinstance(value, Constant):
            return self.python.constant(number(value.value), value.span)
        return self.unit.run("number", [value.code], value.span)

    def _text_code(self, value: Constant | Dynamic) -> ast.expr:
        if isinstance(value, Constant):
            return self.python.constant(text(value.value), value.span)
        return self.unit.run("text", [value.code], value.span)


def _defined(value: Value) -> Value:
    """`$null` as the empty text."""
    return Constant("", value.span) if isinstance(value, Null) else value


def _worked_out(written: str, left: int, right: int) -> int:
    if written in _CALLED:
        return _CALLED[written](left, right)
    return checked((_BITWISE.get(written) or _CHECKED[written])[1](left, right))


def _is_number(value: Constant | Dynamic) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, int)
    return value.kind in {Kind.NUMBER, Kind.BOOLEAN}
