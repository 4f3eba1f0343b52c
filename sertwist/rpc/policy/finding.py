"""`Finding`: one thing that is wrong with a policy file, at which line, and what to write instead."""

from __future__ import annotations

import difflib
import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sertwist.limits import MAX_DIAGNOSTICS
from sertwist.printable import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sertwist.rpc.policy.toml_lines import Path

__all__ = ["Finding", "Findings", "Severity", "nearest"]


class Severity(enum.Enum):
    """An error keeps the policy from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        code: stable kebab-case word for this kind.
        severity: error or warning.
        file: of the policy.
        line: from 1.
        message: what is wrong, without a full stop.
        fix: what to write instead, or empty.
    """

    code: str
    severity: Severity
    file: str
    line: int
    message: str
    fix: str = ""

    @property
    def text(self) -> str:
        """`file:line: severity: message (fix)`, as everything that is checked here tells it."""
        return escape_controls(f"{self.file}:{self.line}: {self.severity.value}: {self.words}")

    @property
    def words(self) -> str:
        """`message (fix)`."""
        return f"{self.message} ({self.fix})" if self.fix else self.message


@dataclass(slots=True)
class Findings:
    """Collects what is found in one file, by the place where it stands there.

    Attributes:
        file: its name, for people.
        lines: line of each key.
    """

    file: str
    lines: dict[Path, int]
    _found: dict[Finding, None] = field(default_factory=dict)

    def error(self, code: str, at: Path, message: str, fix: str = "") -> None:
        """Keep an error."""
        self._add(code, Severity.ERROR, at, message, fix)

    def warning(self, code: str, at: Path, message: str, fix: str = "") -> None:
        """Keep a warning."""
        self._add(code, Severity.WARNING, at, message, fix)

    def line(self, at: Path) -> int:
        """The line of `at`, or of the nearest table around it that has one."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)

    @property
    def has_errors(self) -> bool:
        """Whether the policy can't be used."""
        return any(each.severity is Severity.ERROR for each in self._found)

    def __iter__(self) -> Iterator[Finding]:
        """The first of them, by line."""
        return iter(sorted(self._found, key=lambda each: each.line)[:MAX_DIAGNOSTICS])

    def _add(self, code: str, severity: Severity, at: Path, message: str, fix: str) -> None:
        line = self.line(at)
        found = Finding(code=code, severity=severity, file=self.file, line=line, message=message, fix=fix)
        self._found[found] = None  # what is read twice is told once


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?`, else all that is known, when that is not much; empty when nothing is of help."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= _FEW else ""


_FEW = 20
