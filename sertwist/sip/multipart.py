"""Bodies of several parts (RFC 2046 5.1): taken apart and put together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import LWS, unquote
from sertwist.sip.params import find_param, parse_params

__all__ = ["Part", "boundary_of", "join_parts", "media_type", "split_parts"]

_plain_boundary = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]").fullmatch  # RFC 2046 5.1.1


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body.

    Attributes:
        head: its header lines as they stand there, without the empty line.
        content: what it holds.
    """

    head: bytes
    content: bytes

    @property
    def media_type(self) -> bytes:
        """Its type, lower case, without parameters; text/plain when it names none (RFC 2046 5.2)."""
        for line in self.head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.strip(LWS).lower() in {b"content-type", b"c"}:
                return media_type(value)
        return b"text/plain"

    def __bytes__(self) -> bytes:
        """The part as it stands between boundaries."""
        return self.head + (b"\r\n\r\n" if self.head else b"\r\n") + self.content


def media_type(value: bytes) -> bytes:
    """The type that a Content-Type value names, lower case, without parameters."""
    return value.partition(b";")[0].strip(LWS).lower()


def boundary_of(content_type: bytes) -> bytes | None:
    """The boundary of a multipart Content-Type; None of another one, or of one without a sound boundary."""
    kind, semicolon, params = content_type.partition(b";")
    if not kind.strip(LWS).lower().startswith(b"multipart/"):
        return None
    try:
        boundary = unquote(find_param(parse_params(semicolon + params), b"boundary") or b"")
    except BadHeaderError:
        return None
    return boundary if _plain_boundary(boundary) else None


def split_parts(body: bytes, boundary: bytes) -> list[Part]:
    """The parts of `body`; what stands before the first and behind the last is left out."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    parts = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        _, _, rest = piece.partition(b"\r\n")
        if rest.startswith(b"\r\n"):
            parts.append(Part(b"", rest[2:]))
        else:
            head, _, content = rest.partition(b"\r\n\r\n")
            parts.append(Part(head, content))
    return parts


def join_parts(parts: list[Part], boundary: bytes) -> bytes:
    """A body of `parts`.

    Raises:
        ValueError: the boundary is none, or stands in a part.
    """
    if not _plain_boundary(boundary) or any(b"--" + boundary in part.content for part in parts):
        raise ValueError("a boundary is up to 70 letters and digits that stand in no part")
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, bytes(part)) for part in parts) + b"--%b--\r\n" % boundary
