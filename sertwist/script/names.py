"""Find what the words, selects and variables in a script mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sertwist.limits import SipLimits
from sertwist.script.emit_text import TextEmitter
from sertwist.script.name_report import NameReport
from sertwist.script.nodes import SelectName, VariableName
from sertwist.script.select_path import WrongIndex, find_select
from sertwist.script.value import BareWord, Constant, Dynamic, Myself, Null, Unknown, Value
from sertwist.script.variables import VariableResolver

if TYPE_CHECKING:
    import ast

    from sertwist.script.declare import Select
    from sertwist.script.nodes import Named
    from sertwist.script.select_path import FoundSelect
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["NameResolver"]

_MAX_LEN = "max_len"  # the longest message that is received (reference language 6.2)
# As OpenSER 1.3 and OpenSIPS spell `$null`.
_NULL = "NULL"


class NameResolver:
    """Resolves words, selects and variables of one unit."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.report = NameReport(unit)
        self.texts = TextEmitter(unit, self.named)
        self.variables = VariableResolver(unit, self)

    def word(self, word: str, span: Span) -> Value:
        """An operand of the catalogue, `myself`, or a bare word."""
        operand = self.unit.catalogue.operands.get(word)
        if operand is not None:
            code = self.unit.python.attribute(operand.attribute, span)
            return Dynamic(operand.kind, self.unit.seen(word, code, span), span, repr(word), declared=operand)
        if word == "myself":
            return Myself(span)
        if word == _NULL:
            return Null(span)
        if word == _MAX_LEN:
            return Constant(SipLimits().max_message, span)
        return BareWord(word, span)

    def named(self, name: Named) -> Value:
        """A select or a variable of the catalogue."""
        value = self._select(name) if isinstance(name, SelectName) else self.variables.value(name)
        if not isinstance(value, Dynamic) or not self.unit.traces:
            return value
        written = name.text if isinstance(name, VariableName) else self.unit.written(name.span)
        compared = None if value.compared is None else self.unit.seen(written, value.compared, name.span)
        return replace(value, code=self.unit.seen(written, value.code, name.span), compared=compared)

    def _select(self, name: SelectName) -> Value:
        found = find_select(name, self.unit.catalogue)
        if found is None:
            self.report.select(name)
            return Unknown(name.span)
        if isinstance(found, WrongIndex):
            self.report.index(name, found.words)
            return Unknown(name.span)
        select = found.select
        self._check_zero(name, found)
        given: list[object] = list(found.names)
        if select.prepare is not None:
            try:
                given = [select.prepare(*found.names)]
            except ValueError as error:
                self.unit.diagnostics.error("bad-select-name", name.span, f"{self.unit.written(name.span)!r}: {error}")
                return Unknown(name.span)
        value = self._read(select, name, [*given, *found.indexes])
        if not found.steps:
            return value
        code = value.code
        for step, part in found.steps:
            more = [] if part is None else [self.unit.python.constant(part, name.span)]
            code = self.unit.call(f"of_{step.get.__name__}", step.get, [code, *more], name.span)
        whole = replace(select, path=(*select.path, *self._step_names(found)), kind=found.kind, tail={}, compare=None)
        return Dynamic(found.kind, code, name.span, value.name, None, whole)

    def _check_zero(self, name: SelectName, found: FoundSelect) -> None:
        """`[0]` where the first is `[1]` (reference language 7.1; 13, 21)."""
        places = zip(found.select.indexes, found.indexes, strict=True)
        if any(place.default == 1 and index == 0 for place, index in places):
            message = f"{self.unit.written(name.span)!r} counts from 1: [0] is taken as [1]"
            self.unit.diagnostics.warning("index-from-one", name.span, message, "write [1]")

    @staticmethod
    def _step_names(found: FoundSelect) -> list[str]:
        """The parts behind the declaration, for diagnostics."""
        tail, names = found.select.tail, []
        for step, part in found.steps:
            names.append(part or next(each for each, known in tail.items() if known is step))
            tail = step.tail
        return names

    def _read(self, declared: Select, name: SelectName, given: list[object]) -> Dynamic:
        """The value; `given` is what `get` is to receive behind the context."""
        span = name.span
        constants = [self._constant(each, span) for each in given]
        ctx = self.unit.python.name("ctx", span)
        written = self.unit.written(name.span)
        stem = declared.name[1:].replace(".", "_")
        code = self.unit.call(f"get_{stem}", declared.get, [ctx, *constants], span)
        compared = None
        if declared.compare is not None:
            compared = self.unit.call(f"compare_{stem}", declared.compare, [ctx, *constants], span)
        return Dynamic(declared.kind, code, span, written, compared, declared)

    def _constant(self, value: object, span: Span) -> ast.expr:
        """Code for what a declaration receives: a constant, or the name of what was prepared."""
        if isinstance(value, int | str):
            return self.unit.python.constant(value, span)
        return self.unit.bound("prepared", value, span)
