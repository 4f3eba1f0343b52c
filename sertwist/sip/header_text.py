r"""Header lines as scripts write them, `"X-Hint: here\r\n"`, into the lines of a message (reference language 9.5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import LWS, TOKEN, is_token
from sertwist.sip.header_names import parse_name
from sertwist.sip.scan import split_lines, unfold
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check_lines", "header_lines", "header_name", "name_of", "value_of"]


_REMEMBERED: Final = 64  # bytes of a name that is remembered
#: One line as nearly all are; the name has no blank behind it.
_one_line: Final = re.compile(TOKEN + rb":[^\r\n\0]*+(?:\r\n)?").fullmatch


def header_lines(text: str) -> tuple[bytes, ...]:
    r"""The lines of `text`, without CRLF at their ends; the last one needs none.

    Raises:
        ValueError: no line, an empty one, one without a name and a colon, a line end other than CRLF, NUL.
    """
    octets = as_bytes(text)
    if _one_line(octets):
        return (octets.removesuffix(b"\r\n"),)
    octets = octets.removesuffix(b"\r\n")
    if not octets:
        raise ValueError("header text is empty")
    if octets.count(b"\r") != octets.count(b"\r\n") or octets.count(b"\n") != octets.count(b"\r\n"):
        raise ValueError(r"header lines end with \r\n, never with \r or \n alone")
    return check_lines(split_lines(octets))


def check_lines(lines: Iterable[bytes]) -> tuple[bytes, ...]:
    """`lines`, when each can stand in a message.

    Raises:
        ValueError: an empty line, one without a name and a colon, NUL.
    """
    checked = tuple(lines)
    for line in checked:
        if not line.strip(LWS):
            raise ValueError("an empty line would end the header")
        if b"\0" in line:
            raise ValueError("a header line can't hold NUL")
        if b":" not in line or not is_token(line.partition(b":")[0].rstrip(LWS)):
            raise ValueError("a header line is a name, a colon and a value")
    return checked


def header_name(text: str) -> str:
    """The canonical name that `text` means, with or without its colon.

    Raises:
        ValueError: it is none.
    """
    try:
        return parse_name(as_bytes(text.strip().removesuffix(":")))
    except BadHeaderError:
        raise ValueError(f"{text!r} is no header name") from None


def name_of(line: bytes) -> str:
    """The canonical name of a header line that was checked."""
    name = line.partition(b":")[0]
    return _known_name(name) if len(name) <= _REMEMBERED else parse_name(name)


#: Names of lines that scripts write are few.
_known_name: Final = lru_cache(maxsize=256)(parse_name)


def value_of(line: bytes) -> bytes:
    """The value of a header line that was checked, unfolded and trimmed."""
    return unfold(line).partition(b":")[2].strip(LWS)
