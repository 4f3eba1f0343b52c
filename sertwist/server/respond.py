"""`Responder`: responses back to who sent the request, by what our Via says (RFC 3261 16.7, 18.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger

from sertwist.errors import UnavailableError
from sertwist.sip.forwarding import ReturnPath, forward_response, return_path
from sertwist.sip.sanity import check_response
from sertwist.tls.sip_identity import domain_name
from sertwist.transport.next_hop import NextHop
from sertwist.transport.resolver import literal_address
from sertwist.transport.udp import UdpListener

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from sertwist.server.host import ServerHost
    from sertwist.sip.edits import Edits
    from sertwist.sip.message import Response
    from sertwist.sip.via import Via
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.connector import ClientDomainConnector
    from sertwist.transport.stream_socket import StreamSocket

__all__ = ["Responder"]

log = Logger("sertwist")


class Responder:
    """Passes responses on for one server."""

    def __init__(self, host: ServerHost, table: ConnectionTable, connector: ClientDomainConnector) -> None:
        self._host = host
        self._environment = host.environment
        self._table = table
        self._connector = connector

    def way_back(self, response: Response) -> tuple[ReturnPath, Via] | None:
        """Where the request came from that `response` answers, and its Via; None, and counted, when it answers none."""
        found = return_path(response, self._environment.to_tag_key)
        if found is None:
            self.dropped("not_ours")
        elif check_response(response) is not None:
            self.dropped("malformed")
            return None
        return found

    def pass_on(self, response: Response, back: tuple[ReturnPath, Via], edits: Edits | None = None) -> None:
        """Send `response`, with `edits`, to who sent the request; `back` is its `way_back`."""
        path, below = back
        data = forward_response(response, below, edits)
        if path.kind == "u":
            self._by_datagram(path, below, data)
            return
        connection = self._table.get(path.number)
        if connection is not None and connection.is_usable:
            self._by_connection(connection, data)
        elif path.kind == "n":
            self.dropped("connection_gone")
        else:
            ensureDeferred(self._anew(below, data)).addErrback(self._failed)

    def dropped(self, why: str) -> None:
        """Count a response that is not passed on."""
        self._environment.count("sip.responses_dropped")
        self._environment.count(f"forward.responses_dropped.{why}")

    def _by_datagram(self, path: ReturnPath, below: Via, data: bytes) -> None:
        listeners = [each for each in self._host.listening if isinstance(each, UdpListener)]
        target = (_address(below), int(below.rport or below.port or 5060))
        if path.number < len(listeners) and listeners[path.number].send(data, target):
            self._environment.count("forward.responses")
        else:
            self.dropped("unsent")

    def _by_connection(self, connection: StreamSocket, data: bytes) -> None:
        try:
            self._connector.send(connection, data)
        except UnavailableError as error:
            self.dropped(error.code)
        else:
            self._environment.count("forward.responses")

    async def _anew(self, below: Via, data: bytes) -> None:
        """Open a connection to where the request came from, at the port that its sender says it has (18.2.2)."""
        protocol = below.transport.decode("ascii").upper()
        name = domain_name(below.host.decode("ascii", "replace"))
        port = below.port or (5061 if protocol == "TLS" else 5060)
        address = _address(below)
        try:
            hop = NextHop(protocol, name or address, port, address=address)
            self._by_connection(await self._connector.connect(hop, len(data)), data)
        except UnavailableError as error:
            self.dropped(error.code)
            if self._table.log_share.has_room():
                log.info("response not passed on: {words}", words=str(error))

    def _failed(self, failure: Failure) -> None:
        self._environment.count("internal_errors")
        log.failure("a response could not be passed on", failure)


def _address(below: Via) -> str:
    """Where the sender of a request was seen: we wrote `received` unless its Via says the same."""
    host = (below.received or below.host).decode("ascii", "replace")
    return literal_address(host) or host
