"""One stream connection: the messages that come on it, in order, and what each is answered with.

HTTP requests of one connection are answered strictly in order, one at a time; a SIP message whose script waits lets
those behind it pass, up to a bound. While an answer waits to be taken nothing more is read, so a peer that does not
read costs itself one answer's memory; only the side that opened a connection goes on reading, since two ends that both
wait for the other would never end. What is pipelined behind a message waits in the `Backlog`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.errors import PeerError
from sertwist.rpc.http_framer import HttpFramer, SendContinue
from sertwist.rpc.http_response import build_continue
from sertwist.rpc.websocket import WebSocketFramer, WebSocketItem
from sertwist.sip.framer import KeepAlive, SipFramer, first_line_protocol
from sertwist.tls.failure import Failure
from sertwist.transport.handshake_socket import HandshakeSocket
from sertwist.transport.phase import OVER, Phase

if TYPE_CHECKING:
    import socket

    from twisted.internet.defer import Deferred

    from sertwist.limits import Limits
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.handshake import Handshake
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver

__all__ = ["StreamConnection"]


class StreamConnection(HandshakeSocket):
    """A TCP or TLS connection that carries SIP or HTTP, accepted unless a subclass opens it.

    Attributes:
        speaks: `sip`, `http` or `websocket`; empty while that is not known.
        uid: the user at the other end of a Unix socket; None for others.
    """

    __slots__ = (
        "_beginning",
        "_framer",
        "_handshake_request",
        "_has_spoken",
        "_most_waiting",
        "_scheduled",
        "_waiting",
        "speaks",
        "uid",
    )

    def __init__(
        self,
        sock: socket.socket,
        addresses: tuple[tuple[str, int], tuple[str, int]],
        handshake: Handshake | None,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Take over `sock` (non-blocking); `addresses` are the peer's and ours; with a `handshake` it is TLS."""
        super().__init__(sock, addresses, handshake, receiver, owner)
        self.speaks = ""
        self.uid: int | None = None
        self._framer: SipFramer | HttpFramer | WebSocketFramer | None = None
        self._handshake_request: HttpRequest | None = None  # that began the WebSocket
        self._beginning = b""  # bytes until the protocol is known
        self._has_spoken = False  # a message came whole: from the next one on it is an established connection's
        self._waiting = 0  # messages whose answers come later
        self._most_waiting = 1
        self._scheduled = False  # it has its place in the backlog

    def finish(self) -> None:
        """Answer what is being answered, then close."""
        self._close_after = True
        if self._phase is not Phase.CLOSED and not self._waiting and not self._out.size:
            self.close()

    def expire(self) -> None:
        """The deadline has passed."""
        phase = self._phase
        if phase is Phase.HANDSHAKE:
            self._handshake_failed(Failure("timeout", "the handshake took too long"))
            self._reset()
        elif phase in (Phase.HEAD, Phase.BODY):
            self._refuse(PeerError("the message took too long", code="slow-message", status_hint=408))
        elif phase is Phase.WRITING:
            self.abort("the peer does not read its answers")
        elif phase is Phase.LINGER:
            self._gone()
        else:
            self.close()

    def take(self, data: bytes) -> None:
        """Answer the message in what was received, if it is whole."""
        if self._phase in OVER:
            return
        if self._framer is None:
            data = self._beginning + data
            if not self._choose_framer(data):
                return
        self._framer.feed(data)  # type: ignore[union-attr]  # chosen above
        self._work()

    def _choose_framer(self, data: bytes) -> bool:
        """The first line decides for the whole connection: SIP and HTTP are never mixed (reference rpc 2.2)."""
        protocol = first_line_protocol(data)
        if protocol is None:
            self._beginning = data
            if self._phase is not Phase.HEAD:
                self._enter(Phase.HEAD)
            return False
        self._beginning = b""
        if protocol == "bad":
            self.abort("the first line is neither SIP nor HTTP")
            return False
        self.speaks = protocol
        if protocol == "sip":
            self._framer = SipFramer(self._limits.sip)
            self._idle_timeout = self._limits.connection.idle_timeout
            self._most_waiting = self._limits.connection.max_waiting
        else:
            self._framer = HttpFramer(self._limits.http)
        return True

    def go_on_as_websocket(self, answer: bytes, request: HttpRequest, most: int) -> None:
        """See `sertwist.modules.host.HttpPeer`; bytes that came before the answer was known are not taken."""
        if self._framer is not None and self._framer.buffered:
            self._refuse(PeerError("messages before the WebSocket was there", code="bad-websocket", status_hint=400))
            return
        self._framer = WebSocketFramer(most)
        self._handshake_request = request
        self.speaks = "websocket"
        self._idle_timeout = self._limits.connection.websocket_idle_timeout
        self.answer(answer)

    def push(self, data: bytes) -> bool:
        """See `sertwist.modules.host.HttpPeer`."""
        if not self.is_usable or self._out.size:
            return False
        self.send(data)
        return True

    def _work(self) -> None:
        """Answer one whole message if that can be done now; what came behind it waits for its turn."""
        framer = self._framer
        if framer is not None and self._may_answer():
            try:
                item = framer.next()
            except PeerError as error:
                self._refuse(error)
                return
            if item is not None:
                self._deliver(item)
                self._queue_rest()
        self._settle()

    def _queue_rest(self) -> None:
        """What came behind a message that was answered waits in the backlog."""
        if self._framer is not None and self._framer.buffered and not self._scheduled and self._may_answer():
            self._scheduled = True
            self._table.backlog.add(self)

    def _may_answer(self) -> bool:
        """Not too much is being answered, nothing waits to be taken, nothing is over."""
        return not (
            self._waiting >= self._most_waiting
            or (self._out.size and not self.outbound)
            or self._close_after
            or self._phase in OVER
        )

    def take_turn(self) -> None:
        """The backlog has come to this connection."""
        self._scheduled = False
        if self._phase not in OVER:
            self._work()

    def _deliver(self, item: bytes | KeepAlive | HttpRequest | SendContinue | WebSocketItem) -> None:
        if not self._out.size:
            self._phase = Phase.IDLE  # the next message's time starts anew
        if self.verified and self._has_spoken:
            self._table.handshakes.note_call()
        self._has_spoken = True
        pending: Deferred[None] | None = None
        if isinstance(item, bytes):
            pending = self._receiver.receive_sip(self, item)
        elif isinstance(item, KeepAlive):
            self.write(b"\r\n")
        elif isinstance(item, SendContinue):
            self.write(build_continue())
        elif isinstance(item, WebSocketItem):
            pending = self._hear(item)
        else:
            pending = self._receiver.receive_http(self, item)
        if pending is not None:
            self._waiting += 1
            pending.addBoth(self._answer_came)

    def _hear(self, item: WebSocketItem) -> Deferred[None] | None:
        if item.reply or item.ends:
            self.answer(item.reply, close=item.ends)
        if item.message is None or self._handshake_request is None:
            return None
        return self._receiver.receive_websocket(self, self._handshake_request.posts(item.message))

    def _answer_came(self, _result: object) -> None:
        self._waiting -= 1
        if self._phase not in OVER:
            self._work()

    def _refuse(self, error: PeerError) -> None:
        """The peer's bytes broke a rule: say so and close."""
        self._close_after = True
        self.write(self._receiver.refuse_bytes(self, error, self.speaks))
        self._settle()

    def _settle(self) -> None:
        """What the connection waits for now, hence its deadline and what the reactor watches."""
        if self._phase in OVER or self._sending:  # when it has sent, it is known
            return
        if self._out.size:
            if self._phase is not Phase.WRITING:
                self._enter(Phase.WRITING)
        elif self._waiting:
            self._enter(Phase.ANSWERING)
        elif self._close_after or (self._peer_ended and not self._scheduled):
            self.close()
            return
        else:
            self._settle_reading()
        blocked = (self._out.size and not self.outbound) or self._waiting >= self._most_waiting
        self._read(on=not (blocked or self._peer_ended or self._scheduled))

    def _settle_reading(self) -> None:
        framer = self._framer
        if framer is None:
            phase = Phase.HEAD if self._beginning else Phase.IDLE
        elif not framer.buffered and not framer.in_body:
            phase = Phase.IDLE
        else:
            phase = Phase.BODY if framer.in_body else Phase.HEAD
        # A deadline is set when its phase begins and not moved by more bytes: a slow peer gains nothing.
        if phase is Phase.IDLE or phase is not self._phase:
            self._enter(phase)
