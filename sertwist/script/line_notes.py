"""Notes in generated code that tell the script's lines: texts as statements, shown as comments."""

from __future__ import annotations

import ast
from typing import Final

__all__ = ["as_comments", "note_line"]

_MARK: Final = "\x01"
_LONGEST: Final = 100  # characters of a line that is quoted


def note_line(file: str, line: int, text: str) -> str:
    """The text of a note."""
    return f"{_MARK}{file}:{line}  {text[:_LONGEST]}"


def as_comments(python: str) -> str:
    """Python with its notes turned into comments; one that repeats the last is left out."""
    lines: list[str] = []
    last = ""
    for line in python.splitlines():
        note = _note(line)
        if note is None:
            lines.append(line)
            last = last if line.strip() else ""
        elif note != last:
            lines.append(f"{line[: len(line) - len(line.lstrip())]}# {note}")
            last = note
    return "\n".join(lines) + "\n"


def _note(line: str) -> str | None:
    stripped = line.strip()
    if not stripped.startswith(("'\\x01", '"\\x01', '"""\\x01')):  # the last as a docstring is written
        return None
    return ascii(ast.literal_eval(stripped))[1:-1].removeprefix("\\x01").replace('\\"', '"').replace("\\'", "'")
