"""The message as a whole: start line, body, SDP lines, numbers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sertwist.sip.errors import BadHeaderError
from sertwist.sip.message import Request, Response
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = [
    "all_headers",
    "body",
    "cseq_method",
    "cseq_number",
    "first_line",
    "message_id",
    "message_type",
    "method",
    "original_uri",
    "reason",
    "request_method",
    "sdp_line",
    "version",
    "whole",
]

_numbers = itertools.count(1)
_ID = "number of the message"


def whole(ctx: RouteContext) -> str | None:
    """The message as it was received."""
    return None if ctx.raw is None else as_text(ctx.raw)


def first_line(ctx: RouteContext) -> str | None:
    """The request line or status line."""
    return None if ctx.raw is None else as_text(ctx.raw.partition(b"\r\n")[0])


def all_headers(ctx: RouteContext) -> str | None:
    """All header lines."""
    if ctx.raw is None:
        return None
    return as_text(ctx.raw.partition(b"\r\n\r\n")[0].partition(b"\r\n")[2])


def body(ctx: RouteContext) -> str | None:
    """The body; empty without one."""
    return None if ctx.body is None else as_text(ctx.body)


def sdp_line(ctx: RouteContext, letter: str) -> str | None:
    """The value of the first line `letter=` of the body."""
    start = as_bytes(letter) + b"="
    lines = (ctx.body or b"").splitlines()
    return next((as_text(each.removeprefix(start)) for each in lines if each.startswith(start)), None)


def message_id(ctx: RouteContext) -> int:
    """A number that this message alone has."""
    return ctx.note(_ID, lambda: next(_numbers))


def message_type(ctx: RouteContext) -> int | None:
    """1 for a request, 2 for a response."""
    if isinstance(ctx.message, Response):
        return 2
    return 1 if ctx.raw is not None else None


def method(ctx: RouteContext) -> str:
    """The request method; of a response that of its CSeq."""
    return ctx.method


def request_method(ctx: RouteContext) -> str | None:
    """The request method; undefined in a response."""
    return None if isinstance(ctx.message, Response) else ctx.method


def original_uri(ctx: RouteContext) -> str | None:
    """The Request-URI as it was received."""
    message = ctx.message
    return message.uri_text if isinstance(message, Request) else ctx.request_uri


def version(ctx: RouteContext) -> str | None:
    """The protocol version of the first line."""
    line = first_line(ctx)
    if line is None:
        return None
    return line.partition(" ")[0] if isinstance(ctx.message, Response) else line.rpartition(" ")[2]


def reason(ctx: RouteContext) -> str | None:
    """The reason phrase of a response; undefined in a request."""
    message = ctx.message
    return as_text(message.reason) if isinstance(message, Response) else None


def cseq_number(ctx: RouteContext) -> int | None:
    """The number of CSeq."""
    message = ctx.message
    try:
        return None if message is None else message.cseq.number
    except BadHeaderError:
        return None


def cseq_method(ctx: RouteContext) -> str | None:
    """The method of CSeq."""
    message = ctx.message
    try:
        return None if message is None else message.cseq.method
    except BadHeaderError:
        return None
