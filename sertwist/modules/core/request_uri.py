"""The Request-URI and its parts, rewritten by the script (reference language 5.6); it shows at once (10.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.modules.reading.uri_change import HostPort, change_uri, put_uri, read_host, read_host_port, read_port
from sertwist.modules.reading.uri_parts import sip_uri
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.params import without_params
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["CoreRequestUri"]

_ROUTES = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH
_HOST = Argument(name="host", prepare=read_host, help="name or address")
_HOST_PORT = Argument(name="host_port", prepare=read_host_port, help="`host` or `host:port`")
_WHERE = Argument(name="host_port", prepare=read_host_port, help="`host:port;transport=tcp`")
_PORT = Argument(name="port", prepare=read_port, help="1 to 65535; empty: none")
_COUNT = Argument(name="count", kind=Kind.NUMBER, minimum=0, help="characters")


class CoreRequestUri:
    """Functions that change the Request-URI: 1 when that is done; -1 when it is no SIP URI, or would be none."""

    @function("rewriteuri", Argument(name="uri"), aliases=("seturi",), routes=_ROUTES)
    def rewriteuri(self, ctx: RouteContext, uri: str) -> int:
        """Send the request to `uri`. Returns 1; -1 when that is no URI."""
        return 1 if put_uri(ctx, uri) else -1

    @function("revert_uri", routes=_ROUTES, bare=True)
    def revert_uri(self, ctx: RouteContext) -> int:
        """Take the Request-URI as it was received."""
        ctx.wish().uri = ""
        return 1

    @function("rewritehost", _HOST, aliases=("sethost", "seth"), routes=_ROUTES)
    def rewritehost(self, ctx: RouteContext, host: bytes) -> int:
        """Put `host` in place of the URI's; its port and all else are kept."""
        return change_uri(ctx, host=host)

    @function("rewritehostport", _HOST_PORT, aliases=("sethostport", "sethp"), routes=_ROUTES)
    def rewritehostport(self, ctx: RouteContext, where: HostPort) -> int:
        """Put `host:port` in place of the URI's; without a port it has none afterwards."""
        return change_uri(ctx, host=where.host, port=where.port)

    @function("rewritehostporttrans", _WHERE, aliases=("sethostporttrans", "sethpt"), routes=_ROUTES)
    def rewritehostporttrans(self, ctx: RouteContext, where: HostPort) -> int:
        """Put host, port and `transport` in place of the URI's; without a transport it has none afterwards."""
        found = sip_uri(ctx.uri)
        if found is None:
            return -1
        params = without_params(found.params, b"transport")
        if where.transport:
            params += ((b"transport", where.transport),)
        return change_uri(ctx, host=where.host, port=where.port, params=params)

    @function("rewriteport", _PORT, aliases=("setport", "setp"), routes=_ROUTES)
    def rewriteport(self, ctx: RouteContext, port: int | None) -> int:
        """Put `port` in place of the URI's."""
        return change_uri(ctx, port=port)

    @function("rewriteuser", Argument(name="user"), aliases=("setuser", "setu"), routes=_ROUTES)
    def rewriteuser(self, ctx: RouteContext, user: str) -> int:
        """Put `user` in place of the URI's; an empty one takes it away, and the password with it."""
        return _change_user(ctx, as_bytes(user))

    @function("rewriteuserpass", Argument(name="user_pass"), aliases=("setuserpass", "setup"), routes=_ROUTES)
    def rewriteuserpass(self, ctx: RouteContext, user_pass: str) -> int:
        """Put `user:password` in place of the URI's user and password."""
        user, colon, password = as_bytes(user_pass).partition(b":")
        return change_uri(ctx, user=user or None, password=password if user and colon else None)

    @function("prefix", Argument(name="text"), routes=_ROUTES)
    def prefix(self, ctx: RouteContext, text: str) -> int:
        """Put `text` in front of the URI's user."""
        return _change_user(ctx, as_bytes(text) + _user(ctx))

    @function("strip", _COUNT, routes=_ROUTES)
    def strip(self, ctx: RouteContext, count: int) -> int:
        """Take `count` characters from the front of the URI's user; when it has no more, it is gone."""
        return _change_user(ctx, _user(ctx)[max(count, 0) :])

    @function("strip_tail", _COUNT, routes=_ROUTES)
    def strip_tail(self, ctx: RouteContext, count: int) -> int:
        """Take `count` characters from the end of the URI's user; when it has no more, it is gone."""
        user = _user(ctx)
        return _change_user(ctx, user[: max(len(user) - max(count, 0), 0)])

    @function("userphone", routes=_ROUTES, bare=True)
    def userphone(self, ctx: RouteContext) -> int:
        """Say that the URI's user is a telephone number (`;user=phone`)."""
        found = sip_uri(ctx.uri)
        if found is None:
            return -1
        return change_uri(ctx, params=(*without_params(found.params, b"user"), (b"user", b"phone")))


def _user(ctx: RouteContext) -> bytes:
    found = sip_uri(ctx.uri)
    return (found.user or b"") if found is not None else b""


def _change_user(ctx: RouteContext, user: bytes) -> int:
    return change_uri(ctx, user=user) if user else change_uri(ctx, user=None, password=None)
