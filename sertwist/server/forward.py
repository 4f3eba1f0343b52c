"""`Forwarder`: requests to their next hop, and responses back by what our Via says.

RFC 3261 16.6, 16.7, 16.11 and 18.2.2. Nothing is kept of a forwarded request. A script that forwards over a connection
that is still to be opened waits, and only it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger

from sertwist.errors import UnavailableError
from sertwist.server.next_hop import choose_next_hop
from sertwist.server.own_address import Ways, datagram_socket, sent_by
from sertwist.server.sip_context import SipContext, StreamContext
from sertwist.sip.forwarding import ReturnPath, branch_of, forward_request, forward_response, hops_left, return_path
from sertwist.sip.sanity import check_response
from sertwist.sip.via import Via
from sertwist.tls.sip_identity import domain_name
from sertwist.transport.next_hop import NextHop
from sertwist.transport.resolver import literal_address
from sertwist.transport.udp import UdpListener

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from sertwist.script.context import RouteContext
    from sertwist.server.host import ServerHost
    from sertwist.sip.message import Request, Response
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.connector import ClientDomainConnector
    from sertwist.transport.resolver import NameResolver
    from sertwist.transport.stream_socket import StreamSocket

__all__ = ["Forwarder"]

log = Logger("sertwist")

_NOT_FORWARDED: Final = "not forwarded: {words}; {method} from {source}"
# Not 503: whoever is behind us would take it as being about this server, not about one next hop (RFC 3261 16.7 6).
_NOT_REACHABLE: Final = (500, "Next Hop Not Reachable")
_TOO_MUCH: Final = (503, "Too Much Waits For Next Hops")
_OVERLOADED: Final = frozenset({"outbound-bound", "outbound-queue", "lookup-bound"})


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

    # -- requests -----------------------------------------------------------------------------------------------------

    async def forward(self, ctx: RouteContext, protocol: str, host: str, port: int) -> bool:
        """See `sertwist.modules.host.Forwarder`."""
        if not isinstance(ctx, SipContext):
            return False  # an HTTP request has no next hop
        wishes = ctx.wish()
        if hops_left(ctx.request) < 0:
            self._environment.count("forward.too_many_hops")
            wishes.failure = (483, "Too Many Hops")
            return False
        try:
            hop = choose_next_hop(ctx.request, protocol, host, port, wishes.server_id)
            send = self._by_datagram if hop.protocol == "UDP" else self._by_stream
            await send(ctx, hop, branch_of(ctx.request, self._environment.to_tag_key))
        except UnavailableError as error:
            self._environment.count(f"forward.failed.{error.code}")
            if self._table.log_share.has_room():
                log.info(_NOT_FORWARDED, words=str(error), method=ctx.method, source=ctx.source_ip)
            wishes.failure = _TOO_MUCH if error.code in _OVERLOADED else _NOT_REACHABLE
            return False
        wishes.forwarded = True
        self._environment.count("forward.requests")
        return True

    async def _by_datagram(self, ctx: SipContext, hop: NextHop, branch: bytes) -> None:
        addresses = sorted(await self._resolver.addresses(hop.host))
        target = (addresses[_turn(branch) % len(addresses)], hop.port)
        local = self._ways.source_address(target)
        came_on = ctx.local if ctx.protocol == "UDP" else ("", 0)
        listener = datagram_socket(self._host.listening, target[0], local, came_on)
        if listener is None:
            raise UnavailableError(f"{hop.text}: no udp listener may send to {target[0]}", code="no-listener")
        own = Via(b"UDP", *sent_by([listener], "UDP", (local, listener.address[1])))
        if not listener.send(self._bytes(ctx, own, branch), target):
            raise UnavailableError(f"{hop.text}: the datagram could not be sent", code="datagram")

    async def _by_stream(self, ctx: SipContext, hop: NextHop, branch: bytes) -> None:
        connection = await self._connector.connect(hop, len(ctx.request.raw), _turn(branch))
        own = Via(hop.protocol.encode("ascii"), *sent_by(self._host.listening, hop.protocol, connection.local))
        self._connector.send(connection, self._bytes(ctx, own, branch))

    def _bytes(self, ctx: SipContext, own: Via, branch: bytes) -> bytes:
        return forward_request(
            ctx.request,
            own,
            self._path(ctx),
            branch=branch,
            source=ctx.source,
            force_rport=ctx.force_rport,
            key=self._environment.to_tag_key,
        )

    def _path(self, ctx: SipContext) -> ReturnPath:
        if isinstance(ctx, StreamContext):
            return ReturnPath("n" if ctx.wish().no_connect else "c", ctx.connection_id)
        return ReturnPath("u", [each.address for each in self._datagram_sockets()].index(ctx.local))

    def _datagram_sockets(self) -> list[UdpListener]:
        return [each for each in self._host.listening if isinstance(each, UdpListener)]

    # -- responses ----------------------------------------------------------------------------------------------------

    def respond(self, response: Response) -> None:
        """Pass `response` on to who sent the request that it answers; one that answers none is dropped."""
        found = return_path(response, self._environment.to_tag_key)
        if found is None:
            self._dropped("not_ours")
            return
        if check_response(response) is not None:
            self._dropped("malformed")
            return
        path, below = found
        data = forward_response(response, below)
        if path.kind == "u":
            self._respond_by_datagram(path, below, data)
            return
        connection = self._table.get(path.number)
        if connection is not None and connection.is_usable:
            self._respond_by_connection(connection, data)
        elif path.kind == "n":
            self._dropped("connection_gone")
        else:
            ensureDeferred(self._respond_anew(below, data)).addErrback(self._failed)

    def _respond_by_datagram(self, path: ReturnPath, below: Via, data: bytes) -> None:
        listeners = self._datagram_sockets()
        target = (_address(below), int(below.rport or below.port or 5060))
        if path.number < len(listeners) and listeners[path.number].send(data, target):
            self._environment.count("forward.responses")
        else:
            self._dropped("unsent")

    def _respond_by_connection(self, connection: StreamSocket, data: bytes) -> None:
        try:
            self._connector.send(connection, data)
        except UnavailableError as error:
            self._dropped(error.code)
        else:
            self._environment.count("forward.responses")

    async def _respond_anew(self, below: Via, data: bytes) -> None:
        """Open a connection to where the request came from, at the port that its sender says it has (18.2.2)."""
        protocol = below.transport.decode("ascii").upper()
        name = domain_name(below.host.decode("ascii", "replace"))
        port = below.port or (5061 if protocol == "TLS" else 5060)
        address = _address(below)
        try:
            hop = NextHop(protocol, name or address, port, address=address)
            self._respond_by_connection(await self._connector.connect(hop, len(data)), data)
        except UnavailableError as error:
            self._dropped(error.code)
            if self._table.log_share.has_room():
                log.info("response not passed on: {words}", words=str(error))

    def _failed(self, failure: Failure) -> None:
        self._environment.count("internal_errors")
        log.failure("a response could not be passed on", failure)

    def _dropped(self, why: str) -> None:
        self._environment.count("sip.responses_dropped")
        self._environment.count(f"forward.responses_dropped.{why}")

    # -- connections that their peers offer ---------------------------------------------------------------------------

    def note_alias(self, connection: StreamSocket, request: Request) -> None:
        """Take the wish of a peer to get requests on the connection that it opened (RFC 5923)."""
        self._connector.aliases.note(connection, request)


def _turn(branch: bytes) -> int:
    """A number that a request and its retransmissions share, to choose among a name's addresses by (16.11)."""
    return int(branch[-8:], 16)


def _address(below: Via) -> str:
    """Where the sender of a request was seen: we wrote `received` unless its Via says the same."""
    host = (below.received or below.host).decode("ascii", "replace")
    return literal_address(host) or host
