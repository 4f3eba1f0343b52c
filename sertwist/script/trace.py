"""`Trace`: what a script did with one message: each statement that was run, and the values that it looked at.

A program compiled with `trace=True` writes it into `ctx.trace`; others have nothing of it in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

__all__ = ["Seen", "Step", "Trace"]

_V = TypeVar("_V")


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
        steps: all of them.
        depth: of the running statement, -1 while no block runs.
    """

    steps: list[Step] = field(default_factory=list)
    depth: int = -1

    def step(self, place: tuple[str, int, int, str]) -> None:
        """A statement begins; `place` is file, line, column and text of the line."""
        self.steps.append(Step(*place, self.depth))

    def saw(self, name: str, value: _V) -> _V:
        """The running statement read `value`; gives it back."""
        self.steps[-1].seen.append(Seen(name, value))
        return value

    def decided(self, value: _V) -> _V:
        """The condition of the running statement came to `value`; gives it back."""
        self.steps[-1].taken = bool(value)
        return value
