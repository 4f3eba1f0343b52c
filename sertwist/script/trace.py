"""`Trace`: what a script did with one message: each statement that was run, and the values that it looked at.

A program compiled with `trace=True` writes it into `ctx.trace`; others have nothing of it in them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import MAX_TRACE_EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Seen", "Step", "Trace", "line_of", "printable", "trace_lines"]

_PLACE: Final = 4
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


class Trace(deque[Any]):
    """What happened to one message, in order, as `sertwist.script.tracing` notes it: the last `MAX_TRACE_EVENTS`.

    Noting costs a fraction of a microsecond, so that management calls can be traced always; `steps` makes it readable.
    An event is a place (file, line, column, text of the line), a name with the value that it had, True or False for
    what a condition came to, 1 for a route block that begins and -1 for one that is left.
    """

    __slots__ = ()

    def __init__(self, events: Iterable[Any] = ()) -> None:
        super().__init__(events, MAX_TRACE_EVENTS)

    @property
    def cut(self) -> bool:
        """Whether there may have been more than it holds, before."""
        return len(self) >= MAX_TRACE_EVENTS

    @property
    def steps(self) -> list[Step]:
        """The statements in the order they were run."""
        steps: list[Step] = []
        depth = -1 - (sum(event for event in self if type(event) is int) if self.cut else 0)
        for event in self:
            if type(event) is int:
                depth += event
            elif type(event) is tuple and len(event) == _PLACE:
                file, line, column, text = event
                steps.append(Step(file, line, column, text, max(depth, 0)))
            elif not steps:  # of a statement that was dropped
                continue
            elif isinstance(event, bool):
                steps[-1].taken = event
            else:
                name, value = event
                steps[-1].seen.append(Seen(name, value))
        return steps


def line_of(trace: Trace) -> str:
    """The last line that was taken, `ser.cfg:40`; empty for an empty trace."""
    for event in reversed(trace):
        if type(event) is tuple and len(event) == _PLACE:
            return f"{event[0]}:{event[1]}"
    return ""


def trace_lines(trace: Trace) -> Iterator[str]:
    """`trace` for people: each line of the script that was taken, below it what it saw; nothing but printable text."""
    if trace.cut:
        yield "what came before was not kept: a trace is bounded"
    steps = trace.steps
    several = len({step.file for step in steps}) > 1
    places = [f"{step.file}:{step.line}" if several else str(step.line) for step in steps]
    width = max((len(each) for each in places), default=0)
    for place, step in zip(places, steps, strict=True):
        decided = "" if step.taken is None else f"    -> {'true' if step.taken else 'false'}"
        yield printable(f"{place:>{width}}  {'  ' * step.depth}{step.text}{decided}")
        for seen in step.seen:
            yield printable(f"{'':>{width}}  {'  ' * step.depth}    {seen.name} = {_shown(seen.value)}")


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
