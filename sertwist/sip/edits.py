"""`Edits`: changes to a message, kept beside its bytes and applied when it is sent, once per branch."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sertwist.sip.grammar import safe_value
from sertwist.sip.header_names import canonical_name, printed_name
from sertwist.sip.header_text import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.sip.message import Message, Request

__all__ = ["Edits"]


class Edits:
    """Changes in the order they are made; a later one on the same header wins.

    Values may come from a peer: CR, LF and NUL in them become spaces. Names are ours: one that is no token
    is a `ValueError`. Lines that nothing changes are sent octet for octet, folds and compact names
    included.

    None stands for no change: most messages have few. What names alone decide is kept by name, and costs nothing before
    the message is sent. `rewrite_lines` takes the lines as all changes so far have made them, for everything else.
    """

    __slots__ = ("_appended", "_body", "_first", "_prepended", "_replaced", "_rewritten", "_start_line")

    def __init__(self) -> None:
        self._start_line: bytes | None = None
        self._rewritten: list[bytes] | None = None
        self._replaced: dict[str, bytes | None] | None = None
        self._first: dict[str, bytes | None] | None = None
        self._prepended: list[tuple[str, bytes]] | None = None
        self._appended: list[bytes] | None = None
        self._body: bytes | None = None

    def copy(self) -> Edits:
        """Return an independent copy, for a branch that goes on from here."""
        other = Edits()
        other._start_line = self._start_line
        other._rewritten = self._rewritten  # never changed, only replaced
        other._replaced = self._replaced and dict(self._replaced)
        other._first = self._first and dict(self._first)
        other._prepended = self._prepended and list(self._prepended)
        other._appended = self._appended and list(self._appended)
        other._body = self._body
        return other

    def replace_start_line(self, line: str | bytes) -> None:
        """Send `line` as the start line."""
        self._start_line = safe_value(line)

    def set_request_uri(self, request: Request, uri: str | bytes) -> None:
        """Send `request` to another Request-URI.

        Raises:
            ValueError: white space in `uri`: it would move the version to another place.
        """
        text = safe_value(uri)
        if not text or b" " in text or b"\t" in text:
            raise ValueError("a Request-URI is not empty and has no white space")
        self._start_line = b"%s %s SIP/2.0" % (request.method.encode("ascii"), text)

    def set_header(self, name: str, value: str | bytes) -> None:
        """Put one line in place of all called `name`, where the first stood, or last when there was none."""
        canonical = canonical_name(name)
        self._put(canonical, _line(name, value))

    def remove_header(self, name: str) -> None:
        """Send no line called `name`."""
        self._put(canonical_name(name), None)

    def set_first(self, name: str, value: str | bytes | None) -> None:
        """Send the first line called `name` with `value`, or without it (None), and the others as they are."""
        if self._first is None:
            self._first = {}
        self._first[canonical_name(name)] = None if value is None else _line(name, value)

    def append_header(self, name: str, value: str | bytes) -> None:
        """Add a line after all others."""
        self.append_lines((_line(name, value),))

    def append_lines(self, lines: Iterable[bytes]) -> None:
        """Add whole header lines, of `sip.header_text`, after all others."""
        if self._appended is None:
            self._appended = []
        self._appended += lines

    def prepend_header(self, name: str, value: str | bytes) -> None:
        """Add a line before the first called `name`, else before all: for Via, Route and Record-Route."""
        if self._prepended is None:
            self._prepended = []
        self._prepended.append((canonical_name(name), _line(name, value)))

    def replace_body(self, body: bytes, content_type: str | bytes = b"") -> None:
        """Send `body` with its Content-Length, and with `content_type` unless that is empty."""
        self._body = body
        self.set_header("content-length", b"%d" % len(body))
        if content_type:
            self.set_header("content-type", content_type)

    def lines(self, message: Message) -> list[bytes]:
        """The header lines of `message` with all changes so far, folds as received."""
        return [*self._changed_lines(message), *(self._appended or ())]

    def body(self, message: Message) -> bytes:
        """The body of `message` with all changes so far."""
        return message.body if self._body is None else self._body

    def rewrite_lines(self, lines: list[bytes]) -> None:
        """Send `lines` as the header: what `lines` gave, changed; whole lines without CRLF at their ends."""
        self._rewritten = lines
        self._replaced = self._first = self._prepended = self._appended = None

    def apply(self, message: Message) -> bytes:
        """Return the bytes of `message` with these changes."""
        out = [message.start_line if self._start_line is None else self._start_line]
        out += self._changed_lines(message)
        out += self._appended or ()
        out += (b"", message.body if self._body is None else self._body)
        return b"\r\n".join(out)

    def _changed_lines(self, message: Message) -> list[bytes]:
        lines = message.lines if self._rewritten is None else self._rewritten
        if not (self._replaced or self._first or self._prepended):
            return lines
        names = message.names if self._rewritten is None else [name_of(line) for line in lines]
        waiting: dict[str, list[bytes]] = {}
        for name, line in self._prepended or ():
            waiting.setdefault(name, []).insert(0, line)
        out: list[bytes] = [line for name in waiting if name not in names for line in waiting[name]]
        replaced, first = dict(self._replaced or ()), dict(self._first or ())
        for name, line in zip(names, lines, strict=True):
            if name in waiting:
                out += waiting.pop(name)
            if name in replaced:
                new, replaced[name] = replaced[name], None
            else:
                new = first.pop(name) if name in first else line
            if new is not None:
                out.append(new)
        out += [new for new in replaced.values() if new is not None]  # no line had these names
        return out

    def _put(self, canonical: str, line: bytes | None) -> None:
        """Let `line`, or none, stand for all lines of this name; what was done with them before is forgotten."""
        if self._first:
            self._first.pop(canonical, None)
        if self._appended:
            self._appended = [each for each in self._appended if name_of(each) != canonical]
        if self._prepended:
            self._prepended = [item for item in self._prepended if item[0] != canonical]
        if self._replaced is None:
            self._replaced = {canonical: line}
        else:
            self._replaced[canonical] = line


def _line(name: str, value: str | bytes) -> bytes:
    return _beginning(name) + safe_value(value)


@lru_cache(maxsize=256)
def _beginning(name: str) -> bytes:
    """`Max-Forwards: `; names are ours, so these are few."""
    return printed_name(name).encode("ascii") + b": "
