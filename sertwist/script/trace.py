"""`Trace`: what a script did with one message: each statement that was run, and the values that it looked at.

A program compiled with `trace=True` writes it into `ctx.trace`; others have nothing of it in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from sertwist.limits import MAX_TRACE_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Seen", "Step", "Trace", "Untraced", "printable", "trace_lines"]

_V = TypeVar("_V")
_LONGEST: Final = 120  # characters of one value that are shown


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that a statement looked at.

    Attributes:
        name: as written in the script (`@tls.peer`, `$rU`, `method`, `lookup("location")`).
        value: None when undefined; of a call what it returned.
    """

    name: str
    value: object


@dataclass(slots=True)
class Step:
    """One statement that was run.

    Attributes:
        file: the script or included file, as diagnostics call it.
        line: from 1.
        column: from 1, where the statement begins.
        text: that line of the script, without blanks around it.
        depth: how many routes called each other to get here; 0 in the block that was entered.
        seen: values in the order they were read.
        taken: of a condition what it came to; None for other statements.
    """

    file: str
    line: int
    column: int
    text: str
    depth: int
    seen: list[Seen] = field(default_factory=list)
    taken: bool | None = None


@dataclass(slots=True)
class Trace:
    """The steps of one message, in the order they were taken.

    Attributes:
        steps: the first `MAX_TRACE_STEPS` of them.
        depth: of the running statement, -1 while no block runs.
        cut: there were more.
    """

    steps: list[Step] = field(default_factory=list)
    depth: int = -1
    cut: bool = False

    def step(self, place: tuple[str, int, int, str]) -> None:
        """A statement begins; `place` is file, line, column and text of the line."""
        if len(self.steps) < MAX_TRACE_STEPS:
            self.steps.append(Step(*place, self.depth))
        else:
            self.cut = True

    def saw(self, name: str, value: _V) -> _V:
        """The running statement read `value`; gives it back."""
        if not self.cut:
            self.steps[-1].seen.append(Seen(name, value))
        return value

    def decided(self, value: _V) -> _V:
        """The condition of the running statement came to `value`; gives it back."""
        if not self.cut:
            self.steps[-1].taken = bool(value)
        return value


class Untraced(Trace):
    """Takes nothing down: for messages that a traced program runs while another one is asked about."""

    def step(self, place: tuple[str, int, int, str]) -> None:
        """See `Trace.step`."""

    def saw(self, _name: str, value: _V) -> _V:
        """See `Trace.saw`."""
        return value

    def decided(self, value: _V) -> _V:
        """See `Trace.decided`."""
        return value


def trace_lines(trace: Trace) -> Iterator[str]:
    """`trace` for people: each line of the script that was taken, below it what it saw; nothing but printable text."""
    several = len({step.file for step in trace.steps}) > 1
    places = [f"{step.file}:{step.line}" if several else str(step.line) for step in trace.steps]
    width = max((len(each) for each in places), default=0)
    for place, step in zip(places, trace.steps, strict=True):
        decided = "" if step.taken is None else f"    -> {'true' if step.taken else 'false'}"
        yield printable(f"{place:>{width}}  {'  ' * step.depth}{step.text}{decided}")
        for seen in step.seen:
            yield printable(f"{'':>{width}}  {'  ' * step.depth}    {seen.name} = {_shown(seen.value)}")
    if trace.cut:
        yield f"only the first {MAX_TRACE_STEPS} steps are kept"


def _shown(value: object) -> str:
    match value:
        case None:
            return "undefined"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value if len(value) <= _LONGEST else value[:_LONGEST] + "..."}"'
        case _:
            return str(value)


def printable(text: str) -> str:
    """`text` with `?` for what a terminal must not get; a peer may have written it."""
    return "".join(c if c.isprintable() else "?" for c in text.replace("\t", "    "))
