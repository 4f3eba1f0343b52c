"""Read one HTTP request head: httptools (llhttp) parses it, and what could be read in two ways is refused.

The guard stands before and after the parser because the parser takes some of it, or another one does:
HTTP/0.9, two Hosts, other transfer codings, line ends without CR (measured for each; a test holds the table).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import httptools

from sertwist.rpc.http_request import CHUNKED, HttpError, HttpHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.limits import HttpLimits

__all__ = ["check_bytes", "parse_head", "parse_request_line"]

_REQUEST_LINE: Final = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.[01]")
_NOT_A_REQUEST_LINE: Final = "not a request line of HTTP/1.0 or HTTP/1.1"
_MAX_LENGTH_DIGITS: Final = 18  # beyond every bound, and short for `int`
_NEED_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})

# Two of these could be read as two requests, by two sites, of two types.
_SINGLE: Final = frozenset(
    {
        *(b"host", b"content-length", b"transfer-encoding", b"content-type", b"content-encoding", b"expect"),
        *(b"origin", b"sec-fetch-site", b"authorization"),
    }
)


class _Sink:
    """What httptools calls while it reads."""

    __slots__ = ("on_header",)

    def __init__(self, on_header: Callable[[bytes, bytes], None]) -> None:
        self.on_header = on_header


def check_bytes(data: bytes) -> int:
    """Refuse what may not stand in a head, CR or LF without the other, and NUL; return how many lines end in it.

    Raises:
        HttpError: 400.
    """
    pairs = data.count(b"\r\n")
    if data.count(b"\r") != pairs or data.count(b"\n") != pairs or b"\0" in data:
        raise HttpError(400, "a line of the head does not end with CR LF, or holds a NUL")
    return pairs


def parse_request_line(data: bytes, limits: HttpLimits) -> tuple[str, str, str] | None:
    """Return method, target and version (`1.0`, `1.1`) of the line that `data` begins with; None if it is not whole.

    Raises:
        HttpError: 400, not exactly `METHOD target HTTP/1.x` with single spaces; 405, CONNECT, whose body is a
        tunnel;
            414, too long.
    """
    longest = limits.max_request_line
    end = data.find(b"\r\n", 0, longest + 2)
    if end < 0:
        part = data[: longest + 2].removesuffix(b"\r")
        if b"\n" in part or b"\r" in part or b"\0" in part:
            raise HttpError(400, _NOT_A_REQUEST_LINE)
        if len(data) >= longest + 2:
            raise HttpError(414, "the request line is too long")
        return None
    match = _REQUEST_LINE.fullmatch(data, 0, end)
    if match is None:
        raise HttpError(400, _NOT_A_REQUEST_LINE)
    method, target, version = match[0].decode().split(" ")
    if method == "CONNECT":
        raise HttpError(405, "CONNECT is not served")
    return method, target, version[5:]


def parse_head(data: bytes, limits: HttpLimits) -> HttpHead:
    """Return the head in `data`, which ends with its first empty line.

    Raises:
        HttpError: 400; 405, 414 of the request line; 411, 413 of the body's length; 415 a content coding; 417 an
            expectation; 431 too many fields; 501 a method that HTTP does not know.
    """
    request_line = parse_request_line(data, limits)
    assert request_line is not None  # noqa: S101 (a head has a whole line)
    method, _, version = request_line
    lines = check_bytes(data) - 2
    if b"\n " in data or b"\n\t" in data:
        raise HttpError(400, "a folded field")
    if lines > limits.max_fields:
        raise HttpError(431, f"more than {limits.max_fields} fields")
    received: dict[bytes, bytes] = {}
    keep_alive = _parse(data, received.__setitem__)
    fields = {name.lower(): value for name, value in received.items()}
    if len(fields) != lines:
        fields = _join_repeated(data)
    if b"host" not in fields and version == "1.1":
        raise HttpError(400, "no Host field")
    encoding = fields.get(b"content-encoding")
    if encoding and encoding.lower() != b"identity":
        raise HttpError(415, "the body has a Content-Encoding")
    length = _body_length(method, version, fields, limits)
    expects_continue = _expects_continue(version, fields)
    return HttpHead(request_line, fields, data, keep_alive=keep_alive, length=length, expects_continue=expects_continue)


def _parse(head: bytes, on_header: Callable[[bytes, bytes], None]) -> bool:
    """Let httptools read `head`; return whether the client keeps the connection."""
    parser = httptools.HttpRequestParser(_Sink(on_header))
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass  # an offer to change the protocol, which may be ignored
    except httptools.HttpParserInvalidMethodError:
        raise HttpError(501, "an unknown method") from None
    except httptools.HttpParserError:
        raise HttpError(400, "not a request head of HTTP/1.1") from None
    return bool(parser.should_keep_alive())


def _join_repeated(head: bytes) -> dict[bytes, bytes]:
    """Read again for the order of repeated fields, whose values are joined; some may not be repeated."""
    fields: dict[bytes, bytes] = {}
    received: list[tuple[bytes, bytes]] = []
    _parse(head, lambda name, value: received.append((name.lower(), value)))
    for name, value in received:
        if name in fields and name in _SINGLE:
            raise HttpError(400, f"more than one {name.decode('latin-1')} field")
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def _body_length(method: str, version: str, fields: dict[bytes, bytes], limits: HttpLimits) -> int:
    """Return how many bytes follow the head, or `CHUNKED`.

    Raises:
        HttpError: 400 no single way to read the length, 411 no length of a POST, 413 past the bound.
    """
    length, coding = fields.get(b"content-length"), fields.get(b"transfer-encoding")
    if coding is not None:
        if length is not None or version == "1.0" or coding.lower() != b"chunked":
            raise HttpError(400, "Transfer-Encoding other than chunked, with Content-Length, or in HTTP/1.0")
        return CHUNKED
    if length is None:
        if method in _NEED_LENGTH:
            raise HttpError(411, f"{method} needs Content-Length or chunked coding")
        return 0
    if not length.isdigit():
        raise HttpError(400, "Content-Length is not a number")
    if len(length) > _MAX_LENGTH_DIGITS or int(length) > limits.max_body:
        raise HttpError(413, f"the body is longer than {limits.max_body} bytes")
    return int(length)


def _expects_continue(version: str, fields: dict[bytes, bytes]) -> bool:
    """Return whether the client waits for `100 Continue` (RFC 9110 10.1.1; HTTP/1.0 does not know it).

    Raises:
        HttpError: 417, it expects something else.
    """
    expected = fields.get(b"expect")
    if expected is None or version == "1.0":
        return False
    if expected.lower() != b"100-continue":
        raise HttpError(417, "an expectation other than 100-continue")
    return True
