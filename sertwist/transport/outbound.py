"""One connection that the server opened: to the next hop of a request, or back to where one came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.defer import ensureDeferred

from sertwist.errors import PeerError
from sertwist.sip.framer import SipFramer
from sertwist.tls.failure import Failure
from sertwist.transport.phase import Phase
from sertwist.transport.stream import StreamConnection

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine

    from sertwist.limits import Limits
    from sertwist.tls.domain import TLSDomain
    from sertwist.transport.channel import ChannelError
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.handshake import Handshake
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver
    from sertwist.transport.stream_socket import StreamSocket
    from sertwist.transport.tls_connect import Connect

__all__ = ["Keeper", "OutboundConnection"]

MESSAGES_PER_TURN: Final = 64  # as many as datagrams
_REFUSED: Final = Failure("refused", "the script refused the connection")
_SLOW_CONNECT: Final = Failure("connect-timeout", "no answer to the attempt to connect")


class Keeper(Protocol):
    """Who opened the connection and keeps it for the messages to come."""

    def admits(self, connection: StreamSocket) -> bool | Coroutine[Any, Any, bool]:
        """Whether a TLS connection that is up may be used; asked before anything is sent on it."""

    def established(self, connection: OutboundConnection) -> None:
        """Messages may be sent on it."""

    def ended(self, connection: OutboundConnection, failure: Failure) -> None:
        """It is gone, or never came about; told once."""


class OutboundConnection(StreamConnection):
    """A connection being opened, then open; nothing but SIP is taken from it.

    Attributes:
        domain: the client domain that it was made by; None over TCP.
        has_heard: something came from the peer, so it did not merely accept the connection.
    """

    __slots__ = ("_connect", "_keeper", "_why", "domain", "has_heard")

    def __init__(
        self,
        sock: socket.socket,
        addresses: tuple[tuple[str, int], tuple[str, int]],
        connect: Connect,
        keeper: Keeper,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Take over `sock`, whose connect to the first of `addresses` is in progress; the second is ours."""
        super().__init__(sock, addresses, connect, receiver, owner)
        self.outbound = True
        self.domain: TLSDomain | None = connect.domain
        self.protocol = "TCP" if self.domain is None else "TLS"
        self.speaks = "sip"
        self._framer = SipFramer(self._limits.sip)
        self._most_waiting = self._limits.connection.max_waiting
        self._idle_timeout = self._limits.connection.idle_timeout
        self._connect = connect
        self._keeper: Keeper | None = keeper
        self._why = Failure("closed", "the peer closed the connection")
        self.has_heard = False
        self.deadline = self._table.clock() + self._limits.outbound.connect_timeout

    def start(self) -> None:
        """Go on as the socket allows."""
        self._table.add(self)
        self._write_interest(on=True)

    def _handshake(self, handshake: Handshake) -> None:
        connected = self._connect.connected
        super()._handshake(handshake)
        if not connected and self._connect.connected and self._phase is Phase.HANDSHAKE:
            self.deadline = self._table.clock() + self._limits.connection.handshake_timeout

    def _take_times(self, domain: TLSDomain) -> None:
        deadline = self.deadline
        super()._take_times(domain)
        self.deadline = deadline  # about TCP; the handshake's own begins when that is up
        self._idle_timeout = self._limits.connection.idle_timeout

    def _established(self, *, verified: bool) -> None:
        self.verified = verified
        self._enter(Phase.IDLE)
        verdict = True if self.tls is None or self._keeper is None else self._keeper.admits(self)
        if isinstance(verdict, bool):
            self._judged(admitted=verdict)
        else:
            self._read(on=False)
            ensureDeferred(self._wait_for_verdict(verdict))

    async def _wait_for_verdict(self, verdict: Coroutine[Any, Any, bool]) -> None:
        self._judged(admitted=await verdict)

    def _judged(self, *, admitted: bool) -> None:
        if self._keeper is None:  # it has ended meanwhile
            return
        if not admitted:
            self._why = _REFUSED
            self.close()
            return
        self._read(on=True)
        self._keeper.established(self)

    def _handshake_failed(self, failure: Failure) -> None:
        if failure.reason_code == "timeout" and not self._connect.connected:
            failure = _SLOW_CONNECT
        self._tell_end(failure)

    def take(self, data: bytes) -> None:
        """See `StreamConnection.take`."""
        self.has_heard = True
        super().take(data)

    def _work(self) -> None:
        """Take a turn's share of messages; what came behind them waits for the next turn.

        Not one message a turn, as from accepted connections: one connection carries all responses of a next hop, which
        would fall behind the requests that they answer.
        """
        framer = self._framer
        for _ in range(MESSAGES_PER_TURN - 1):
            if framer is None or not framer.buffered or not self._may_answer():
                break
            try:
                item = framer.next()
            except PeerError as error:
                self._refuse(error)
                return
            if item is None:
                break
            self._deliver(item)
        super()._work()

    def expire(self) -> None:
        """See `StreamConnection.expire`."""
        if self._phase is Phase.IDLE:
            self._why = Failure("idle", "nothing was sent on it for a while")
        super().expire()

    def finish(self) -> None:
        """See `StreamConnection.finish`."""
        self._why = Failure("finished", "it is no longer needed")
        super().finish()

    def abort(self, reason: str) -> None:
        """See `StreamConnection.abort`."""
        self._why = Failure("dropped", reason)
        super().abort(reason)

    def _broke(self, error: ChannelError) -> None:
        self._why = Failure("broken", str(error))
        super()._broke(error)

    def _gone(self) -> None:
        if self._phase is Phase.HANDSHAKE:
            self._why = self._connect.connect_failure() or self._why
        super()._gone()
        self._tell_end(self._why)

    def close(self) -> None:
        """See `StreamConnection.close`."""
        super().close()
        self._tell_end(self._why)

    def _tell_end(self, failure: Failure) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.ended(self, failure)
