"""`forward`, `send` and their kin: a request goes on without any state (reference language 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Deed, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["CoreForward"]

_ROUTES = RouteKind.REQUEST | RouteKind.FAILURE
_HOST = Argument(name="host", optional=True, unquoted=True, help="name or address; the URI's when left out")
_TARGET = Argument(name="host", unquoted=True, help="name or address")
_PORT = Argument(name="port", kind=Kind.NUMBER, optional=True, minimum=0, maximum=65_535, help="0: the protocol's own")


class CoreForward:
    """The functions that send a request on."""

    host: Host

    @function("forward", _HOST, _PORT, routes=_ROUTES, deed=Deed.SENDS)
    async def forward(self, ctx: RouteContext, host: str = "", port: int = 0) -> int:
        """Send the request on to `host` and `port`, or to where its URI says, keeping no state.

        Its URI is the destination URI (`$du`, `setdsturi`), where there is one, else the Request-URI as it is now.
        Over UDP, TCP or TLS by the URI's `transport` and scheme when the URI names the next hop, else over UDP; a
        `sips` request goes over TLS or not at all. A connection that is open to the same name and by the same TLS
        client domain is used again. Max-Forwards is decremented, our Via is put on top, and responses go back by it.

        Returns 1 when it was sent; -1 when it could not be, so that the script can try another next hop or answer. A
        script that does neither has the request answered with 483, 500 or 503.
        """
        return await self._forward(ctx, "", host, port)

    @function("forward_udp", _HOST, _PORT, routes=_ROUTES, deed=Deed.SENDS)
    async def forward_udp(self, ctx: RouteContext, host: str = "", port: int = 0) -> int:
        """Send the request on over UDP; see `forward`."""
        return await self._forward(ctx, "UDP", host, port)

    @function("forward_tcp", _HOST, _PORT, routes=_ROUTES, deed=Deed.SENDS)
    async def forward_tcp(self, ctx: RouteContext, host: str = "", port: int = 0) -> int:
        """Send the request on over TCP; see `forward`."""
        return await self._forward(ctx, "TCP", host, port)

    @function("forward_tls", _HOST, _PORT, routes=_ROUTES, deed=Deed.SENDS)
    async def forward_tls(self, ctx: RouteContext, host: str = "", port: int = 0) -> int:
        """Send the request on over TLS, by the client domain for whom it goes to; see `forward`.

        Nothing of it is sent to a server whose certificate is not that of the name that was called.
        """
        return await self._forward(ctx, "TLS", host, port)

    @function("send", _TARGET, _PORT, routes=_ROUTES, deed=Deed.SENDS)
    async def send(self, ctx: RouteContext, host: str, port: int = 0) -> int:
        """Send the request to `host` and `port` over UDP as it was received, without our Via.

        Answers to it go past this server. Returns 1 when it was sent, else -1.
        """
        return 1 if await self.host.forwarder.send(ctx, "UDP", host, port) else -1

    @function("send_tcp", _TARGET, _PORT, routes=_ROUTES, deed=Deed.SENDS)
    async def send_tcp(self, ctx: RouteContext, host: str, port: int = 0) -> int:
        """Send the request to `host` and `port` over TCP as it was received; see `send`."""
        return 1 if await self.host.forwarder.send(ctx, "TCP", host, port) else -1

    async def _forward(self, ctx: RouteContext, protocol: str, host: str, port: int) -> int:
        return 1 if await self.host.forwarder.forward(ctx, protocol, host, port) else -1
