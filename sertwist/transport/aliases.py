"""Which accepted connections may carry requests back to the peer that opened them (RFC 5923; reference tls 6.5).

A peer asks for it by `;alias` in its Via. It is granted over TLS only, to a verified peer, and only for requests to a
domain that its certificate speaks for: what counts is who it is, not which address it says it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.errors import PeerError
from sertwist.tls.sip_identity import sip_domains
from sertwist.transport.resolver import literal_address

if TYPE_CHECKING:
    from sertwist.sip.message import Request
    from sertwist.sip.via import Via
    from sertwist.tls.certificate import CertificateView
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.stream_socket import StreamSocket

__all__ = ["Aliases"]

_DEFAULT_PORT: Final = 5061
_MOST_DOMAINS: Final = 16  # of one certificate
_SLACK: Final = 64  # entries of connections that are gone, before they are looked for

Target = tuple[str, int, str]  # address, port, SIP domain


class Aliases:
    """What verified peers asked for."""

    def __init__(self, table: ConnectionTable) -> None:
        self._table = table
        self._connections: dict[Target, int] = {}
        self._asked: dict[int, int] = {}  # connection to the port that it stands for

    def note(self, connection: StreamSocket, request: Request, port: int = 0) -> bool:
        """Take the wish in the top Via of `request`, which came on `connection`; whether it is granted.

        `port` is what the connection is to stand for, whatever the Via says: a script's wish.
        """
        session = connection.tls
        if session is None or connection.outbound:
            return False
        try:
            port = port or _asked_port(request.top_via, connection.source[0])
        except PeerError:
            return False
        if not port:
            return False
        if self._asked.get(connection.connection_id) == port:
            return True
        certificate = session.peer.certificate
        if certificate is None or not session.peer.verdict(self._table.wall_clock()).verified:
            return False
        self._forget(connection, certificate)
        self._asked[connection.connection_id] = port
        for domain in sip_domains(certificate)[:_MOST_DOMAINS]:
            self._connections[connection.source[0], port, domain] = connection.connection_id
        if len(self._asked) > len(self._table) + _SLACK:
            self._forget_gone()
        return True

    def find(self, address: str, port: int, domain: str) -> StreamSocket | None:
        """The connection for requests to `domain` at `address`:`port`; its peer is verified now."""
        number = self._connections.get((address, port, domain))
        connection = None if number is None else self._table.get(number)
        if connection is None or connection.tls is None or not connection.is_usable:
            return None
        return connection if connection.tls.peer.verdict(self._table.wall_clock()).verified else None

    def _forget(self, connection: StreamSocket, certificate: CertificateView) -> None:
        """A connection stands for one port at a time: a peer that names ever new ones fills nothing."""
        port = self._asked.pop(connection.connection_id, 0)
        for domain in sip_domains(certificate)[:_MOST_DOMAINS]:
            target = (connection.source[0], port, domain)
            if self._connections.get(target) == connection.connection_id:
                del self._connections[target]

    def _forget_gone(self) -> None:
        self._asked = {number: port for number, port in self._asked.items() if self._table.get(number) is not None}
        self._connections = {target: number for target, number in self._connections.items() if number in self._asked}


def _asked_port(via: Via, source: str) -> int:
    """The port that the peer says it has; 0 when it asks for nothing, or says to be at another address."""
    if via.param(b"alias") is None:
        return 0
    literal = literal_address(via.host.decode("ascii"))
    if literal and literal != source:
        return 0
    return via.port or _DEFAULT_PORT
