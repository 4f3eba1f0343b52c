"""`SipContext`: one SIP request in the script, and the way its reply takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.context import Environment, RouteContext
from sertwist.sip.message import Request
from sertwist.sip.reply import build_reply, reply_target

if TYPE_CHECKING:
    from sertwist.sip.message import Message
    from sertwist.transport.stream import StreamConnection
    from sertwist.transport.udp import UdpListener

__all__ = ["DatagramContext", "SipContext", "StreamContext"]


class SipContext(RouteContext):
    """A SIP request; `reply` sends at once.

    Attributes:
        request: the request as received; `message` is the same.
    """

    __slots__ = ("request",)

    def __init__(
        self,
        environment: Environment,
        request: Request,
        protocol: str,
        source: tuple[str, int],
        local: tuple[str, int],
    ) -> None:
        # Not by super(), which takes as long as the call itself.
        RouteContext.__init__(self, environment, request.method, protocol, source, local)
        self.message = self.request = request

    def replace_message(self, message: Message) -> None:
        """See `RouteContext.replace_message`."""
        if isinstance(message, Request):
            self.message = self.request = message

    @property
    def uri(self) -> str:
        """See `RouteContext.uri`."""
        wishes = self.wishes
        return wishes.uri if wishes is not None and wishes.uri else self.request.uri_text

    @property
    def request_uri(self) -> str | None:
        """See `RouteContext.request_uri`; read most of all, so not by way of `uri`."""
        wishes = self.wishes
        return (wishes.uri if wishes is not None and wishes.uri else self.request.uri_text) or None

    @property
    def message_length(self) -> int:
        """See `RouteContext.message_length`."""
        wishes = self.wishes
        sending = None if wishes is None else wishes.sending
        return len(self.request.raw) if sending is None else sending.length

    def reply(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> bool:
        """Send a reply, with further headers; False when a final one went before or it can't be sent."""
        if self.answered:
            return False
        self.answered = status >= 200
        self.environment.meters.count_response(self.method, status)
        return self._transmit(self.build(status, reason, headers))

    def _transmit(self, reply: bytes) -> bool:
        raise NotImplementedError

    def build(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
        """The reply's bytes (RFC 3261 8.2.6), with what the script wants in replies."""
        environment, wishes = self.environment, self.wishes
        body = b""
        if wishes is not None:
            headers, body = (*headers, *wishes.reply_headers), wishes.reply_body
        return build_reply(
            self.request,
            status,
            reason,
            source=self.source,
            to_tag_key=environment.to_tag_key,
            force_rport=self.force_rport,
            headers=headers,
            body=body,
            server=environment.server,
        )


class DatagramContext(SipContext):
    """A request that came in a datagram."""

    __slots__ = ("_listener",)

    def __init__(
        self, environment: Environment, request: Request, listener: UdpListener, source: tuple[str, int]
    ) -> None:
        SipContext.__init__(self, environment, request, "UDP", source, listener.address)
        self._listener = listener

    def _transmit(self, reply: bytes) -> bool:
        """Send where RFC 3261 18.2.2 and RFC 3581 say."""
        return self._listener.send(reply, reply_target(self.request, self.source, force_rport=self.force_rport))


class StreamContext(SipContext):
    """A request that came over a connection, and is answered over it."""

    __slots__ = ("_connection",)

    def __init__(self, environment: Environment, request: Request, connection: StreamConnection) -> None:
        SipContext.__init__(self, environment, request, connection.protocol, connection.source, connection.local)
        self.tls = connection.tls
        self._connection = connection

    @property
    def connection(self) -> StreamConnection:
        """See `RouteContext.connection`."""
        return self._connection

    @property
    def connection_id(self) -> int:
        """Number of the connection that it came on."""
        return self._connection.connection_id

    def _transmit(self, reply: bytes) -> bool:
        """Send on the request's own connection (RFC 3261 18.2.2)."""
        self._connection.answer(reply, close=self.close_after_reply)
        return True
