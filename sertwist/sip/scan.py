"""Find the start line and the header lines of a head in one pass over its bytes (RFC 3261 7.3, 7.3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from sertwist.sip.errors import BadHeaderError, MessageTooLargeError
from sertwist.sip.grammar import LWS
from sertwist.sip.header_names import SPELLINGS, parse_name

if TYPE_CHECKING:
    from sertwist.limits import SipLimits

__all__ = ["HEAD_END", "Head", "scan_head", "split_lines", "split_texts", "unfold"]

HEAD_END = b"\r\n\r\n"

_next_line = re.compile(rb"\r\n(?![ \t])")


Head: TypeAlias = tuple[bytes, list[bytes], list[bytes], dict[str, bytes]]
"""One scanned head: `start_line, lines, texts, first`; a plain tuple, since every message makes one.

start_line: without its CRLF; not yet looked into.
lines: header lines as received, folds included, without the final CRLF.
texts: the same lines with every fold as one space; the same list when there are none.
first: canonical name to value (trimmed) of the first line of that name.
"""


def scan_head(head: bytes, limits: SipLimits) -> Head:
    """Return the lines of `head`: everything before the empty line, without it.

    Raises:
        MessageTooLargeError: the start line or the number of lines is past its bound.
        BadHeaderError: a line without a colon or with a bad name, or CR or LF outside of CRLF.
    """
    lines = head.split(b"\r\n")
    breaks = len(lines) - 1
    # A bare LF is where two readers of one message come to different headers: never repaired.
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks:
        raise BadHeaderError("CR or LF outside of CRLF")
    start_line = lines.pop(0)
    if len(start_line) > limits.max_request_line:
        raise MessageTooLargeError("Start line too long")
    if breaks > limits.max_headers and len(split_lines(head)) > limits.max_headers + 1:
        raise MessageTooLargeError("Too many header fields")
    try:
        # Nearly every line: a name spelt as usual, a colon and a space. Anything else fails here.
        first = {SPELLINGS[name]: value.strip(LWS) for name, value in [line.split(b": ", 1) for line in lines]}
    except (KeyError, ValueError):
        return _scan_unusual(head, start_line, lines)
    # A later line of the same name has taken the first one's place.
    return (start_line, lines, lines, first if len(first) == breaks else _first_values(lines))


def _scan_unusual(head: bytes, start_line: bytes, lines: list[bytes]) -> Head:
    """Return the head with no more assumed than RFC 3261 7.3.1 says; folds only where there are any."""
    if any(line[:1] in {b" ", b"\t"} for line in lines):
        folded = split_lines(head)
        if folded.pop(0) != start_line:
            raise BadHeaderError("Folded start line")
        texts = [unfold(line) for line in folded]
        return (start_line, folded, texts, _first_values(texts))
    return (start_line, lines, lines, _first_values(lines))


def _first_values(texts: list[bytes]) -> dict[str, bytes]:
    first: dict[str, bytes] = {}
    for text in texts:
        name, colon, value = text.partition(b":")
        key = SPELLINGS.get(name) or parse_name(name)
        if not colon:
            raise BadHeaderError("Header line without a colon")
        first.setdefault(key, value.strip(LWS))
    return first


def split_texts(texts: list[bytes]) -> tuple[list[str], list[bytes]]:
    """Return canonical names and trimmed values of unfolded header lines that were scanned already."""
    parts = [text.partition(b":") for text in texts]
    return [parse_name(name) for name, _, _ in parts], [value.strip(LWS) for _, _, value in parts]


def split_lines(head: bytes, most: int = 0) -> list[bytes]:
    """Return start line and header lines with their folds; past `most` splits (0: any) one item."""
    return _next_line.split(head, most)


def unfold(line: bytes) -> bytes:
    """Return a header line with every fold (CRLF and white space) as one space (RFC 3261 7.3.1)."""
    if b"\r\n" not in line:
        return line
    return b" ".join(part.strip(LWS) for part in line.split(b"\r\n"))
