"""One line of the shell: its words, and the local commands that it is piped to."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

from sertwist.client.failure import UsageError

__all__ = ["Line", "holds_secret", "read_line"]

# As in the wire log: what has such a name is not written down.
SECRET: Final = re.compile(r"pass|pwd|secret|token|credential|ha1|private.?key", re.IGNORECASE)

# A method's name has a dot; a command of serctl has none.
METHOD: Final = re.compile(r"[A-Za-z_]\w*\.[\w.]+")


@dataclass(frozen=True, slots=True)
class Line:
    """What was typed.

    Attributes:
        words: command and arguments, in the shell's own words.
        pipes: the local programs that its output goes through, each with its arguments.
    """

    words: tuple[str, ...]
    pipes: tuple[tuple[str, ...], ...] = ()


def read_line(text: str) -> Line:
    """Read `text`: quotes as in a shell; `|` stands between commands, and `;` `&` `#` `$` `*` are ordinary text.

    A line that begins with a method's name calls it.

    Raises:
        UsageError: a quote does not end, or there is nothing before or after a `|`.
    """
    reader = shlex.shlex(text, posix=True, punctuation_chars="|")
    reader.whitespace_split = True
    reader.commenters = ""
    parts: list[list[str]] = [[]]
    try:
        for word in reader:
            if word == "|":
                parts.append([])
            else:
                parts[-1].append(word)
    except ValueError as error:
        raise UsageError(f"{str(error).lower()} in the line", code="bad-line") from error
    if len(parts) > 1 and not all(parts):
        raise UsageError("there is nothing before or after a |", code="bad-line")
    words = parts[0]
    if words and METHOD.fullmatch(words[0]):
        words = ["call", *words]
    return Line(tuple(words), tuple(tuple(part) for part in parts[1:]))


def holds_secret(text: str) -> bool:
    """Does the line name something secret? Then it is not remembered."""
    return SECRET.search(text) is not None
