"""Compile the transformations behind a variable (reference language 8.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Kind
from sertwist.script.runtime import number
from sertwist.script.transformations import TRANSFORMATIONS
from sertwist.script.value import Constant, Dynamic, Null, Unknown

if TYPE_CHECKING:
    import ast

    from sertwist.script.emit_text import TextEmitter
    from sertwist.script.nodes import Transformation, VariableName
    from sertwist.script.source import Span
    from sertwist.script.transformations import Change
    from sertwist.script.unit import Unit
    from sertwist.script.value import Value

__all__ = ["Transformer"]

_NUMERIC: Final = re.compile(r"\s*-?[0-9]{1,18}\s*", re.ASCII)


class Transformer:
    """Compiles transformations of one unit; `texts` compiles arguments that name variables."""

    def __init__(self, unit: Unit, texts: TextEmitter) -> None:
        self.unit = unit
        self.texts = texts

    def apply(self, value: Value, name: VariableName) -> Value:
        """`value` with the transformations of `name`, from left to right."""
        code = self._code(value)
        kind = Kind.TEXT
        for each in name.transformations:
            change = TRANSFORMATIONS.get(each.name)
            arguments = None if change is None else self._arguments(change, each, name.span)
            if change is None or arguments is None or code is None:
                if change is None:
                    self._report_unknown(each, name.span)
                return Unknown(name.span)
            function = self.unit.bound(each.name.replace(".", "_"), change.apply, name.span)
            run = "changed_always" if change.of_undefined else "changed"
            code = self.unit.run(run, [function, code, *arguments], name.span)
            kind = change.kind
        return Unknown(name.span) if code is None else Dynamic(kind, code, name.span, name.text)

    def _code(self, value: Value) -> ast.expr | None:
        match value:
            case Dynamic():
                return value.code
            case Constant():
                return self.unit.python.constant(value.value, value.span)
            case Null():
                return self.unit.python.constant(None, value.span)
            case _:
                return None

    def _arguments(self, change: Change, written: Transformation, span: Span) -> list[ast.expr] | None:
        """Code for each argument; None when it was reported."""
        if change.prepare is not None:
            return self._prepared(change, written, span)
        given = written.arguments
        if not change.least <= len(given) <= len(change.arguments):
            most = len(change.arguments)
            count = str(most) if change.least == most else f"{change.least} to {most}"
            self._report(
                span, f"{{{change.name}}} takes {count} argument{'' if most == 1 else 's'}, {len(given)} given"
            )
            return None
        codes = [self._argument(kind, each, change, span) for kind, each in zip(change.arguments, given, strict=False)]
        found = [each for each in codes if each is not None]
        return found if len(found) == len(codes) else None

    def _prepared(self, change: Change, written: Transformation, span: Span) -> list[ast.expr] | None:
        assert change.prepare is not None  # noqa: S101 (asked by the caller)
        try:
            found = change.prepare(",".join(written.arguments))
        except ValueError as error:
            self._report(span, f"{{{change.name}}}: {error}")
            return None
        return [self.unit.bound(f"{change.name}_argument", found, span)]

    def _argument(self, kind: Kind, written: str, change: Change, span: Span) -> ast.expr | None:
        value = self.texts.text(written, span) if "$" in written else Constant(written, span)
        if isinstance(value, Dynamic):
            return self.unit.run("number", [value.code], span) if kind is Kind.NUMBER else value.code
        if kind is not Kind.NUMBER:
            return self.unit.python.constant(value.value, span)
        if not _NUMERIC.fullmatch(str(value.value)):
            self._report(span, f"{{{change.name}}} takes a number, not {written!r}")
            return None
        return self.unit.python.constant(number(str(value.value).strip()), span)

    def _report(self, span: Span, message: str) -> None:
        self.unit.diagnostics.error("bad-transformation", span, message)

    def _report_unknown(self, written: Transformation, span: Span) -> None:
        fix = self.unit.advise(written.name, set(TRANSFORMATIONS))
        message = f"unknown transformation {written.name!r}"
        self.unit.diagnostics.error("unknown-transformation", span, message, fix, cause=written.name)
