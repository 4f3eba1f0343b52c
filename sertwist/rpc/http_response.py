"""Write HTTP responses, with the fields that every one of ours has (reference rpc 2.2)."""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["build_continue", "build_response"]

_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
_LINE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_NO_BODY: Final = frozenset({101, 204, 304})

# Answers are made for one caller at one moment, and nobody's browser may guess what they are.
_ALWAYS: Final = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"


def build_response(  # noqa: PLR0913 (the parts of a response)
    version: str,
    status: int,
    reason: str = "",
    body: bytes = b"",
    *,
    content_type: str = "text/xml; charset=utf-8",
    keep_alive: bool,
    date: bytes,
    server: str = "",
    headers: Iterable[tuple[str, str]] = (),
    head_only: bool = False,
) -> bytes:
    """Return one whole response.

    Args:
        version: `1.0` or `1.1`, the request's.
        status: the status code.
        reason: its phrase; the usual one when empty.
        body: sent with its length.
        content_type: of the body; none is sent with an empty body.
        keep_alive: the connection stays open.
        date: IMF-fixdate of now (RFC 9110 5.6.7).
        server: product token; none is sent when empty.
        headers: further fields.
        head_only: the request was HEAD: the length is sent, the body is not.

    Raises:
        ValueError: a field that would break its line.
    """
    head = _fixed_part(version, status, reason, content_type if body else "", server, keep_alive)
    extra = "".join([f"{name}: {_checked(value)}\r\n" for name, value in headers]).encode("latin-1") if headers else b""
    if status in _NO_BODY:
        return b"%bDate: %b\r\n%b\r\n" % (head, date, extra)
    return b"%bDate: %b\r\n%bContent-Length: %d\r\n\r\n%b" % (
        head,
        date,
        extra,
        len(body),
        b"" if head_only else body,
    )


def build_continue() -> bytes:
    """Return the interim response that asks for the body."""
    return b"HTTP/1.1 100 Continue\r\n\r\n"


@lru_cache(maxsize=256)
def _fixed_part(version: str, status: int, reason: str, content_type: str, server: str, keep_alive: bool) -> bytes:  # noqa: FBT001 (a cache's key)
    """What does not change from one response to the next of its kind."""
    lines = [f"HTTP/{version} {status} {reason or _REASONS.get(status, '')}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    if server:
        lines.append(f"Server: {server}")
    if not keep_alive:
        lines.append("Connection: close")
    elif version == "1.0":
        lines.append("Connection: keep-alive")
    return ("".join([_checked(line) + "\r\n" for line in lines]) + _ALWAYS).encode("latin-1")


def _checked(text: str) -> str:
    if not _LINE.fullmatch(text):
        raise ValueError(f"not the text of one header line: {text!r}")
    return text
