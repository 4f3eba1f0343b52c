"""Compile texts with variables in them to one expression (reference language 1.9, 8.6)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from sertwist.script.declare import Kind
from sertwist.script.format import split_format, split_text
from sertwist.script.runtime import shown, text
from sertwist.script.value import Constant, Dynamic, Null, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sertwist.script.nodes import Named
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit
    from sertwist.script.value import Value

__all__ = ["TextEmitter"]


class TextEmitter:
    """Compiles texts of one unit, `named` what they name; what is undefined is written `<null>`."""

    def __init__(self, unit: Unit, named: Callable[[Named], Value]) -> None:
        self.unit = unit
        self.named = named

    def text(self, written: str, span: Span, shown_by: str = "shown") -> Constant | Dynamic:
        """A text that names variables by `$`; the runtime function `shown_by` makes text of their values."""
        return self._joined(split_text(written, span, self.unit.catalogue.variables), span, shown_by)

    def format(self, written: str, span: Span, shown_by: str = "shown") -> Constant | Dynamic:
        """A text which may use `%` as SER 2 does: for the log, and in header lines."""
        return self._joined(split_format(written, span, self.unit.catalogue.variables), span, shown_by)

    def beginning(self, written: str, span: Span) -> str:
        """What stands in front of the first variable."""
        first = split_text(written, span, self.unit.catalogue.variables)[0]
        return first if isinstance(first, str) else ""

    def behind(self, code: ast.expr) -> ast.expr:
        """Of the code of a text the part behind what stands in front of its first variable."""
        if not isinstance(code, ast.JoinedStr) or not isinstance(code.values[0], ast.Constant):
            return code
        rest = code.values[1:]
        if len(rest) == 1 and isinstance(rest[0], ast.FormattedValue):
            return rest[0].value  # a text already
        return ast.JoinedStr(values=rest, lineno=code.lineno, col_offset=code.col_offset)

    def joined(self, values: list[Value], span: Span) -> Dynamic:
        """`values` one behind the other; what is undefined is empty."""
        parts = [
            self.unit.python.constant(text(value.value), span)
            if isinstance(value, Constant)
            else self._formatted(value, span, "text")
            for value in values
            if not isinstance(value, Null)
        ]
        code = ast.JoinedStr(values=parts, **self.unit.python.place(span))
        return Dynamic(Kind.TEXT, code, span, "this text", parts=_parts(values))

    def _joined(self, pieces: list[str | Named], span: Span, shown_by: str) -> Constant | Dynamic:
        if all(isinstance(each, str) for each in pieces):
            return Constant("".join(map(str, pieces)), span)
        values = [each if isinstance(each, str) else self.named(each) for each in pieces]
        parts = [
            ast.Constant(each, **self.unit.python.place(span))
            if isinstance(each, str)
            else self._formatted(each, span, shown_by)
            for each in values
        ]
        code = ast.JoinedStr(values=parts, **self.unit.python.place(span))
        return Dynamic(Kind.TEXT, code, span, "this text", parts=_parts(values))

    def _formatted(self, value: Value, span: Span, shown_by: str) -> ast.expr:
        python = self.unit.python
        match value:
            case Dynamic():
                code = self.unit.run(shown_by, [value.code], span)
            case Constant():
                code = python.constant(shown(value.value), span)
            case Null() | Unknown():
                code = python.constant(shown(None), span)
            case _:
                code = python.constant("", span)
        return ast.FormattedValue(value=code, conversion=-1, format_spec=None, **python.place(span))


def _parts(values: Iterable[object]) -> tuple[Dynamic, ...]:
    """Those of `values` that are found for each message, and what is in them."""
    return tuple(part for value in values if isinstance(value, Dynamic) for part in value.parts or (value,))
