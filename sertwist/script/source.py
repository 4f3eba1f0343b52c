"""`Source`: a script's text with the files it includes in place, and the place of every offset in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import NamedTuple

__all__ = ["Place", "Position", "Source", "Span"]

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
    """A place in a file as people count: line and column from 1, the column in characters."""

    line: int
    column: int


class Place(NamedTuple):
    """A place as people name it; `file` is the path as the user or the including file gave it."""

    file: str
    line: int
    column: int


class _File:
    """One file's text; `included_at` is where in the whole text it was asked for, None of the main one."""

    def __init__(self, name: str, text: str, included_at: int | None) -> None:
        self.name = name
        self.text = text
        self.included_at = included_at

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def line_at(self, offset: int) -> int:
        """The number of the line of `offset`, from 1."""
        return bisect_right(self.line_starts, offset)

    @cached_property
    def is_ascii(self) -> bool:
        return self.text.isascii()

    def byte_column(self, offset: int, line: int) -> int:
        """Bytes of UTF-8 between the begin of `line` and `offset`."""
        return len(self.text[self.line_starts[line - 1] : offset].encode("utf-8", "surrogatepass"))


class _Segment(NamedTuple):
    """A run of the whole text that is one run of a file."""

    file: _File
    offset: int  # of its first character in the file


class _Use(NamedTuple):
    """A name that stands for the text of a definition."""

    end: int
    name: str
    defined_at: str


