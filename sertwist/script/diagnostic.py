"""`Diagnostic`: one thing that is wrong with a script, where, and what to write instead; `render` shows it."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sertwist.limits import MAX_DIAGNOSTICS
from sertwist.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.source import Source, Span

__all__ = ["Diagnostic", "Diagnostics", "Severity", "headline", "render"]

_SECRET = re.compile(r"passw", re.IGNORECASE)
_SHOWN_LINE = 160  # characters of a source line shown around the caret


class Severity(enum.Enum):
    """How bad: an error keeps the script from being used, a warning and a hint do not."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@record(kw_only=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: stable kebab-case word for this kind of finding.
        severity: error, warning or hint.
        span: the text concerned.
        message: what is wrong, without a full stop.
        fix: what to write instead, or empty.
    """

    code: str
    severity: Severity
    span: Span
    message: str
    fix: str = ""


@dataclass(slots=True)
class Diagnostics:
    """Collects findings of all stages; iterates over the first 200 by position (reference language 12).

    A finding with a `cause` is kept once for each code and cause: ten calls of one misspelt function are one.
    """

    _found: list[Diagnostic] = field(default_factory=list)
    _seen: set[tuple[str, object]] = field(default_factory=set)

    def error(self, code: str, span: Span, message: str, fix: str = "", *, cause: object = None) -> None:
        """Keep an error."""
        self.add(code, Severity.ERROR, span, message, fix, cause=cause)

    def warning(self, code: str, span: Span, message: str, fix: str = "", *, cause: object = None) -> None:
        """Keep a warning."""
        self.add(code, Severity.WARNING, span, message, fix, cause=cause)

    def hint(self, code: str, span: Span, message: str, fix: str = "", *, cause: object = None) -> None:
        """Keep a hint."""
        self.add(code, Severity.HINT, span, message, fix, cause=cause)

    def add(
        self, code: str, severity: Severity, span: Span, message: str, fix: str = "", *, cause: object = None
    ) -> None:
        """Keep a finding of any severity."""
        key = (code, span if cause is None else cause)
        if key not in self._seen:
            self._seen.add(key)
            self._found.append(Diagnostic(code=code, severity=severity, span=span, message=message, fix=fix))

    def forget_behind(self, offset: int) -> None:
        """Leave out what begins behind `offset`: it comes of something in front of it, which is said instead."""
        self._found = [each for each in self._found if each.span.start <= offset]

    def within(self, code: str, span: Span) -> Diagnostic | None:
        """The first finding of this code inside `span`; not looked for once more is found than is shown."""
        if self.is_full:
            return None
        inside = (each for each in self._found if each.code == code and span.start <= each.span.start < span.end)
        return next(inside, None)

    def forget(self, finding: Diagnostic) -> None:
        """Leave one out: something better is said in its place."""
        self._found.remove(finding)

    def forget_advice(self, span: Span) -> None:
        """Leave out warnings and hints inside `span`, which could not be read; not once more is found than is shown."""
        if self.is_full:
            return
        self._found = [
            each
            for each in self._found
            if each.severity is Severity.ERROR or not span.start <= each.span.start < span.end
        ]

    def was_said(self, code: str, cause: object) -> bool:
        """Whether a finding of this code and cause is kept: no more work need go into saying it again."""
        return (code, cause) in self._seen

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(self._found, key=lambda each: each.span)[:MAX_DIAGNOSTICS])

    def __len__(self) -> int:
        return len(self._found)

    @property
    def errors(self) -> int:
        """How many errors there are, shown or not."""
        return sum(each.severity is Severity.ERROR for each in self._found)

    def has(self, *codes: str) -> bool:
        """Whether anything of these kinds was found."""
        return any(each.code in codes for each in self._found)

    @property
    def is_full(self) -> bool:
        """Whether more was found than will be shown: no more work need go into good advice."""
        return len(self._found) >= MAX_DIAGNOSTICS


def render(diagnostic: Diagnostic, source: Source) -> str:
    """`file:line:column: severity: message (fix)`, the line itself, a caret below the place, and how it got there.

    A line that sets a password is not shown: what a check prints is kept in logs.
    """
    file, line, column = source.place(diagnostic.span)
    head = headline(f"{file}:{line}:{column}", diagnostic.severity, diagnostic.message, diagnostic.fix)
    origin = [_printable(f"    {each}") for each in source.origin(diagnostic.span.start)]
    text = source.line_at(diagnostic.span.start)
    if _SECRET.search(text):
        return "\n".join((head, *origin))
    first = max(0, column - 1 - _SHOWN_LINE // 2) if len(text) > _SHOWN_LINE else 0
    shown = text[first : first + _SHOWN_LINE]
    before = shown[: column - 1 - first]
    width = max(1, min(diagnostic.span.end - diagnostic.span.start, len(shown) - len(before)))
    indent = "".join("\t" if c == "\t" else " " for c in before)
    return "\n".join((head, _printable(shown), indent + "^" + "~" * (width - 1), *origin))


def headline(place: str, severity: Severity, message: str, fix: str) -> str:
    """`place: severity: message (fix)`, without what a terminal must not get."""
    return _printable(f"{place}: {severity.value}: {message}{f' ({fix})' if fix else ''}")


def _printable(text: str) -> str:
    """`text` with what a terminal must not get (control characters, undecodable bytes) replaced by `?`."""
    return "".join(c if c.isprintable() or c == "\t" else "?" for c in text)
