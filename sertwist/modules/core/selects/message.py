"""`@msg` and what the start line says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.core.selects.row import row
from sertwist.modules.reading import message as read
from sertwist.modules.reading.headers import header_at, read_name
from sertwist.modules.reading.sources import next_hop, next_hop_source
from sertwist.modules.reading.tails import HEADER_TAIL, URI_TAIL
from sertwist.script.declare import Index, Kind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["MESSAGE"]

_MESSAGES: Final = ("msg", "message")


def _request_uri(ctx: RouteContext) -> str | None:
    """The Request-URI as it is now; of an HTTP request its target."""
    return ctx.request_uri


def _destination(ctx: RouteContext) -> str | None:
    """The destination URI: the next hop instead of the Request-URI; empty where none is set."""
    return None if ctx.request_uri is None else "" if ctx.wishes is None else ctx.wishes.destination


def _status(ctx: RouteContext) -> int | None:
    """The status of a response; undefined in a request."""
    return ctx.status


def _flags(ctx: RouteContext) -> int:
    """The flags of the message as a number."""
    return ctx.flags


def _length(ctx: RouteContext) -> int:
    """Bytes of the whole message."""
    return ctx.message_length


def _hexadecimal_id(ctx: RouteContext) -> str:
    """The number of the message, hexadecimal."""
    return f"{read.message_id(ctx):x}"


def _names(*parts: str) -> str:
    """Each of `parts` behind each name of the message."""
    return " ".join(f"{message}.{part}" for message in _MESSAGES for part in parts)


_HEADER: Final = Index(after=3, default=1)

MESSAGE: Final = (
    *row("method", read.request_method),
    *row("ruri request_uri", _request_uri, tail=URI_TAIL),
    *row("dst_uri", _destination, tail=URI_TAIL),
    *row("next_hop", next_hop, tail=URI_TAIL),
    *row("next_hop.src_ip", next_hop_source),
    *row("version", read.version),
    *row("status code", _status, kind=Kind.NUMBER),
    *row("reason", read.reason),
    *row(" ".join(_MESSAGES), read.whole),
    *row(_names("first_line"), read.first_line),
    *row(_names("flags"), _flags, kind=Kind.NUMBER),
    *row(_names("len"), _length, kind=Kind.NUMBER),
    *row(_names("id"), read.message_id, kind=Kind.NUMBER),
    *row(_names("id.hex"), _hexadecimal_id),
    *row(_names("type"), read.message_type, kind=Kind.NUMBER),
    *row(_names("body", "content", "body.sdp", "content.sdp"), read.body),
    *row(_names("body.sdp.line.*", "content.sdp.line.*"), read.sdp_line),
    *row(_names("header", "h"), read.all_headers),
    *row(
        _names("header.*", "h.*"),
        header_at,
        _HEADER,
        tail=HEADER_TAIL,
        prepare=read_name,
    ),
    *row(
        _names("*"),
        header_at,
        Index(after=2, default=1),
        tail=HEADER_TAIL,
        prepare=read_name,
        help="As `@msg.header.NAME`.",
    ),
    *row(_names("request", "req"), read.first_line),
    *row(_names("request.method", "req.method"), read.request_method),
    *row(_names("request.uri", "req.uri"), _request_uri, tail=URI_TAIL),
    *row(_names("request.version", "req.version"), read.version),
    *row(_names("response", "res"), read.first_line),
    *row(_names("response.status", "response.code", "res.status", "res.code"), _status, kind=Kind.NUMBER),
    *row(_names("response.version", "res.version"), read.version),
    *row(_names("response.reason", "res.reason"), read.reason),
)