class Source:
    """A script as read; it grows while the files that it includes are read.

    The offsets that spans are made of count along the whole text, in the order in which it takes effect: an included
    file stands behind the line that asks for it. What a `#!define` stands for has no offsets of its own: its tokens
    have those of the name that is written.

    Attributes:
        name: what diagnostics and tracebacks call the main file, the path as the user gave it.
        text: all of it.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts = [0]
        self._segments = [_Segment(_File(name, text, None), 0)]
        self._uses: list[_Use] = []
        self._use_starts: list[int] = []

    @classmethod
    def from_text(cls, name: str, text: str) -> Source:
        """Take text that is already decoded; a byte order mark is dropped (reference language 1.1)."""
        return cls(name, text.removeprefix(_BYTE_ORDER_MARK))

    @classmethod
    def from_bytes(cls, name: str, data: bytes) -> Source:
        """Take a file's bytes: UTF-8; bytes that are not are kept as surrogates, since strings may hold any."""
        return cls.from_text(name, data.decode("utf-8", "surrogateescape"))

    # -- growing --------------------------------------------------------------------------------------------------

    def include(self, at: int, included_at: int, other: Source) -> None:
        """Put the text of `other` in at offset `at`; the line that asked for it is at `included_at`."""
        index = bisect_right(self._starts, at) - 1
        file, offset = self._segments[index]
        rest = _Segment(file, offset + at - self._starts[index])
        added = _Segment(_File(other.name, other.text, included_at), 0)
        size = len(other.text)
        moved = [start + size for start in self._starts[index + 1 :]]
        self._starts[index + 1 :] = [at, at + size, *moved]
        self._segments[index + 1 : index + 1] = [added, rest]
        self.text = self.text[:at] + other.text + self.text[at:]

    def note_use(self, span: Span, name: str, defined_at: str) -> None:
        """Remember that `name` at `span` stands for what is defined at `defined_at`; spans come in order."""
        self._use_starts.append(span.start)
        self._uses.append(_Use(span.end, name, defined_at))

    # -- places ---------------------------------------------------------------------------------------------------

    def position(self, offset: int) -> Position:
        """Line and column of `offset` in its file; offsets past the end belong to the last line."""
        file, within = self._locate(offset)
        line = file.line_at(within)
        return Position(line, min(within, len(file.text)) - file.line_starts[line - 1] + 1)

    def place(self, span: Span) -> Place:
        """File, line and column of where `span` begins."""
        return Place(self.file_of(span), *self.position(span.start))

    def file_of(self, span: Span) -> str:
        """The name of the file that `span` begins in."""
        return self._locate(span.start)[0].name

    def extent(self, span: Span) -> tuple[Position, Position]:
        """Where `span` begins and ends, both in the file that it begins in."""
        file, start, end = self._locate_both(span)
        first, last = file.line_at(start), file.line_at(end)
        starts = file.line_starts
        return Position(first, start - starts[first - 1] + 1), Position(last, end - starts[last - 1] + 1)

    def byte_extent(self, span: Span) -> tuple[int, int, int, int]:
        """`extent` as Python's trees count: line, column, last line, column there; columns from 0 in bytes of UTF-8."""
        file, start, end = self._locate_both(span)
        starts = file.line_starts
        first = last = bisect_right(starts, start)
        if first < len(starts) and end >= starts[first]:
            last = bisect_right(starts, end)
        if file.is_ascii:
            return first, start - starts[first - 1], last, end - starts[last - 1]
        return first, file.byte_column(start, first), last, file.byte_column(end, last)

    def offset(self, within: int) -> int:
        """Offset in the whole text of the character `within` of the main file."""
        main = self._segments[0].file
        return max(
            start + within - segment.offset
            for start, segment in zip(self._starts, self._segments, strict=True)
            if segment.file is main and segment.offset <= within
        )

    def in_main(self, span: Span) -> Span:
        """`span`, or for one in another file the place of the main file that leads there."""
        return self.seen_from(self.name, span)

    def seen_from(self, name: str, span: Span) -> Span:
        """`span`, or when it is not in the file called `name`, the place there or in the main one that leads to it."""
        if len(self._segments) == 1:
            return span
        file, _ = self._locate(span.start)
        while file.name != name and file.included_at is not None:
            span = Span(file.included_at, file.included_at)
            file, _ = self._locate(span.start)
        return span

    def origin(self, offset: int) -> tuple[str, ...]:
        """How the text at `offset` got there, the nearest reason first: definitions and including files."""
        reasons: list[str] = []
        use = self._use_at(offset)
        if use is not None:
            reasons.append(f"in expansion of {use.name} defined at {use.defined_at}")
        file = self._locate(offset)[0]
        while file.included_at is not None:
            at = file.included_at
            file = self._locate(at)[0]
            reasons.append(f"included from {file.name}:{self.position(at).line}")
        return tuple(reasons)

    def defined_name(self, offset: int) -> str:
        """The name that is written at `offset` and stands for a definition, or empty."""
        use = self._use_at(offset)
        return "" if use is None else use.name

    def definition_in(self, span: Span) -> str:
        """The first name in `span` that stands for a definition, or empty."""
        index = bisect_left(self._use_starts, span.start)
        return self._uses[index].name if index < len(self._uses) and self._use_starts[index] < span.end else ""

    # -- text -----------------------------------------------------------------------------------------------------

    def written(self, span: Span) -> str:
        """The text of `span`."""
        return self.text[span.start : span.end]

    def line_at(self, offset: int) -> str:
        """Text of the line that `offset` is in, without its line end."""
        file, within = self._locate(offset)
        number = file.line_at(within)
        start = file.line_starts[number - 1]
        end = file.line_starts[number] - 1 if number < len(file.line_starts) else len(file.text)
        return file.text[start:end].rstrip("\r")

    def _locate(self, offset: int) -> tuple[_File, int]:
        index = bisect_right(self._starts, offset) - 1
        file, first = self._segments[index]
        return file, first + offset - self._starts[index]

    def _locate_both(self, span: Span) -> tuple[_File, int, int]:
        """The file that `span` begins in, and where it begins and ends there."""
        if len(self._segments) == 1:
            return self._segments[0].file, span.start, max(span.start, span.end)
        file, start = self._locate(span.start)
        if span.end <= span.start:
            return file, start, start
        ending, last = self._locate(span.end - 1)
        return file, start, last + 1 if ending is file else start

    def _use_at(self, offset: int) -> _Use | None:
        index = bisect_right(self._use_starts, offset) - 1
        if index < 0 or offset >= self._uses[index].end:
            return None
        return self._uses[index]
