"""Who takes messages from sockets: the seam between this ring and the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from sertwist.errors import PeerError
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.tls.failure import Failure
    from sertwist.tls.session import TlsSession
    from sertwist.transport.handshake_socket import HandshakeSocket
    from sertwist.transport.stream import StreamConnection
    from sertwist.transport.stream_socket import StreamSocket
    from sertwist.transport.udp import UdpListener

__all__ = ["DatagramReceiver", "StreamReceiver"]


class DatagramReceiver(Protocol):
    """Who takes datagrams."""

    def receive_datagram(self, listener: UdpListener, data: bytes, source: tuple[str, int]) -> None:
        """Take one datagram; must not raise."""


class StreamReceiver(Protocol):
    """Who takes messages from connections. A Deferred means that the answer comes later; None that it was given."""

    def receive_sip(self, connection: StreamConnection, data: bytes) -> Deferred[None] | None:
        """Take one whole SIP message."""

    def receive_http(self, connection: StreamConnection, request: HttpRequest) -> Deferred[None] | None:
        """Take one whole HTTP request."""

    def receive_websocket(self, connection: StreamConnection, request: HttpRequest) -> Deferred[None] | None:
        """Take one whole message of a WebSocket, as a POST with its handshake's head."""

    def refuse_bytes(self, connection: StreamConnection, error: PeerError, protocol: str) -> bytes:
        """What to tell a peer whose bytes broke a rule, before its connection is closed; may be empty."""

    def unusable_server_name(self, reason: str) -> None:
        """Count a ClientHello whose server name is no host name, and therefore chose no domain."""

    def tls_established(self, session: TlsSession) -> None:
        """Count a handshake that succeeded."""

    def tls_failed(self, connection: HandshakeSocket, failure: Failure, domain_name: str) -> None:
        """Log and count a handshake that failed; `domain_name` is empty when none was chosen yet."""

    def dropped(self, connection: StreamSocket, reason: str) -> None:
        """Log and count a connection that was ended for a bound."""

    def refused(self, reason: str) -> None:
        """Count a connection that was not taken, or ended, for a bound on how many there may be."""

    def shut_out(self, source: str, reason: str) -> None:
        """Log and count that for a moment no new connections of `source` are looked at."""
