"""Say what is wrong with a name, and what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.declare import ANY_NAME

if TYPE_CHECKING:
    from sertwist.script.declare import Select, Tail, Variable
    from sertwist.script.nodes import Named, SelectName, VariableName
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["NameReport"]


class NameReport:
    """Reports to the diagnostics of one unit."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def index(self, name: Named, words: str) -> None:
        """`words` say what is wrong with its brackets."""
        self.unit.diagnostics.error("bad-index", name.span, f"{self.unit.written(name.span)!r} {words}")

    def argument(self, declared: Variable, name: VariableName) -> None:
        """What stands in its parentheses can't stand there, or nothing does."""
        words = ", ".join(f"{declared.name}({each})" for each in declared.words)
        fix = self.unit.advise(name.argument or "", declared.words)
        if declared.argument is not None:
            message = f"{name.text!r}: something must stand in parentheses"
            fix = f"write ${name.name}({name.indexes[0][1] if name.indexes else 'name'})"
        else:
            message = f"{name.text!r}: " + (f"it is one of {words}" if words else "it takes nothing in parentheses")
        self.unit.diagnostics.error("bad-variable-argument", name.span, message, fix)

    def _elsewhere(self, name: str, span: Span) -> bool:
        """Say which module that is not loaded has `name`, if one has."""
        module = self.unit.catalogue.elsewhere.get(name)
        if module is not None:
            self.unit.report_not_loaded(module, name, span)
        return module is not None

    def _elsewhere_like(self, path: tuple[str, ...]) -> list[str]:
        """Selects of modules that are not loaded which `path` is, or goes on from; the longest first."""
        every = (each for each in self.unit.catalogue.elsewhere if each.startswith("@" + path[0]))
        paths = (tuple(each[1:].split(".")) for each in every)
        return [
            "@" + ".".join(each) for each in sorted(paths, key=len, reverse=True) if _shared(path, each) == len(each)
        ]

    def variable(self, name: VariableName) -> None:
        """Name the module that has it or the name that is near."""
        if self._elsewhere("$" + name.name, name.span):
            return
        message = f"unknown variable {'$' + name.name!r}"
        fix = self.near_variable(name.name)
        self.unit.report_unknown("unknown-variable", name.span, message, fix, name.text)

    def near_variable(self, name: str) -> str:
        """What was probably meant by a variable that there is not; empty when nothing is near."""
        if name not in self.unit.near_variables:
            catalogue = self.unit.catalogue
            known = {"$" + each for each in catalogue.variables} | {e for e in catalogue.elsewhere if e.startswith("$")}
            self.unit.near_variables[name] = self.unit.advise("$" + name, known)
        return self.unit.near_variables[name]

    def select(self, select: SelectName) -> None:
        """Name the module that has it, or the first part that leads nowhere and what is near it."""
        path, span = tuple(each.lower() for each in select.path), select.span
        name = "@" + ".".join(path)
        if name == "@" or self.unit.diagnostics.was_said("unknown-select", name):
            return  # that nothing stands behind the '@' was said when it was read
        if any(self._elsewhere(each, span) for each in self._elsewhere_like(path)):
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
        self.unit.report_unknown("unknown-select", span, message, fix, name)


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
