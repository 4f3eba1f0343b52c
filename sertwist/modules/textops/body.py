"""The body replaced, and its parts (reference language 9.5). Content-Length always fits what is sent."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.header_text import name_of, value_of
from sertwist.sip.multipart import Part, boundary_of, join_parts, media_type, split_parts
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["Body"]

_TEXT = Argument(name="text")
_TYPE = Argument(name="content_type", one_line=True)
_R_F_B: Final = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH | RouteKind.EVENT
_ON_HOLD: Final = (b"a=sendonly", b"a=inactive", b"c=IN IP4 0.0.0.0")


class Body:
    """The body of the message, and of replies made here."""

    @function("set_body", _TEXT, _TYPE, routes=RouteKind.ANY)
    def set_body(self, ctx: RouteContext, text: str, content_type: str) -> int:
        """Put `text` in place of the body; an empty `content_type` leaves the one there."""
        if ctx.message is None:
            return -1
        ctx.wish().edit().replace_body(as_bytes(text), content_type)
        return 1

    @function("set_reply_body", _TEXT, _TYPE, routes=_R_F_B)
    def set_reply_body(self, ctx: RouteContext, text: str, content_type: str) -> int:
        """Let the reply that is made here to this request have the body `text`."""
        wishes = ctx.wish()
        wishes.reply_body = as_bytes(text)
        wishes.reply_headers = [item for item in wishes.reply_headers if item[0] != "content-type"]
        if content_type:
            wishes.reply_headers.append(("content-type", content_type))
        return 1

    @function("filter_body", _TYPE, routes=RouteKind.ANY)
    def filter_body(self, ctx: RouteContext, content_type: str) -> int:
        """Leave of a body of several parts the first of this type; a body that is of this type stays.

        Returns -1 when there is none.
        """
        wanted = media_type(as_bytes(content_type))
        if ctx.message is None:
            return -1
        if media_type(_content_type(ctx)) == wanted:
            return 1
        part = next((each for each in _parts(ctx) if each.media_type == wanted), None)
        if part is None:
            return -1
        ctx.wish().edit().replace_body(part.content, wanted)
        return 1

    @function("set_body_multipart", forms=((_TEXT, _TYPE), (_TEXT, _TYPE, Argument(name="boundary"))))
    def set_body_multipart(
        self, ctx: RouteContext, text: str | None = None, content_type: str = "", boundary: str = ""
    ) -> int:
        """Make the body one of several parts, `multipart/mixed`.

        The first is `text` of this type; without arguments it is the body as it is.
        """
        if ctx.message is None:
            return -1
        if text is None:
            content, kind = ctx.wish().edit().body(ctx.message), as_text(_content_type(ctx))
        else:
            content, kind = as_bytes(text), content_type
        parts = [_part(content, kind)] if content else []
        return _put_parts(ctx, parts, as_bytes(boundary) or secrets.token_hex(12).encode("ascii"))

    @function("append_body_part", _TEXT, _TYPE, Argument(name="disposition", optional=True, one_line=True))
    def append_body_part(self, ctx: RouteContext, text: str, content_type: str, disposition: str = "") -> int:
        """Add a part to a body of several parts."""
        boundary = boundary_of(_content_type(ctx))
        if boundary is None:
            return -1
        return _put_parts(ctx, [*_parts(ctx), _part(as_bytes(text), content_type, disposition)], boundary)

    @function("remove_body_part", _TYPE)
    def remove_body_part(self, ctx: RouteContext, content_type: str) -> int:
        """Take the parts of this type out of a body of several parts; -1 when there is none."""
        boundary, wanted = boundary_of(_content_type(ctx)), media_type(as_bytes(content_type))
        parts = _parts(ctx)
        kept = [part for part in parts if part.media_type != wanted]
        if boundary is None or len(kept) == len(parts):
            return -1
        return _put_parts(ctx, kept, boundary)

    @function("get_body_part", _TYPE, Argument(name="result", kind=Kind.VARIABLE), routes=RouteKind.ANY)
    def get_body_part(self, ctx: RouteContext, content_type: str, result: Reference) -> int:
        """Put what the first part of this type holds into `result`; -1 when there is none."""
        return self._get_part(ctx, content_type, result, head=False)

    @function("get_body_part_raw", _TYPE, Argument(name="result", kind=Kind.VARIABLE), routes=RouteKind.ANY)
    def get_body_part_raw(self, ctx: RouteContext, content_type: str, result: Reference) -> int:
        """Put the first part of this type into `result`, with its header lines; -1 when there is none."""
        return self._get_part(ctx, content_type, result, head=True)

    @function("is_audio_on_hold", routes=RouteKind.ANY)
    def is_audio_on_hold(self, ctx: RouteContext) -> int:
        """Whether the session description puts its audio on hold."""
        body = b"" if ctx.message is None else ctx.message.body
        section = next((each for each in body.split(b"\nm=")[1:] if each.startswith(b"audio ")), b"")
        return 1 if any(line.strip() in _ON_HOLD for line in section.split(b"\n")) else -1

    @staticmethod
    def _get_part(ctx: RouteContext, content_type: str, result: Reference, *, head: bool) -> int:
        wanted = media_type(as_bytes(content_type))
        part = next((each for each in _parts(ctx) if each.media_type == wanted), None)
        if part is None or result.put is None:
            return -1
        result.put(ctx, as_text(bytes(part) if head else part.content))
        return 1


def _content_type(ctx: RouteContext) -> bytes:
    """As the changes so far have made it."""
    if ctx.message is None:
        return b""
    if ctx.wishes is None or ctx.wishes.edits is None:
        return ctx.message.first.get("content-type", b"")
    lines = ctx.wishes.edits.lines(ctx.message)
    return next((value_of(line) for line in lines if name_of(line) == "content-type"), b"")


def _parts(ctx: RouteContext) -> list[Part]:
    boundary = boundary_of(_content_type(ctx))
    if ctx.message is None or boundary is None:
        return []
    return split_parts(ctx.wish().edit().body(ctx.message), boundary)


def _part(content: bytes, content_type: str, disposition: str = "") -> Part:
    head = b"Content-Type: " + as_bytes(content_type)
    if disposition:
        head += b"\r\nContent-Disposition: " + as_bytes(disposition)
    return Part(head, content)


def _put_parts(ctx: RouteContext, parts: list[Part], boundary: bytes) -> int:
    try:
        body = join_parts(parts, boundary)
    except ValueError:
        return -1
    ctx.wish().edit().replace_body(body, b'multipart/mixed;boundary="%b"' % boundary)
    return 1
