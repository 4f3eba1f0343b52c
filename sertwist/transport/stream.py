"""One stream connection: its bytes in and out, its bounds, its deadline, its peer.

No peer can slow another down, because nothing here waits: a connection that is blocked on its peer is simply not
looked at. HTTP requests of one connection are answered strictly in order, one at a time; a SIP message whose script
waits lets those behind it pass, up to a bound. While an answer waits to be taken nothing more is read, so a peer that
does not read costs itself one answer's memory; only the side that opened a connection goes on reading, since two ends
that both wait for the other would never end. What is pipelined behind a message waits in the `Backlog`. The sweep of
`ConnectionTable` ends what passes its deadline.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from typing import TYPE_CHECKING, Final

from twisted.internet.interfaces import IReadWriteDescriptor
from zope.interface import implementer

from sertwist.errors import PeerError
from sertwist.rpc.http_framer import HttpFramer, SendContinue
from sertwist.rpc.http_response import build_continue
from sertwist.sip.framer import KeepAlive, SipFramer, first_line_protocol
from sertwist.tls.failure import Failure, refuse_peer
from sertwist.transport.address import address_text, source_group
from sertwist.transport.channel import BrokenTlsError, Channel, ChannelError, PlainChannel
from sertwist.transport.domain_limits import domain_limits
from sertwist.transport.handshake import Handshake, Wanted
from sertwist.transport.outgoing import Outgoing
from sertwist.transport.phase import NEVER, OVER, Phase, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.defer import Deferred

    from sertwist.limits import Limits
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.session import TlsSession
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver

__all__ = ["StreamConnection"]

MOST_PUT_OFF: Final = (
    65_536  # bytes of an answer that waits for its turn's end: all of a turn are held at the same time
)
RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


@implementer(IReadWriteDescriptor)
class StreamConnection:
    """A TCP or TLS connection, accepted unless a subclass opens it.

    Attributes:
        connection_id: unique in this process.
        protocol: `TLS` or `TCP`.
        source: peer address and port; `local` ours.
        speaks: `sip` or `http`; empty while that is not known.
        tls: the finished handshake; None over TCP and before the handshake's end.
        verified: the peer has a verified certificate (for the bounds; the script asks `tls.peer` each time).
        deadline: monotonic seconds at which `expire` is due.
        opened_at: seconds since the epoch.
        outbound: whether we opened it.
        source_group: who is counted as one source with the peer.
        handshake_queued: the handshake waits for its turn, not for the peer.
    """

    __slots__ = (
        "_beginning",
        "_channel",
        "_close_after",
        "_flushed",
        "_framer",
        "_handshaking",
        "_has_spoken",
        "_idle_timeout",
        "_limits",
        "_most_waiting",
        "_out",
        "_peer_ended",
        "_phase",
        "_reactor",
        "_reading",
        "_receiver",
        "_scheduled",
        "_sending",
        "_sock",
        "_table",
        "_waiting",
        "_writing",
        "connection_id",
        "deadline",
        "handshake_queued",
        "local",
        "opened_at",
        "outbound",
        "protocol",
        "source",
        "source_group",
        "speaks",
        "tls",
        "verified",
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
        self._reactor, self._table, self._limits = owner
        limits = self._limits.connection
        self._sock = sock
        self.source, self.local = addresses
        self._receiver = receiver
        self.connection_id = self._table.next_id()
        self.protocol = "TCP" if handshake is None else "TLS"
        self.tls: TlsSession | None = None
        self.verified = False
        self.opened_at = self._table.wall_clock()
        self.outbound = False
        self.source_group = source_group(self.source[0])
        self.handshake_queued = False
        self._handshaking = handshake
        self._channel: Channel = PlainChannel(sock)
        self.speaks = ""
        self._framer: SipFramer | HttpFramer | None = None
        self._beginning = b""  # bytes until the protocol is known
        self._out = Outgoing()
        self._flushed: list[Callable[[], None]] = []
        self._close_after = False
        self._has_spoken = False  # a message came whole: from the next one on it is an established connection's
        self._peer_ended = False
        self._waiting = 0  # messages whose answers come later
        self._most_waiting = 1
        self._scheduled = False  # it has its place in the backlog
        self._sending = False  # what is queued is sent when this turn ends
        self._reading = False
        self._writing = False
        self._idle_timeout = limits.http_idle_timeout
        self._phase = Phase.HANDSHAKE
        self.deadline = self._table.clock() + limits.handshake_timeout

    # -- life ---------------------------------------------------------------------------------------------------------

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

    @property
    def source_text(self) -> str:
        """The peer's address and port in words."""
        return address_text(self.source)

    @property
    def state(self) -> str:
        """`handshake`, `open` or `closing`, for `tls.list`."""
        if self._phase is Phase.HANDSHAKE:
            return "handshake"
        return "closing" if self._phase in OVER or self._close_after else "open"

    @property
    def is_usable(self) -> bool:
        """Whether a message of ours may be sent on it now."""
        return not (self._phase is Phase.HANDSHAKE or self._phase in OVER or self._close_after or self._peer_ended)

    @property
    def queued_bytes(self) -> int:
        """Answer bytes that the peer has yet to take."""
        return self._out.size

    def seconds_left(self) -> int:
        """Until the present deadline; -1 while an answer is being made, which has none."""
        return -1 if self.deadline == NEVER else max(0, int(self.deadline - self._table.clock()))

    def finish(self) -> None:
        """Answer what is being answered, then close."""
        self._close_after = True
        if self._phase is not Phase.CLOSED and not self._waiting and not self._out.size:
            self.close()

    def close(self) -> None:
        """End our side, and give the peer a moment to end its own; what is queued is not sent any more."""
        if self._sending and self._phase not in OVER:  # but what was answered in this turn
            self._flush()
        if self._phase in OVER:
            return
        self._handshaking = None  # a handshake that is still going on ends here
        self._channel.end()
        self._out.clear()
        self._table.unread.note(self.connection_id, 0)
        self._write_interest(on=False)
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._gone()
            return
        if self._peer_ended:
            self._gone()
            return
        self._enter(Phase.LINGER)
        self._read(on=True)

    def abort(self, reason: str) -> None:
        """End at once with a reset; `reason` goes to the log."""
        if self._phase is not Phase.CLOSED:
            self._receiver.dropped(self, reason)
            self._reset()

    def turn_away(self, reason: str) -> None:
        """End at once for a bound on how many there may be."""
        self._receiver.refused(reason)
        self.abort(reason)

    def _reset(self) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._gone()

    def _broke(self, error: ChannelError) -> None:
        """The socket or the TLS session failed."""
        if isinstance(error, BrokenTlsError):
            self._receiver.dropped(self, str(error))
        self._gone()

    def _gone(self) -> None:
        if self._phase is Phase.CLOSED:
            return
        self._read(on=False)
        self._write_interest(on=False)
        self._phase = Phase.CLOSED
        self.deadline = NEVER
        self._out.clear()
        self._table.remove(self)
        self._sock.close()
        self._run_flushed()  # the peer left before it took its answer: what was to follow it still follows

    def is_delivered(self) -> bool:
        """Whether the peer's kernel has acknowledged all that was sent (Linux SIOCOUTQ)."""
        if self._phase is not Phase.LINGER:
            return self._phase is Phase.CLOSED
        (unacknowledged,) = struct.unpack("i", fcntl.ioctl(self._sock, termios.TIOCOUTQ, b"\0\0\0\0"))
        return bool(unacknowledged == 0)

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

    def _enter(self, phase: Phase) -> None:
        """Begin a phase, and its time."""
        self._phase = phase
        seconds = self._idle_timeout if phase is Phase.IDLE else seconds_of(phase, self._limits.connection)
        self.deadline = self._table.clock() + seconds

    # -- the reactor's side -------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """See `IFileDescriptor`."""
        return self._sock.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        """See `ILoggingContext`."""
        return "sertwist"

    def connectionLost(self, _reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor saw the descriptor fail, or stops."""
        self._gone()

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """The socket is readable."""
        if self._handshaking is not None:
            self._queue_handshake()
            return
        if self._phase is Phase.LINGER:
            self._drain()
            return
        try:
            data = self._channel.receive()
        except ChannelError as error:
            self._broke(error)
            return
        if data:
            self._table.turn.received(self, data)
        elif data is not None:
            self._peer_ended = True
            self._read(on=False)
            self._settle()

    def doWrite(self) -> None:  # noqa: N802 (Twisted's name)
        """The socket is writable."""
        if self._handshaking is not None:
            self._queue_handshake()
            return
        self._flush()
        if not self._out.size and self._phase is not Phase.CLOSED:
            self._work()

    def _read(self, *, on: bool) -> None:
        if on is not self._reading:
            self._reading = on
            (self._reactor.addReader if on else self._reactor.removeReader)(self)

    def _write_interest(self, *, on: bool) -> None:
        if on is not self._writing:
            self._writing = on
            (self._reactor.addWriter if on else self._reactor.removeWriter)(self)

    def _queue_handshake(self) -> None:
        """It can go on, but when is for the queue to say."""
        if (
            self.handshake_queued
        ):  # most have their turn before the kernel tells twice: so they are watched on until then
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

    def _drain(self) -> None:
        """Throw away what still comes, so that our last answer is not lost to a reset."""
        try:
            if not self._sock.recv(65_536):
                self._gone()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._gone()

    # -- messages in --------------------------------------------------------------------------------------------------

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

    def _deliver(self, item: bytes | KeepAlive | HttpRequest | SendContinue) -> None:
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
        else:
            pending = self._receiver.receive_http(self, item)
        if pending is not None:
            self._waiting += 1
            pending.addBoth(self._answer_came)

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

    # -- bytes out ----------------------------------------------------------------------------------------------------

    def answer(self, data: bytes, *, close: bool = False, flushed: Iterable[Callable[[], None]] = ()) -> None:
        """Send an answer; then close if told to. `flushed` run once the kernel has taken the last byte."""
        self._close_after |= close
        self._flushed.extend(flushed)
        self.write(data)

    def send(self, data: bytes) -> None:
        """Send a message that answers none of those that came on this connection."""
        self.write(data)
        self._settle()

    def write(self, data: bytes) -> None:
        """Send `data` after what is queued, when its turn ends; a peer that leaves too much unread is cut off."""
        if self._phase in OVER:
            return
        if data:
            self._out.add(data)
        if self._writing:
            self._cut_off_if_behind()
        elif not self._sending:
            self._sending = self._out.size <= MOST_PUT_OFF and self._table.turn.will_send(self)
            if not self._sending:
                self._flush()

    def send_queued(self) -> None:
        """All that were ready have answered: send what is queued, then go on."""
        self._sending = False
        if self._phase not in OVER:
            self._flush()
            self._queue_rest()
            self._settle()

    def _flush(self) -> None:
        if self._out.size:
            try:
                taken = self._out.flush(self._channel)
            except ChannelError as error:
                self._broke(error)
                return
            if self._out.size:
                self._write_interest(on=True)
                if taken or self._phase is not Phase.WRITING:
                    self._enter(Phase.WRITING)
                self._cut_off_if_behind()
                return
            if self._phase is Phase.WRITING:
                self._table.unread.note(self.connection_id, 0)
        self._write_interest(on=False)
        self._run_flushed()

    def _cut_off_if_behind(self) -> None:
        if self._out.size > self._limits.connection.max_write_queue:
            self.abort("more answers are queued than the peer may leave unread")
            return
        most = self._table.unread.note(self.connection_id, self._out.size)
        if most is not None and (victim := self._table.get(most)) is not None:
            victim.abort("peers leave more answers unread than there is room for, this one most")

    def _run_flushed(self) -> None:
        if self._flushed:
            flushed, self._flushed = self._flushed, []
            for call in flushed:
                call()
