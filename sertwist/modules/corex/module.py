"""Module corex: extensions of Kamailio's core (reference language 9.9).

`append_branch`, `send` and their kin are the core's here, whatever is loaded (13, 22).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, ClassVar

from sertwist.errors import ConfigError
from sertwist.modules.core.ways import SocketName, find_socket, read_socket
from sertwist.modules.corex.files import Files
from sertwist.modules.corex.methods import CorexMethods
from sertwist.modules.corex.own_via import OwnVia
from sertwist.modules.declare import Module, function
from sertwist.modules.sip_functions.uris import read_uri, request_uri
from sertwist.script.declare import Argument, Kind, Parameter, RouteKind
from sertwist.sip.text import as_text
from sertwist.sip.uri import SipUri

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.settings import SettingValue
    from sertwist.script.context import RouteContext

__all__ = ["CorexModule"]

_FLAG = Argument(name="flag", help="its name")
_XFLAG = Argument(name="flag", kind=Kind.NUMBER, minimum=0, maximum=63)
_SOCKET = Argument(name="socket", prepare=read_socket, help="`udp:192.0.2.1:5060`")
_SOCKET_TOO = Argument(name="socket", prepare=read_socket, optional=True, help="`udp:192.0.2.1:5060`")
_NO_RAW_NETWORK = "what is no SIP and no HTTP never reaches a script"


class CorexModule(CorexMethods, Files, OwnVia, Module):
    """Extensions of the core."""

    name = "corex"
    help = "Core extensions."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="alias_subdomains",
            accumulates=True,
            help="A domain, `example.com` or `udp:example.com:5060`: it and all below it are this server.",
        ),
        Parameter(name="network_io_intercept", ignored=_NO_RAW_NETWORK),
        Parameter(name="nio_msg_avp", ignored=_NO_RAW_NETWORK),
        Parameter(name="nio_min_msg_len", ignored=_NO_RAW_NETWORK),
        Parameter(name="min_msg_len", ignored=_NO_RAW_NETWORK),
    )

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        super().start(host)
        domains = {(each.host, each.port) for each in map(_domain, self.settings["alias_subdomains"])}
        host.environment.alias_domains |= domains

    @function("set_send_socket", _SOCKET, aliases=("set_send_socket_name",), routes=RouteKind.ANY)
    def set_send_socket(self, ctx: RouteContext, socket: SocketName) -> int:
        """Let the request leave by this socket of ours; -1 when there is none."""
        name = find_socket(self.host, socket)
        if not name:
            return -1
        ctx.wish().send_socket = name
        return 1

    @function("is_socket_name", _SOCKET, routes=RouteKind.ANY)
    def is_socket_name(self, _ctx: RouteContext, socket: SocketName) -> int:
        """Whether this is a socket of ours."""
        return 1 if find_socket(self.host, socket) else -1

    @function("set_source_address", Argument(name="uri", help="`sip:192.0.2.1:5060`"), routes=RouteKind.ANY)
    def set_source_address(self, ctx: RouteContext, uri: str) -> int:
        """Take the message as one from this address and port: `src_ip` says so, and replies go there.

        Returns -1 when the host is no address, and for what came over a connection: it is answered over that.
        """
        found = read_uri(uri)
        if not isinstance(found, SipUri) or ctx.protocol != "UDP":
            return -1
        try:
            address = ip_address(as_text(found.host).strip("[]"))
        except ValueError:
            return -1
        ctx.source = (str(address), found.port or 5060)
        return 1

    @function("send_udp", Argument(name="host"), Argument(name="port", kind=Kind.NUMBER, optional=True))
    async def send_udp(self, ctx: RouteContext, host: str, port: int = 0) -> int:
        """Send the request over UDP as it was received, without our Via: answers to it go past us."""
        return 1 if await self.host.forwarder.send(ctx, "UDP", host, port) else -1

    @function("sendx", Argument(name="uri"), _SOCKET_TOO)
    async def sendx(self, ctx: RouteContext, uri: str, socket: SocketName | None = None) -> int:
        """Send the request as it was received to where `uri` says, by `socket` if one is given."""
        found = read_uri(uri)
        if not isinstance(found, SipUri) or (socket is not None and self.set_send_socket(ctx, socket) < 0):
            return -1
        default = b"tls" if found.scheme == b"sips" else b"udp"
        protocol = as_text(found.param(b"transport") or default).upper()
        if protocol not in {"UDP", "TCP", "TLS"}:
            return -1
        host = as_text(found.host)
        return 1 if await self.host.forwarder.send(ctx, protocol, host, found.port or 0) else -1

    @function("is_incoming", routes=RouteKind.ANY)
    def is_incoming(self, ctx: RouteContext) -> int:
        """Whether the message was received: every one that is no event's was."""
        return 1 if ctx.message is not None else -1

    @function("has_ruri_user", routes=RouteKind.ANY)
    def has_ruri_user(self, ctx: RouteContext) -> int:
        """Whether the Request-URI has a user."""
        uri = request_uri(ctx)
        return 1 if uri is not None and uri.user else -1

    @function("has_user_agent", routes=RouteKind.ANY)
    def has_user_agent(self, ctx: RouteContext) -> int:
        """Whether there is a User-Agent header that says something."""
        return 1 if ctx.message is not None and ctx.message.first.get("user-agent") else -1

    # -- further flags of the message, which mean what the script wants -------------------------------------------

    @function("msg_iflag_set", _FLAG, routes=RouteKind.ANY)
    def msg_iflag_set(self, ctx: RouteContext, flag: str) -> int:
        """Set a flag by its name."""
        return _set(ctx, flag)

    @function("msg_iflag_reset", _FLAG, routes=RouteKind.ANY)
    def msg_iflag_reset(self, ctx: RouteContext, flag: str) -> int:
        """Reset a flag by its name."""
        return _reset(ctx, flag)

    @function("msg_iflag_is_set", _FLAG, routes=RouteKind.ANY)
    def msg_iflag_is_set(self, ctx: RouteContext, flag: str) -> int:
        """Whether a flag of this name is set."""
        return _is_set(ctx, flag)

    @function("setxflag", _XFLAG, routes=RouteKind.ANY)
    def setxflag(self, ctx: RouteContext, flag: int) -> int:
        """Set one of 64 more flags."""
        return _set(ctx, flag)

    @function("resetxflag", _XFLAG, routes=RouteKind.ANY)
    def resetxflag(self, ctx: RouteContext, flag: int) -> int:
        """Reset one of 64 more flags."""
        return _reset(ctx, flag)

    @function("isxflagset", _XFLAG, routes=RouteKind.ANY)
    def isxflagset(self, ctx: RouteContext, flag: int) -> int:
        """Whether one of 64 more flags is set."""
        return _is_set(ctx, flag)


def _domain(setting: SettingValue) -> SocketName:
    try:
        return read_socket(str(setting.value))
    except ValueError as error:
        raise ConfigError(f"alias_subdomains of module corex: {error}", code="bad-alias") from None


def _flags(ctx: RouteContext) -> set[str | int]:
    flags: set[str | int] = ctx.note(CorexModule, set)
    return flags


def _set(ctx: RouteContext, flag: str | int) -> int:
    _flags(ctx).add(flag)
    return 1


def _reset(ctx: RouteContext, flag: str | int) -> int:
    _flags(ctx).discard(flag)
    return 1


def _is_set(ctx: RouteContext, flag: str | int) -> int:
    return 1 if flag in _flags(ctx) else -1
