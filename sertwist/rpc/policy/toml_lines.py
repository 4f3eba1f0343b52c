"""Where the keys of a TOML document stand: `tomllib` gives their values and forgets their lines.

The scan reads a document that `tomllib` has taken, so it need not judge: it only knows where strings, comments, arrays
and tables end, which is all that a line needs (TOML 1.0.0).
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Path", "key_lines"]

#: Keys and, in arrays, numbers from the document to a value: `("allow", 0, "methods")`.
Path = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
#: Three quotes end a text of several lines; two more before them belong to it.
_TEXTS: Final = {
    '"""': re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL),
    "'''": re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\]|\\.)*"'),
    "'": re.compile(r"'[^']*'"),
}
_PLAIN: Final = re.compile(r"[^,\]}#\n]+")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_CONTROLS: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of each key, table and element of an array in `text`, which `tomllib.loads` takes."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


class _Scan:
    """One reading of one document, from its begin to its end."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._line = 1
        self._tables: dict[Path, int] = {}  # arrays of tables and how many each has so far

    def document(self) -> None:
        """Read all of it."""
        table: Path = ()
        self._blank()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._blank()

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the table that the following keys are in."""
        repeated = self._text.startswith("[[", self._at)
        self._at += 2 if repeated else 1
        self._blank()
        keys = self._keys()
        self._blank()
        self._at += 2 if repeated else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self._within((*path, key))
        path = (*path, keys[-1])
        if repeated:
            self.lines.setdefault(path, self._line)
            number = self._tables[path] = self._tables.get(path, -1) + 1
            path = (*path, number)
        self._note(path)
        return path

    def _within(self, path: Path) -> Path:
        """The table that a header means by `path`: of an array of tables its last."""
        self.lines.setdefault(path, self._line)
        return (*path, self._tables[path]) if path in self._tables else path

    def _pair(self, table: Path) -> None:
        """`a.b = value`."""
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, self._line)
        self._blank()
        self._at += 1  # the equals sign
        self._blank()
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self._text[self._at]
        if start == "[":
            self._elements(path)
        elif start == "{":
            self._inline(path)
        else:
            opening = next((each for each in _TEXTS if self._text.startswith(each, self._at)), "")
            self._take(_TEXTS.get(opening, _PLAIN))

    def _elements(self, path: Path) -> None:
        self._at += 1
        self._blank()
        number = 0
        while self._text[self._at] != "]":
            self._note((*path, number))
            self._value((*path, number))
            number += 1
            self._separator()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        self._blank()
        while self._text[self._at] != "}":
            self._pair(path)
            self._separator()
        self._at += 1

    def _separator(self) -> None:
        self._blank()
        if self._text[self._at] == ",":
            self._at += 1
            self._blank()

    def _keys(self) -> list[str]:
        keys = [_key(self._take(_KEY))]
        while self._take(_DOT):
            keys.append(_key(self._take(_KEY)))
        return keys

    def _note(self, path: Path) -> None:
        """What is written out later, as a table of dotted keys may be, keeps its own line."""
        self.lines[path] = self._line

    def _blank(self) -> None:
        self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        found = match.group()
        self._at = match.end()
        self._line += found.count("\n")
        return found


def _key(written: str) -> str:
    """What a key as written is called."""
    if written.startswith("'"):
        return written[1:-1]
    return _ESCAPE.sub(_unescaped, written[1:-1]) if written.startswith('"') else written


def _unescaped(match: re.Match[str]) -> str:
    short, long, letter = match.groups()
    return _CONTROLS.get(letter, letter) if letter else chr(int(short or long, 16))
