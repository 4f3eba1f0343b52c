"""`Problem`: one thing wrong with a TLS setting or file, said so that its reader knows what to do."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Literal

from sertwist.record import record

__all__ = ["Finding", "Place", "Problem", "Severity", "has_errors", "note_problem"]

Severity = Literal["error", "warning", "hint"]
Finding = tuple[Severity, str, str]  # severity, text, fix: a problem before its place is known


@record
class Place:
    """A line of a file that settings are read from, counted from 1; prints as `tls.cfg:12`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@record
class Problem:
    """One finding of the configuration check.

    Attributes:
        where: what the caller gave as the setting's position in the script, a `Place` in another file, or None.
        severity: `error` means nothing starts; `warning` is logged; `hint` is shown only by a check.
        text: what is wrong, with the file's resolved path where there is one.
        fix: what to write or do instead; may be empty.
        domains: names of the domains that have it, as `TLSDomain.name`; none: it is about no domain in particular.
    """

    where: object
    severity: Severity
    text: str
    fix: str = ""
    domains: tuple[str, ...] = field(default=(), compare=False)


def note_problem(problems: list[Problem], problem: Problem) -> None:
    """Add `problem` unless it is there: a value that several domains inherit is one problem of all of them."""
    if problem not in problems:
        problems.append(problem)
        return
    at = problems.index(problem)
    new = tuple(name for name in problem.domains if name not in problems[at].domains)
    problems[at] = replace(problems[at], domains=problems[at].domains + new)


def has_errors(problems: list[Problem]) -> bool:
    """Whether any of `problems` forbids to go on."""
    return any(problem.severity == "error" for problem in problems)
