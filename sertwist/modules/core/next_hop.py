"""The destination URI, and which addresses are this server's (reference language 5.6, 10.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.modules.reading.uri_parts import sip_uri
from sertwist.script.declare import Argument, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["CoreNextHop"]

_URI = Argument(name="uri", help="a SIP URI")


class CoreNextHop:
    """Functions about where the request goes besides the Request-URI."""

    @function("setdsturi", _URI, routes=RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH)
    def setdsturi(self, ctx: RouteContext, uri: str) -> int:
        """Send the request to `uri`, whatever its Request-URI says. Returns 1; -1 when that is no SIP URI."""
        if sip_uri(uri) is None:
            return -1
        ctx.wish().destination = uri
        return 1

    @function("resetdsturi", routes=RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH)
    def resetdsturi(self, ctx: RouteContext) -> int:
        """Send the request to where its Request-URI says."""
        if ctx.wishes is not None:
            ctx.wishes.destination = ""
        return 1

    @function("isdsturiset", routes=RouteKind.ANY)
    def isdsturiset(self, ctx: RouteContext) -> int:
        """Whether a destination URI is set: 1 or -1."""
        return 1 if ctx.wishes is not None and ctx.wishes.destination else -1

    @function(
        "is_myself",
        Argument(name="uri", help="a SIP URI or an address"),
        Argument(name="port", optional=True, help="of the address, as OpenSIPS gives it"),
        routes=RouteKind.ANY,
    )
    def is_myself(self, ctx: RouteContext, uri: str, port: str = "") -> int:
        """Whether `uri` names this server: 1 or -1."""
        return 1 if ctx.is_myself(f"sip:{uri}:{port}" if port else uri) else -1
