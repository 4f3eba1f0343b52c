"""Find what the names in a script mean, and say what was probably meant by those that mean nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sertwist.limits import SipLimits
from sertwist.script.declare import ANY_NAME, Kind
from sertwist.script.nodes import SelectName
from sertwist.script.select_path import WrongIndex, find_select
from sertwist.script.value import BareWord, Constant, Dynamic, Myself, Null, Unknown, Value
from sertwist.script.words import LATER_OPERANDS

if TYPE_CHECKING:
    import ast

    from sertwist.script.declare import Index, Select, Tail, Variable
    from sertwist.script.nodes import Named, VariableName
    from sertwist.script.select_path import FoundSelect
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["NameResolver"]

_MAX_LEN = "max_len"  # the longest message that is received (reference language 6.2)
_NULL = "null"


class NameResolver:
    """Resolves words, selects and variables of one unit."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def word(self, word: str, span: Span) -> Value:
        """An operand of the catalogue, `myself`, or a bare word."""
        operand = self.unit.catalogue.operands.get(word)
        if operand is not None:
            code = self.unit.python.attribute(operand.attribute, span)
            return Dynamic(operand.kind, code, span, repr(word), declared=operand)
        if word == "myself":
            return Myself(span)
        if word == _MAX_LEN:
            return Constant(SipLimits().max_message, span)
        if word in LATER_OPERANDS:
            self.unit.not_available(span, repr(word), cause=word)
            return Unknown(span)
        return BareWord(word, span)

    def named(self, name: Named) -> Value:
        """A select or a variable of the catalogue."""
        return self._select(name) if isinstance(name, SelectName) else self._variable(name)

    def _select(self, name: SelectName) -> Value:
        found = find_select(name, self.unit.catalogue)
        if found is None:
            self._report_select(name)
            return Unknown(name.span)
        if isinstance(found, WrongIndex):
            self._report_index(name, found.words)
            return Unknown(name.span)
        select = found.select
        given: list[object] = list(found.names)
        if select.prepare is not None:
            try:
                given = [select.prepare(*found.names)]
            except ValueError as error:
                self.unit.diagnostics.error("bad-select-name", name.span, f"{self._written(name)!r}: {error}")
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

    @staticmethod
    def _step_names(found: FoundSelect) -> list[str]:
        """The parts behind the declaration, for diagnostics."""
        tail, names = found.select.tail, []
        for step, part in found.steps:
            names.append(part or next(each for each, known in tail.items() if known is step))
            tail = step.tail
        return names

    def _variable(self, name: VariableName) -> Value:
        if name.name == _NULL and name.text == "$" + _NULL:
            return Null(name.span)
        declared = self.unit.catalogue.variables.get(name.name)
        if declared is None:
            self._report_variable(name)
            return Unknown(name.span)
        words = {each.lower(): each for each in declared.words}
        word = words.get((name.argument or "").lower())
        if (word is None) is bool(words) or (name.argument is not None) is not bool(words):
            self._report_argument(declared, name)
            return Unknown(name.span)
        indexes = self._indexes(declared.indexes, name)
        if indexes is None:
            return Unknown(name.span)
        return self._read(declared, name, [*([] if word is None else [word]), *indexes])

    def _read(self, declared: Select | Variable, name: Named, given: list[object]) -> Dynamic:
        """The value; `given` is what `get` is to receive behind the context."""
        span = name.span
        constants = [self._constant(each, span) for each in given]
        ctx = self.unit.python.name("ctx", span)
        written = self._written(name)
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

    def _written(self, name: Named) -> str:
        return self.unit.script.source.text[slice(*name.span)].strip("\"'")

    def _indexes(self, declared: tuple[Index, ...], name: Named) -> list[int | str] | None:
        """What stands in each pair of brackets, or is meant where there are none; None when it was reported."""
        written = dict(reversed(name.indexes))
        places = {each.after: each for each in declared}
        if len(written) < len(name.indexes) or not written.keys() <= places.keys():
            self._report_index(name, "takes no index here" if declared else "takes no index")
            return None
        found: list[int | str] = []
        for place in declared:
            index = written.get(place.after, place.default)
            if not isinstance(index, int if place.kind is Kind.NUMBER else str):
                what = "a number, [0] for the first" if place.kind is Kind.NUMBER else 'a text, ["x"]'
                self._report_index(name, f"needs {what}")
                return None
            found.append(index)
        return found

    # -- what is wrong with a name --------------------------------------------------------------------------------

    def _report_index(self, name: Named, words: str) -> None:
        self.unit.diagnostics.error("bad-index", name.span, f"{self._written(name)!r} {words}")

    def _report_argument(self, declared: Variable, name: VariableName) -> None:
        words = ", ".join(f"{declared.name}({each})" for each in declared.words)
        message = f"{name.text!r}: " + (f"it is one of {words}" if words else "it takes nothing in parentheses")
        fix = self.unit.advise(name.argument or "", declared.words)
        self.unit.diagnostics.error("bad-variable-argument", name.span, message, fix)

    def _report_elsewhere(self, name: str, span: Span) -> bool:
        """Say which module that is not loaded has `name`, if one has."""
        module = self.unit.catalogue.elsewhere.get(name)
        if module is not None:
            message = f"{name!r} belongs to module {module!r}, which is not loaded"
            self.unit.diagnostics.error("module-not-loaded", span, message, f'add loadmodule "{module}"', cause=name)
        return module is not None

    def _elsewhere_like(self, path: tuple[str, ...]) -> list[str]:
        """Selects of modules that are not loaded which `path` is, or goes on from; the longest first."""
        every = (each for each in self.unit.catalogue.elsewhere if each.startswith("@" + path[0]))
        paths = (tuple(each[1:].split(".")) for each in every)
        return [
            "@" + ".".join(each) for each in sorted(paths, key=len, reverse=True) if _shared(path, each) == len(each)
        ]

    def _report_variable(self, name: VariableName) -> None:
        """Name the module that has it or the name that is near; else it comes with the rest of the variables."""
        if self._report_elsewhere("$" + name.name, name.span):
            return
        catalogue = self.unit.catalogue
        known = {"$" + each for each in catalogue.variables} | {e for e in catalogue.elsewhere if e.startswith("$")}
        fix = self.unit.advise("$" + name.name, known)
        if fix:
            message = f"unknown variable {'$' + name.name!r}"
            self.unit.diagnostics.error("unknown-variable", name.span, message, fix, cause=name.text)
        else:
            self.unit.not_available(name.span, f"the variable {name.text!r}")

    def _report_select(self, select: SelectName) -> None:
        """Name the module that has it, or the first part that leads nowhere and what is near it."""
        path, span = tuple(each.lower() for each in select.path), select.span
        name = "@" + ".".join(path)
        if any(self._report_elsewhere(each, span) for each in self._elsewhere_like(path)):
            return
        known = _readable_paths(self.unit.catalogue.selects_called(path[0])) or self.unit.catalogue.selects
        length = max(_shared(path, each) for each in [(), *known])
        near = {
            each[length]
            for each in known
            if len(each) > length and _shared(path, each) == length and each[length] != ANY_NAME
        }
        if length == len(path):
            message, fix = (
                f"{name!r} is not a select by itself",
                "it goes on with one of " + ", ".join(sorted(near)),
            )
        elif length:
            prefix = "@" + ".".join(path[:length])
            message, fix = (
                f"unknown select part {path[length]!r} of {prefix!r}",
                self.unit.advise(path[length], near),
            )
        else:
            message, fix = f"unknown select {name!r}", self.unit.advise(path[0], near)
        self.unit.diagnostics.error("unknown-select", span, message, fix, cause=name)


def _shared(written: tuple[str, ...], known: tuple[str, ...]) -> int:
    """How many leading parts are the same."""
    count = 0
    while count < min(len(written), len(known)) and known[count] in (written[count], ANY_NAME):
        count += 1
    return count


def _readable_paths(selects: list[Select]) -> list[tuple[str, ...]]:
    """The paths of `selects` and of what their tails add."""
    waiting: list[tuple[tuple[str, ...], Tail]] = [(each.path, each.tail) for each in selects]
    found = []
    while waiting:
        path, tail = waiting.pop()
        found.append(path)
        waiting += [((*path, part), step.tail) for part, step in tail.items()]
    return found
