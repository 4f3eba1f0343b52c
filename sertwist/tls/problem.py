"""`Problem`: one thing wrong with a TLS setting or file, said so that its reader knows what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "Problem", "Severity", "has_errors"]

Severity = Literal["error", "warning"]
Finding = tuple[Severity, str, str]  # severity, text, fix: a problem before its place is known


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of the configuration check.

    Attributes:
        where: what the caller gave as the setting's position (script file and line), or None.
        severity: `error` means nothing starts; `warning` is logged.
        text: what is wrong, with the file's resolved path where there is one.
        fix: what to write or do instead; may be empty.
    """

    where: object
    severity: Severity
    text: str
    fix: str = ""


def has_errors(problems: list[Problem]) -> bool:
    """Whether any of `problems` forbids to go on."""
    return any(problem.severity == "error" for problem in problems)
