"""By which socket and connection a message leaves, and what it says about where we are (reference language 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sertwist.modules.declare import Module, function
from sertwist.modules.reading.uri_change import read_host, read_port
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.message import Request

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext

__all__ = ["CoreWays", "find_socket", "read_socket"]

_PROTOCOLS = ("udp", "tcp", "tls")
_SENDING = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.BRANCH | RouteKind.EVENT


class SocketName(NamedTuple):
    """`udp:192.0.2.1:5060`; what is not written is empty or 0."""

    protocol: str
    host: str
    port: int


def read_socket(text: str) -> SocketName:
    """A socket of ours as scripts write it: `[proto:]address[:port]`.

    Raises:
        ValueError: it is none.
    """
    head, colon, rest = text.partition(":")
    protocol = head.lower() if colon and head.lower() in _PROTOCOLS else ""
    where = rest if protocol else text
    host, colon, port = where.rpartition(":")
    if not colon or where.endswith("]") or (":" in host and not host.startswith("[")):
        host, port = where, ""
    return SocketName(protocol, read_host(host).decode("ascii").strip("[]").lower(), read_port(port) or 0)


def find_socket(host: Host, wanted: SocketName) -> str:
    """The full name of the listener that `wanted` means, of UDP where it says no protocol; empty when there is none."""
    fitting = [
        each
        for each in host.listeners()
        if each.address[0] == wanted.host
        and wanted.port in (0, each.address[1])
        and wanted.protocol in ("", each.protocol.lower())
    ]
    return min(fitting, key=lambda each: _PROTOCOLS.index(each.protocol.lower())).name if fitting else ""


class CoreWays(Module):
    """Functions about sockets and connections."""

    host: Host

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        super().set_up(setup)
        protocol = self.settings["udp_mtu_try_proto"]
        if protocol and protocol.lower() not in _PROTOCOLS:
            text = f"requests can't go by {protocol!r}"
            setup.error("bad-setting", "udp_mtu_try_proto", text, f"one of {', '.join(_PROTOCOLS)}")
        if self.settings["advertised_address"]:
            try:
                read_host(self.settings["advertised_address"])
            except ValueError as error:
                setup.error("bad-setting", "advertised_address", str(error))

    # -- how replies go back ------------------------------------------------------------------------------------------

    @function("force_rport", aliases=("add_rport",), bare=True)
    def force_rport(self, ctx: RouteContext) -> int:
        """Answer to the address and port that the request came from, whatever its Via says (RFC 3581)."""
        ctx.force_rport = True
        return 1

    @function("add_local_rport", routes=_SENDING, bare=True)
    def add_local_rport(self, ctx: RouteContext) -> int:
        """Ask the next hop to answer to the address and port that it sees (`;rport` in our Via)."""
        ctx.wish().local_rport = True
        return 1

    @function("set_reply_close", routes=RouteKind.ANY, bare=True)
    def set_reply_close(self, ctx: RouteContext) -> int:
        """Close the connection once the reply is sent."""
        ctx.close_after_reply = True
        return 1

    @function("set_reply_no_connect", routes=RouteKind.ANY, bare=True)
    def set_reply_no_connect(self, ctx: RouteContext) -> int:
        """Never open a connection to deliver a response of the next hop: only the request's own connection is taken.

        Replies made here always take that one.
        """
        ctx.wish().no_connect = True
        return 1

    # -- how a request goes on ----------------------------------------------------------------------------------------

    @function("set_forward_close", routes=RouteKind.ANY, bare=True)
    def set_forward_close(self, ctx: RouteContext) -> int:
        """Close the connection to the next hop once the request is sent: answers can't come by it."""
        ctx.wish().close_after_forward = True
        return 1

    @function("set_forward_no_connect", routes=RouteKind.ANY, bare=True)
    def set_forward_no_connect(self, ctx: RouteContext) -> int:
        """Send the request on over a connection that is open already, or not at all."""
        ctx.wish().open_only = True
        return 1

    @function(
        "force_send_socket",
        Argument(name="socket", prepare=read_socket, unquoted=True, help="`[proto:]address[:port]` of a listen line"),
        routes=_SENDING,
    )
    def force_send_socket(self, ctx: RouteContext, socket: SocketName) -> int:
        """Send the request on by this socket of ours. Returns 1; -1, and nothing changes, when we do not listen on it.

        A connection leaves by the address that the system chooses; our Via names the socket.
        """
        name = find_socket(self.host, socket)
        if not name:
            ctx.environment.count("script.no_such_socket")
            ctx.environment.complain(f"force_send_socket: no listen line is {':'.join(map(str, socket)).strip(':')}")
            return -1
        ctx.wish().send_socket = name
        return 1

    @function("set_advertised_address", Argument(name="host", prepare=read_host, unquoted=True), routes=_SENDING)
    def set_advertised_address(self, ctx: RouteContext, host: bytes) -> int:
        """Put `host` into our Via in place of our address."""
        wishes = ctx.wish()
        wishes.advertised = (host.decode("ascii"), wishes.advertised[1])
        return 1

    @function(
        "set_advertised_port", Argument(name="port", kind=Kind.NUMBER, minimum=1, maximum=65_535), routes=_SENDING
    )
    def set_advertised_port(self, ctx: RouteContext, port: int) -> int:
        """Put `port` into our Via in place of our port. Returns 1; -1 when it is none."""
        if not 0 < port < 65_536:
            return -1
        wishes = ctx.wish()
        wishes.advertised = (wishes.advertised[0], port)
        return 1

    @function(
        "udp_mtu_try_proto", Argument(name="protocol", words=("udp", "tcp", "tls"), unquoted=True), routes=_SENDING
    )
    def udp_mtu_try_proto(self, ctx: RouteContext, protocol: str) -> int:
        """Send the request on over `protocol` when it has more than `udp_mtu` bytes and would go over UDP."""
        ctx.wish().large_by = "" if protocol == "udp" else protocol.upper()
        return 1

    @function(
        "force_tcp_alias",
        Argument(name="port", kind=Kind.NUMBER, optional=True, minimum=1, maximum=65_535, help="the Via's if left out"),
        aliases=("add_tcp_alias",),
        bare=True,
    )
    def force_tcp_alias(self, ctx: RouteContext, port: int = 0) -> int:
        """Send requests for the peer's port over the connection that this request came on (RFC 5923).

        Over TLS only, from a verified peer, and for domains that its certificate speaks for: an address says nothing
        about who is there. Returns 1 when that is so, else -1.
        """
        message, connection = ctx.message, ctx.connection
        if not isinstance(message, Request) or connection is None:
            return -1
        wanted = port or message.top_via.port or 5061
        return 1 if self.host.forwarder.note_alias(connection, message, wanted) else -1
