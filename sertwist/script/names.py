"""Find what the names in a script mean, and say what was probably meant by those that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.limits import SipLimits
from sertwist.script.value import BareWord, Constant, Dynamic, Myself, Unknown, Value
from sertwist.script.words import LATER_OPERANDS

if TYPE_CHECKING:
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["NameResolver"]

_MAX_LEN = "max_len"  # the longest message that is received (reference language 6.2)


class NameResolver:
    """Resolves words and selects of one unit."""

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

    def select(self, path: tuple[str, ...], span: Span) -> Value:
        """A select of the catalogue."""
        declared = self.unit.catalogue.selects.get(path)
        if declared is None:
            self._report(path, span)
            return Unknown(span)
        ctx = self.unit.python.name("ctx", span)
        stem = "_".join(path)
        code = self.unit.call(f"get_{stem}", declared.get, [ctx], span)
        compared = None
        if declared.compare is not None:
            compared = self.unit.call(f"compare_{stem}", declared.compare, [ctx], span)
        return Dynamic(declared.kind, code, span, declared.name, compared, declared)

    def _report(self, path: tuple[str, ...], span: Span) -> None:
        """Name the module that has it, or the first part that leads nowhere and what is near it."""
        name = "@" + ".".join(path)
        module = self.unit.catalogue.elsewhere.get(name)
        if module is not None:
            message = f"{name!r} belongs to module {module!r}, which is not loaded"
            self.unit.diagnostics.error("module-not-loaded", span, message, f'add loadmodule "{module}"', cause=name)
            return
        known = self.unit.catalogue.selects
        length = max(_shared(path, each) for each in [(), *known])
        near = {each[length] for each in known if each[:length] == path[:length] and len(each) > length}
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


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many leading parts are the same."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count
