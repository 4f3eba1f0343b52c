"""`Forwarder`: requests to their next hop (RFC 3261 16.6, 16.11, 18.1).

Nothing is kept of a forwarded request. A script that forwards over a connection that is still to be opened waits, and
only it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twisted.logger import Logger

from sertwist.errors import UnavailableError
from sertwist.modules.core.happenings import Happening
from sertwist.script.context import Sending
from sertwist.server.event_context import tell_happening
from sertwist.server.next_hop import choose_next_hop
from sertwist.server.own_address import Ways, datagram_socket, sent_by
from sertwist.server.sip_context import DatagramContext, SipContext, StreamContext
from sertwist.sip.edits import Edits
from sertwist.sip.forwarding import ReturnPath, branch_of, forward_request, hops_left
from sertwist.sip.via import Via
from sertwist.transport.udp import UdpListener

if TYPE_CHECKING:
    from sertwist.modules.host import ListenerRow
    from sertwist.script.context import RouteContext
    from sertwist.script.program import Entry
    from sertwist.server.host import ServerHost
    from sertwist.sip.message import Request
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.connector import ClientDomainConnector
    from sertwist.transport.next_hop import NextHop
    from sertwist.transport.resolver import NameResolver
    from sertwist.transport.stream_socket import StreamSocket

__all__ = ["Forwarder"]

log = Logger("sertwist")

_NOT_FORWARDED: Final = "not forwarded: {words}; {method} from {source}"
# Not 503: whoever is behind us would take it as being about this server, not about one next hop (RFC 3261 16.7 6).
_NOT_REACHABLE: Final = (500, "Next Hop Not Reachable")
_TOO_MUCH: Final = (503, "Too Much Waits For Next Hops")
_OVERLOADED: Final = frozenset({"outbound-bound", "outbound-queue", "lookup-bound"})


class _HeldBackError(Exception):
    """`onsend_route` dropped the request."""


class Forwarder:
    """Forwards for one server."""

    def __init__(
        self,
        host: ServerHost,
        table: ConnectionTable,
        connector: ClientDomainConnector,
        resolver: NameResolver,
        ways: Ways | None = None,
    ) -> None:
        """`ways` tells from which address of ours a target is reached; by default what the kernel says."""
        self._host = host
        self._environment = host.environment
        self._table = table
        self._connector = connector
        self._resolver = resolver
        self._ways = ways or Ways(table.clock)

    async def forward(self, ctx: RouteContext, protocol: str, host: str, port: int) -> bool:
        """See `sertwist.modules.host.Forwarder`."""
        if not isinstance(ctx, DatagramContext | StreamContext):
            return False  # an HTTP request has no next hop, and nobody waits for the answer to that of an event
        wishes = ctx.wish()
        if hops_left(ctx.request) < 0 and not wishes.hops_counted:
            self._environment.count("forward.too_many_hops")
            wishes.failure = (483, "Too Many Hops")
            return False
        try:
            hop = choose_next_hop(ctx.uri, wishes.destination, protocol, host, port, wishes.server_id)
            await self._send_on(ctx, replace(hop, open_only=wishes.open_only))
        except UnavailableError as error:
            self._not_sent(ctx, error)
            return False
        except _HeldBackError:
            self._environment.count("forward.held_back")
        else:
            self._environment.count("forward.requests")
        wishes.forwarded = True
        return True

    async def send(self, ctx: RouteContext, protocol: str, host: str, port: int) -> bool:
        """See `sertwist.modules.host.Forwarder`."""
        if not isinstance(ctx, DatagramContext | StreamContext):
            return False
        try:
            hop = choose_next_hop(ctx.uri, "", protocol, host, port, ctx.wish().server_id)
            if protocol == "UDP":
                listener, target = await self._datagram_way(ctx, hop, 0)
                await self._write_datagram(ctx, listener, target, ctx.request.raw)
            else:
                connection = await self._connector.connect(hop, len(ctx.request.raw))
                await self._write_on(ctx, connection, ctx.request.raw)
        except UnavailableError as error:
            self._not_sent(ctx, error)
            return False
        except _HeldBackError:
            self._environment.count("forward.held_back")
        ctx.wish().forwarded = True
        return True

    def _not_sent(self, ctx: SipContext, error: UnavailableError) -> None:
        self._environment.count(f"forward.failed.{error.code}")
        tell_happening(
            self._host, Happening("warning", "forward.failed", error.code), ctx.protocol, ctx.source, ctx.local
        )
        if self._table.log_share.has_room():
            log.info(_NOT_FORWARDED, words=str(error), method=ctx.method, source=ctx.source_ip)
        ctx.wish().failure = _TOO_MUCH if error.code in _OVERLOADED else _NOT_REACHABLE

    async def _send_on(self, ctx: SipContext, hop: NextHop) -> None:
        branch = branch_of(ctx.request, self._environment.to_tag_key)
        if hop.protocol != "UDP":
            await self._by_stream(ctx, hop, branch)
            return
        listener, target = await self._datagram_way(ctx, hop, _turn(branch))
        local = (self._ways.source_address(target), listener.address[1])
        data = self._bytes(ctx, self._own_via(ctx, [listener], "UDP", local), branch)
        larger = ctx.wish().large_by or self._environment.large_by
        if larger and 0 < self._environment.udp_mtu < len(data):
            await self._by_stream(ctx, replace(hop, protocol=larger), branch)
        else:
            await self._write_datagram(ctx, listener, target, data)

    async def _datagram_way(self, ctx: SipContext, hop: NextHop, turn: int) -> tuple[UdpListener, tuple[str, int]]:
        """The socket to send by, and the address to send to."""
        addresses = sorted(await self._resolver.addresses(hop.host))
        target = (addresses[turn % len(addresses)], hop.port)
        forced = self._forced(ctx, "UDP")
        came_on = ctx.local if ctx.protocol == "UDP" else ("", 0)
        listener = datagram_socket(
            forced or self._host.listening, target[0], self._ways.source_address(target), came_on
        )
        if listener is None:
            raise UnavailableError(f"{hop.text}: no udp listener may send to {target[0]}", code="no-listener")
        return listener, target

    def _forced(self, ctx: SipContext, protocol: str) -> list[ListenerRow]:
        """The socket that the script wants; by another protocol, the one at the same address."""
        wanted = ctx.wish().send_socket
        if not wanted:
            return []
        addresses = [each.address for each in self._host.listening if each.name == wanted]
        same = [each for each in self._host.listening if each.protocol == protocol]
        exact = [each for each in same if each.address in addresses]
        return exact or [each for each in same if each.address[0] in [address[0] for address in addresses]]

    async def _write_datagram(
        self, ctx: SipContext, listener: UdpListener, target: tuple[str, int], data: bytes
    ) -> None:
        onsend = self._host.program.onsend
        if onsend is not None:
            await self._ask(onsend, ctx, Sending("UDP", listener.address, target, len(data)))
        if not listener.send(data, target):
            raise UnavailableError(f"udp:{target[0]}:{target[1]}: the datagram could not be sent", code="datagram")

    async def _by_stream(self, ctx: SipContext, hop: NextHop, branch: bytes) -> None:
        connection = await self._connector.connect(hop, len(ctx.request.raw), _turn(branch))
        own = self._own_via(
            ctx, self._forced(ctx, hop.protocol) or self._host.listening, hop.protocol, connection.local
        )
        await self._write_on(ctx, connection, self._bytes(ctx, own, branch))

    async def _write_on(self, ctx: SipContext, connection: StreamSocket, data: bytes) -> None:
        onsend = self._host.program.onsend
        if onsend is not None:
            way = Sending(connection.protocol, connection.local, connection.source, len(data))
            await self._ask(onsend, ctx, way)
        self._connector.send(connection, data)
        if ctx.wish().close_after_forward:
            connection.finish()

    async def _ask(self, onsend: Entry, ctx: SipContext, way: Sending) -> None:
        """Run `onsend_route`; how it ends says nothing about the route that forwards, but that `drop` holds it back.

        Raises:
            _HeldBackError: it dropped the request.
        """
        wishes = ctx.wish()
        before = (ctx.ended, ctx.dropped, ctx.return_code, ctx.at_end)
        ctx.dropped, ctx.at_end, wishes.sending = False, None, way
        try:
            rest: Any = onsend.run(ctx)
            if onsend.waits:
                await rest
            held = ctx.dropped
        finally:
            ctx.ended, ctx.dropped, ctx.return_code, ctx.at_end = before
            wishes.sending = None
        if held:
            raise _HeldBackError

    # -- the bytes ----------------------------------------------------------------------------------------------------

    def _own_via(self, ctx: SipContext, listeners: list[ListenerRow], protocol: str, local: tuple[str, int]) -> Via:
        """What our Via says before what `forward_request` adds: where we are, or where the script says we are."""
        wishes = ctx.wish()
        host, port = sent_by(listeners, protocol, local, self._environment.advertised)
        host = wishes.advertised[0].encode("ascii") or host
        port = wishes.advertised[1] or port
        own = Via(protocol.encode("ascii"), host, port, ((b"rport", None),) if wishes.local_rport else ())
        for change in wishes.via_changes:
            own = change(ctx, own)
        return own

    def _bytes(self, ctx: SipContext, own: Via, branch: bytes) -> bytes:
        wishes = ctx.wish()
        edits = None if wishes.edits is None else wishes.edits.copy()
        if wishes.uri:
            edits = edits or Edits()
            edits.set_request_uri(ctx.request, wishes.uri)
        return forward_request(
            ctx.request,
            own,
            self._path(ctx),
            branch=branch,
            source=ctx.source,
            force_rport=ctx.force_rport,
            key=self._environment.to_tag_key,
            edits=edits,
            hops_counted=wishes.hops_counted,
        )

    def _path(self, ctx: SipContext) -> ReturnPath:
        if isinstance(ctx, StreamContext):
            return ReturnPath("n" if ctx.wish().no_connect else "c", ctx.connection_id)
        sockets = [each.address for each in self._host.listening if isinstance(each, UdpListener)]
        return ReturnPath("u", sockets.index(ctx.local))

    # -- connections that their peers offer ---------------------------------------------------------------------------

    def note_alias(self, connection: StreamSocket, request: Request, port: int = 0) -> bool:
        """Take the wish of a peer to get requests on the connection that it opened (RFC 5923).

        Args:
            connection: that `request` came on.
            request: its top Via says so, or the script does.
            port: that the script names, 0: the Via's.
        """
        return self._connector.aliases.note(connection, request, port)


def _turn(branch: bytes) -> int:
    """A number that a request and its retransmissions share, to choose among a name's addresses by (16.11)."""
    return int(branch[-8:], 16)
