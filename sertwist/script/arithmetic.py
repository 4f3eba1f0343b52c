"""Compile operators that make values of values: `+`, the arithmetic and bit operators, conversions (6.1, 6.3)."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Kind
from sertwist.script.runtime import number, text
from sertwist.script.value import BareWord, Constant, Dynamic, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["Arithmetic"]

_BINARY: Final[dict[str, tuple[type[ast.operator], Callable[[int, int], int]]]] = {
    "+": (ast.Add, operator.add),
    "-": (ast.Sub, operator.sub),
    "*": (ast.Mult, operator.mul),
    "|": (ast.BitOr, operator.or_),
    "&": (ast.BitAnd, operator.and_),
    "^": (ast.BitXor, operator.xor),
}
_SIGNS: Final[dict[str, tuple[type[ast.unaryop], Callable[[int], int]]]] = {
    "-": (ast.USub, operator.neg),
    "~": (ast.Invert, operator.invert),
}


class Arithmetic:
    """Compiles operators of one unit; what is constant is worked out at once."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.python = unit.python

    def unary(self, written: str, operand: Value, span: Span) -> Value:
        """`-`, `~`, `(int)`, `(str)` or `strlen` of `operand`."""
        if not isinstance(operand, Constant | Dynamic):
            return self._no_operand(operand, written)
        if written in {"(str)", "strlen"}:
            return self._textual(written, operand, span)
        if isinstance(operand, Constant):
            value = number(operand.value)
            return Constant(_SIGNS[written][1](value) if written in _SIGNS else value, span)
        code = self._number_code(operand)
        if written in _SIGNS:
            code = self.python.unary(_SIGNS[written][0](), code, span)
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
        if not isinstance(left, Constant | Dynamic):
            return self._no_operand(left, written)
        if not isinstance(right, Constant | Dynamic):
            return self._no_operand(right, written)
        if written not in _BINARY:
            self.unit.not_available(span, f"the operator {written!r}", cause=written)
            return Unknown(span)
        if written == "+" and not _is_number(left):
            return self._joined(left, right, span)
        kind, function = _BINARY[written]
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Constant(function(number(left.value), number(right.value)), span)
        code = self.python.binary(self._number_code(left), kind(), self._number_code(right), span)
        return Dynamic(Kind.NUMBER, code, span, "this number")

    def _joined(self, left: Constant | Dynamic, right: Constant | Dynamic, span: Span) -> Value:
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Constant(text(left.value) + text(right.value), span)
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


def _is_number(value: Constant | Dynamic) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, int)
    return value.kind in {Kind.NUMBER, Kind.BOOLEAN}
