"""`HandshakeSocket`: the part of a connection's life before it carries messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.tls.failure import Failure, refuse_peer
from sertwist.transport.domain_limits import domain_limits
from sertwist.transport.handshake import Handshake, Wanted
from sertwist.transport.phase import Phase
from sertwist.transport.stream_socket import StreamSocket

if TYPE_CHECKING:
    import socket

    from sertwist.limits import Limits
    from sertwist.tls.domain import TLSDomain
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver

__all__ = ["HandshakeSocket"]


class HandshakeSocket(StreamSocket):
    """A socket whose handshake takes its turns in the `HandshakeQueue`.

    Attributes:
        handshake_queued: the handshake waits for its turn, not for the peer.
    """

    __slots__ = ("_handshaking", "handshake_queued")

    def __init__(
        self,
        sock: socket.socket,
        addresses: tuple[tuple[str, int], tuple[str, int]],
        handshake: Handshake | None,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Take over `sock` (non-blocking); `addresses` are the peer's and ours; with a `handshake` it is TLS."""
        super().__init__(sock, addresses, "TCP" if handshake is None else "TLS", receiver, owner)
        self.handshake_queued = False
        self._handshaking = handshake

    def start(self) -> None:
        """Begin to read; a plain connection is established at once."""
        self._table.add(self)
        if self._phase is Phase.CLOSED:
            return
        self._read(on=True)
        if self._handshaking is None:
            self._established(verified=False)

    def _established(self, *, verified: bool) -> None:
        refusal = self._table.handshake_ended(self, verified=verified)
        if refusal:
            self.turn_away(refusal)
        else:
            self._enter(Phase.IDLE)

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """The socket is readable."""
        if self._handshaking is None:
            super().doRead()
        else:
            self._queue_handshake()

    def doWrite(self) -> None:  # noqa: N802 (Twisted's name)
        """The socket is writable."""
        if self._handshaking is None:
            super().doWrite()
        else:
            self._queue_handshake()

    def close(self) -> None:
        """See `StreamSocket.close`; a handshake that is still going on ends."""
        self._handshaking = None
        super().close()

    def _queue_handshake(self) -> None:
        """It can go on, but when is for the queue to say."""
        if self.handshake_queued:
            # Most have their turn before the kernel tells twice: so they are watched on until then.
            self._read(on=False)
            self._write_interest(on=False)
            return
        self.handshake_queued = True
        self._table.handshakes.add(self)

    def take_handshake_turn(self) -> None:
        """The queue has come to this connection."""
        self.handshake_queued = False
        if self._handshaking is not None and self._phase is Phase.HANDSHAKE:
            self._handshake(self._handshaking)

    def _handshake(self, handshake: Handshake) -> None:
        outcome = handshake.step()
        if handshake.domain is not None:
            self._take_times(handshake.domain)
        if outcome is Wanted.PAUSE:
            self._read(on=False)
            self._reactor.callLater(self._limits.connection.handshake_pause, self._end_pause)
            return
        self._read(on=outcome is not Wanted.WRITE)
        self._write_interest(on=outcome is Wanted.WRITE)
        if isinstance(outcome, Wanted):
            return
        if isinstance(outcome, Failure):
            self._handshake_failed(outcome)
            if handshake.has_answered:
                self.close()  # not a reset, so that the peer can read OpenSSL's alert
            else:
                self._reset()
            return
        self._channel, session = outcome
        verified = False
        if session is not None:
            now = self._table.wall_clock()
            refusal = None if handshake.domain is None else refuse_peer(session.peer, handshake.domain.verify, now)
            if refusal is not None:
                self._handshake_failed(refusal)
                self.close()
                return
            self._receiver.tls_established(session)
            verified = session.peer.verdict(now).verified
        self.tls = session
        self._handshaking = None
        self._established(verified=verified)

    def _handshake_failed(self, failure: Failure) -> None:
        domain = self._handshaking.domain if self._handshaking is not None else None
        self._receiver.tls_failed(self, failure, domain.name if domain is not None else "")

    def _end_pause(self) -> None:
        if self._phase is Phase.HANDSHAKE:
            self._read(on=True)

    def _take_times(self, domain: TLSDomain) -> None:
        """The domain's own times hold from here on; that of the handshake from the connection's beginning."""
        limits = domain_limits(self._limits, domain)
        if limits is not self._limits:
            self.deadline += limits.connection.handshake_timeout - self._limits.connection.handshake_timeout
            self._idle_timeout = limits.connection.http_idle_timeout
            self._limits = limits
