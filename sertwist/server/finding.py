"""`Finding`: one thing that a check found, in a script or a file that it names, as people and programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.record import record
from sertwist.script.diagnostic import Severity, headline, render

if TYPE_CHECKING:
    from sertwist.script.diagnostic import Diagnostic
    from sertwist.script.source import Position, Source
    from sertwist.tls.loading.problem import Place

__all__ = ["Finding", "found_in_file", "found_in_script"]


@record(kw_only=True)
class Finding:
    """One finding.

    Attributes:
        code: kind of finding; what it means is in `script.codes`.
        severity: error, warning or hint.
        message: what is wrong.
        fix: what to write instead, or empty.
        file: that it is in.
        line: from 1.
        column: from 1, in characters.
        end_line: of the first place behind the text concerned, as `end_column`.
        text: all of it for people: the headline, and the line with a caret below the place.
    """

    code: str
    severity: Severity
    message: str
    fix: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    @property
    def headline(self) -> str:
        """The text in one line, for a log."""
        return self.text.partition("\n")[0]

    def as_json(self) -> dict[str, Any]:
        """For `-o json`."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
            "fix": self.fix,
        }


def found_in_script(found: Diagnostic, source: Source) -> Finding:
    """A finding of the script itself."""
    start, end = source.extent(found.span)
    return _finding(found, source.file_of(found.span), start, end, render(found, source))


def _finding(found: Diagnostic, file: str, start: Position, end: Position, text: str) -> Finding:
    return Finding(
        code=found.code,
        severity=found.severity,
        message=found.message,
        fix=found.fix,
        file=file,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        text=text,
    )


def found_in_file(code: str, severity: Severity, where: Place, message: str, fix: str) -> Finding:
    """A finding in a file that the script names."""
    return Finding(
        code=code,
        severity=severity,
        message=message,
        fix=fix,
        file=str(where.file),
        line=where.line,
        column=1,
        end_line=where.line,
        end_column=1,
        text=headline(str(where), severity, message, fix),
    )
