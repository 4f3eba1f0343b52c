"""`Source`: a script's text, and the line and column of every offset in it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Position", "Source", "Span"]

_BYTE_ORDER_MARK = "\ufeff"


class Span(NamedTuple):
    """Offsets of a piece of the text, in characters: from `start` up to, not including, `end`."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """From the start of this one to the end of `other`."""
        return Span(self.start, max(self.end, other.end))

    @property
    def after(self) -> Span:
        """The empty span right behind this one: where something is missing."""
        return Span(self.end, self.end)


class Position(NamedTuple):
    """A place as people count: line and column from 1, the column in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A script as read: `name` is what diagnostics and tracebacks call it, the path as the user gave it."""

    name: str
    text: str
    line_starts: tuple[int, ...]

    @classmethod
    def from_text(cls, name: str, text: str) -> Source:
        """Take text that is already decoded; a byte order mark is dropped (reference language 1.1)."""
        text = text.removeprefix(_BYTE_ORDER_MARK)
        starts = [0]
        at = text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        return cls(name, text, tuple(starts))

    @classmethod
    def from_bytes(cls, name: str, data: bytes) -> Source:
        """Take a file's bytes: UTF-8; bytes that are not are kept as surrogates, since strings may hold any."""
        return cls.from_text(name, data.decode("utf-8", "surrogateescape"))

    def position(self, offset: int) -> Position:
        """Line and column of `offset`; offsets past the end belong to the last line."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, min(offset, len(self.text)) - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Text of line `number` (from 1) without its line end."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] - 1 if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    def byte_column(self, offset: int) -> int:
        """Column of `offset` as Python's syntax trees count: from 0, in bytes of UTF-8."""
        start = self.line_starts[bisect_right(self.line_starts, offset) - 1]
        return len(self.text[start:offset].encode("utf-8", "surrogatepass"))
