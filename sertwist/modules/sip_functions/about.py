"""What a message is: a request, in a dialog, from the first hop (reference language 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.message import Response
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.sip.message import Message

__all__ = ["AboutMessage", "DialogTest"]


class DialogTest:
    """What tells requests inside a dialog from others."""

    @function("has_totag", routes=RouteKind.ANY)
    def has_totag(self, ctx: RouteContext) -> int:
        """Whether To has a tag: the message belongs to a dialog."""
        message = ctx.message
        # Most first requests of a dialog have no such letters in To.
        if message is None or b"tag" not in message.first.get("to", b"").lower():
            return -1
        try:
            return 1 if message.to.tag else -1
        except BadHeaderError:
            return -1


class AboutMessage:
    """What kind of message it is."""

    @function("is_request", routes=RouteKind.ANY)
    def is_request(self, ctx: RouteContext) -> int:
        """Whether the message is a request, SIP or HTTP."""
        return -1 if isinstance(ctx.message, Response) else 1

    @function("is_reply", routes=RouteKind.ANY)
    def is_reply(self, ctx: RouteContext) -> int:
        """Whether the message is a reply."""
        return 1 if isinstance(ctx.message, Response) else -1

    @function(
        "is_first_hop", Argument(name="mode", kind=Kind.NUMBER, optional=True, help="no effect"), routes=RouteKind.ANY
    )
    def is_first_hop(self, ctx: RouteContext, _mode: int = 0) -> int:
        """Whether who sent the message also made it.

        Of a request: it has one Via. Of a reply: nobody between us and who answered has put himself into the dialog,
        so that our Record-Route is on top or there is none.
        """
        message = ctx.message
        if message is None:
            return -1
        try:
            if isinstance(message, Response):
                routes = message.record_routes
                return 1 if not routes or ctx.is_myself(as_text(routes[0].uri)) else -1
            return 1 if len(message.values("via")) == 1 else -1
        except BadHeaderError:
            return -1

    @function("is_supported", Argument(name="option"), routes=RouteKind.ANY)
    def is_supported(self, ctx: RouteContext, option: str) -> int:
        """Whether Supported lists the option tag `option`."""
        return 1 if ctx.message is not None and _lists(ctx.message, "supported", option) else -1


def _lists(message: Message, name: str, word: str) -> bool:
    wanted = as_bytes(word).lower()
    return any(value.lower() == wanted for value in message.values(name))
