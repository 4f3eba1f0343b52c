"""`StreamSocket`: a socket of a connection: its bytes in and out, its deadline, its end.

No peer can slow another down, because nothing here waits: a connection that is blocked on its peer is simply not looked
at. The sweep of `ConnectionTable` ends what passes its deadline.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from twisted.internet.interfaces import IReadWriteDescriptor
from zope.interface import implementer

from sertwist.transport.address import address_text, source_group
from sertwist.transport.channel import BrokenTlsError, Channel, ChannelError, PlainChannel
from sertwist.transport.outgoing import Outgoing
from sertwist.transport.phase import NEVER, OVER, Phase, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sertwist.limits import Limits
    from sertwist.tls.session import TlsSession
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver

__all__ = ["StreamSocket"]

MOST_PUT_OFF: Final = 65_536  # bytes of an answer that waits for its turn's end: a turn's are held all together
RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


@implementer(IReadWriteDescriptor)
class StreamSocket(ABC):
    """A TCP or TLS socket; what its bytes mean is a subclass's.

    Attributes:
        connection_id: unique in this process.
        protocol: `TLS` or `TCP`.
        source: peer address and port; `local` ours.
        tls: the finished handshake; None over TCP and before the handshake's end.
        verified: the peer has a verified certificate (for the bounds; the script asks `tls.peer` each time).
        deadline: monotonic seconds at which `expire` is due.
        opened_at: seconds since the epoch.
        outbound: whether we opened it.
        source_group: who is counted as one source with the peer.
    """

    __slots__ = (
        "_channel",
        "_close_after",
        "_flushed",
        "_idle_timeout",
        "_limits",
        "_out",
        "_peer_ended",
        "_phase",
        "_reactor",
        "_reading",
        "_receiver",
        "_sending",
        "_sock",
        "_table",
        "_writing",
        "connection_id",
        "deadline",
        "local",
        "opened_at",
        "outbound",
        "protocol",
        "source",
        "source_group",
        "tls",
        "verified",
    )

    def __init__(
        self,
        sock: socket.socket,
        addresses: tuple[tuple[str, int], tuple[str, int]],
        protocol: str,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Take over `sock` (non-blocking); `addresses` are the peer's and ours."""
        self._reactor, self._table, self._limits = owner
        limits = self._limits.connection
        self._sock = sock
        self.source, self.local = addresses
        self._receiver = receiver
        self.connection_id = self._table.next_id()
        self.protocol = protocol
        self.tls: TlsSession | None = None
        self.verified = False
        self.opened_at = self._table.wall_clock()
        self.outbound = False
        self.source_group = source_group(self.source[0])
        self._channel: Channel = PlainChannel(sock)
        self._out = Outgoing()
        self._flushed: list[Callable[[], None]] = []
        self._close_after = False
        self._peer_ended = False
        self._sending = False  # what is queued is sent when this turn ends
        self._reading = False
        self._writing = False
        self._idle_timeout = limits.http_idle_timeout
        self._phase = Phase.HANDSHAKE
        self.deadline = self._table.clock() + limits.handshake_timeout

    @abstractmethod
    def take(self, data: bytes) -> None:
        """Take what was received, at least one byte."""

    @abstractmethod
    def finish(self) -> None:
        """Answer what is being answered, then close."""

    @abstractmethod
    def expire(self) -> None:
        """The deadline has passed."""

    @abstractmethod
    def _work(self) -> None:
        """Everything that was queued is sent: go on with what was received."""

    @abstractmethod
    def _queue_rest(self) -> None:
        """See to it that what has not had its turn gets one."""

    @abstractmethod
    def _settle(self) -> None:
        """Find out what is waited for now, hence the deadline and what the reactor watches."""

    # -- life ----------------------------------------------------------------------------------------------------------

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

    def close(self) -> None:
        """End our side, and give the peer a moment to end its own; what is queued is not sent any more."""
        if self._sending and self._phase not in OVER:  # but what was answered in this turn
            self._flush()
        if self._phase in OVER:
            return
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

    def no_longer_verified(self) -> None:
        """The peer has no privileges left: it does not count among those with a verified certificate."""
        if self.verified:
            self.verified = False
            self._table.count_unverified(self)

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

    def _enter(self, phase: Phase) -> None:
        """Begin a phase, and its time."""
        self._phase = phase
        seconds = self._idle_timeout if phase is Phase.IDLE else seconds_of(phase, self._limits.connection)
        self.deadline = self._table.clock() + seconds

    # -- the reactor's side --------------------------------------------------------------------------------------------

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

    def _drain(self) -> None:
        """Throw away what still comes, so that our last answer is not lost to a reset."""
        try:
            if not self._sock.recv(65_536):
                self._gone()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._gone()

    # -- bytes out -----------------------------------------------------------------------------------------------------

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
