"""`options_reply()`: this server's own answer to OPTIONS (RFC 3261 11.2, reference language 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sertwist.modules.declare import function
from sertwist.modules.sip_functions.uris import request_uri
from sertwist.script.declare import Deed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.script.context import RouteContext

__all__ = ["OptionsReply"]


class OptionsReply:
    """The function; `option_headers` says which header each setting of the module fills."""

    option_headers: ClassVar[Mapping[str, str]] = {}
    settings: dict[str, Any]

    @function("options_reply", deed=Deed.ANSWERS)
    def options_reply(self, ctx: RouteContext) -> int:
        """Answer an OPTIONS for this server itself with 200 and what it can do, as the parameters say.

        Returns 1 when it was sent; -1 for another method, a Request-URI with a user or of another host, and when the
        request was answered before.
        """
        uri = request_uri(ctx)
        if ctx.method != "OPTIONS" or uri is None or uri.user or not ctx.is_myself(ctx.uri):
            return -1
        headers = ctx.wish().reply_headers
        headers += [(name, self.settings[key]) for key, name in self.option_headers.items() if self.settings[key]]
        return 1 if ctx.reply(200, "OK") else -1
