"""What a message has: methods, headers, a body, wishes for privacy (reference language 9.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, RouteKind
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import is_token
from sertwist.sip.header_text import header_name
from sertwist.sip.message import Response
from sertwist.sip.start_line import METHODS

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["MessageTests"]

_SDP: Final = b"application/sdp"  # what a body without a Content-Type is taken for


def _methods(text: str) -> frozenset[str]:
    """The methods in `text`, known ones in any case.

    Raises:
        ValueError: one is no method name.
    """
    names = [each.strip() for each in text.split("|")]
    for each in names:
        if not is_token(each.encode("utf-8", "replace")):
            raise ValueError(f"{each!r} is no method name; write them as INVITE|ACK")
    return frozenset(each.upper() if each.upper() in METHODS else each for each in names)


def _media_type(text: str) -> bytes:
    kind, slash, subtype = text.strip().encode("utf-8", "replace").lower().partition(b"/")
    if not slash or not is_token(kind) or not is_token(subtype):
        raise ValueError(f"{text!r} is no media type; write it as application/sdp")
    return b"%b/%b" % (kind, subtype)


class MessageTests:
    """Questions about the message as received."""

    @function(
        "is_method",
        Argument(name="methods", prepare=_methods, help="names joined by `|`"),
        routes=RouteKind.ANY,
    )
    def is_method(self, ctx: RouteContext, methods: frozenset[str]) -> int:
        """Whether the method of the request, or of the request that a reply answers, is one of `methods`."""
        method = ctx.method
        if isinstance(ctx.message, Response):
            try:
                method = ctx.message.cseq.method
            except BadHeaderError:
                return -1
        return 1 if method in methods else -1

    @function("is_present_hf", Argument(name="name", prepare=header_name), routes=RouteKind.ANY)
    def is_present_hf(self, ctx: RouteContext, name: str) -> int:
        """Whether there is a header of this name, long or compact."""
        return 1 if ctx.message is not None and name in ctx.message.first else -1

    @function(
        "has_body",
        Argument(name="media_type", optional=True, prepare=_media_type, help="`application/sdp`"),
        routes=RouteKind.ANY,
    )
    def has_body(self, ctx: RouteContext, media_type: bytes = b"") -> int:
        """Whether there is a body, of this media type when one is given.

        A body without a Content-Type is taken for application/sdp. Returns 1 or -1; -2 for what is no SIP.
        """
        message = ctx.message
        if message is None:
            return -2
        if not message.body_length:
            return -1
        if not media_type:
            return 1
        return 1 if message.first.get("content-type", _SDP).partition(b";")[0].strip().lower() == media_type else -1

    @function("is_privacy", Argument(name="kind", help="`id`, `header`, `none` ..."), routes=RouteKind.ANY)
    def is_privacy(self, ctx: RouteContext, kind: str) -> int:
        """Whether Privacy (RFC 3323) asks for `kind`."""
        if ctx.message is None:
            return -1
        wanted = kind.strip().lower().encode("utf-8", "replace")
        asked = (word.strip().lower() for value in ctx.message.values("privacy") for word in value.split(b";"))
        return 1 if wanted in asked else -1
