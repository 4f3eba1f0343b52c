"""Find the start line and the header lines of a head in one pass over its bytes (RFC 3261 7.3, 7.3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sertwist.sip.errors import BadHeaderError, MessageTooLargeError
from sertwist.sip.grammar import LWS
from sertwist.sip.header_names import SPELLINGS, parse_name

if TYPE_CHECKING:
    from sertwist.limits import SipLimits

__all__ = ["HEAD_END", "Head", "scan_head", "split_lines", "split_texts", "unfold"]

HEAD_END = b"\r\n\r\n"

_next_line = re.compile(rb"\r\n(?![ \t])")


class Head(NamedTuple):
    """One scanned head.

    Attributes:
        start_line: without its CRLF; not yet looked into.
        lines: header lines as received, folds included, without the final CRLF.
        texts: the same lines with every fold as one space; the same list when there are none.
        first: canonical name to value (trimmed) of the first line of that name.
    """

    start_line: bytes
    lines: list[bytes]
    texts: list[bytes]
    first: dict[str, bytes]


def scan_head(head: bytes, limits: SipLimits) -> Head:
    """Return the lines of `head`: everything before the empty line, without it.

    Raises:
        MessageTooLargeError: the start line or the number of lines is past its bound.
        BadHeaderError: a line without a colon or with a bad name, or CR or LF outside of CRLF.
    """
    lines = head.split(b"\r\n")
    # A bare LF is where two readers of one message come to different headers: never repaired.
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1:
        raise BadHeaderError("CR or LF outside of CRLF")
    start_line = lines.pop(0)
    if len(start_line) > limits.max_request_line:
        raise MessageTooLargeError("Start line too long")
    if len(lines) > limits.max_headers and len(split_lines(head)) > limits.max_headers + 1:
        raise MessageTooLargeError("Too many header fields")
    first: dict[str, bytes] = {}
    spelling = SPELLINGS.get
    for text in lines:
        name, colon, value = text.partition(b":")
        key = spelling(name)
        if key is None:
            if text[:1] in {b" ", b"\t"}:
                return _scan_folded(head, start_line)
            key = parse_name(name)
        if not colon:
            raise BadHeaderError("Header line without a colon")
        first.setdefault(key, value.strip(LWS))
    return Head(start_line, lines, lines, first)


def _scan_folded(head: bytes, start_line: bytes) -> Head:
    lines = split_lines(head)
    if lines.pop(0) != start_line:
        raise BadHeaderError("Folded start line")
    texts = [unfold(line) for line in lines]
    first: dict[str, bytes] = {}
    for text in texts:
        name, colon, value = text.partition(b":")
        if not colon:
            raise BadHeaderError("Header line without a colon")
        first.setdefault(parse_name(name), value.strip(LWS))
    return Head(start_line, lines, texts, first)


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
