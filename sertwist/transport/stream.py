"""One stream connection: its bytes in and out, its bounds, its deadline, its peer.

No peer can slow another down, because nothing here waits: a connection that is blocked on its peer is simply not looked
at. Messages of one connection are answered strictly in order, one at a time; while an answer waits to be taken nothing
more is read, so a peer that does not read costs itself one answer's memory. What is pipelined behind a message waits in
the `Backlog`. The sweep of `ConnectionTable` ends what passes its deadline.
"""

from __future__ import annotations

import enum
import fcntl
import socket
import struct
import termios
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from OpenSSL import SSL
from twisted.internet.interfaces import IReadWriteDescriptor
from zope.interface import implementer

from sertwist.errors import PeerError
from sertwist.rpc.http_framer import HttpFramer, SendContinue
from sertwist.rpc.http_response import build_continue
from sertwist.sip.framer import KeepAlive, SipFramer, first_line_protocol
from sertwist.tls.failure import Failure, describe_failure
from sertwist.transport.channel import Channel, ChannelError, PlainChannel, TlsChannel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.defer import Deferred

    from sertwist.limits import Limits
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.tls.context import ServerContextFactory
    from sertwist.tls.session import TlsSession
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.reactor import SocketReactor

__all__ = ["Phase", "StreamConnection", "StreamReceiver"]

BYTES_PER_TURN: Final = 262_144  # of one answer, likewise
TLS_HANDSHAKE_RECORD: Final = 0x16  # RFC 8446 5.1: the first byte of a ClientHello's record
NEVER: Final = float("inf")


class Phase(enum.Enum):
    """What the connection's deadline is about."""

    HANDSHAKE = "handshake"
    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    ANSWERING = "answering"
    WRITING = "writing"
    LINGER = "linger"
    CLOSED = "closed"


_OVER: Final = (Phase.LINGER, Phase.CLOSED)


class StreamReceiver(Protocol):
    """Who takes messages from connections. A Deferred means that the answer comes later; None that it was given."""

    def receive_sip(self, connection: StreamConnection, data: bytes) -> Deferred[None] | None:
        """Take one whole SIP message."""

    def receive_http(self, connection: StreamConnection, request: HttpRequest) -> Deferred[None] | None:
        """Take one whole HTTP request."""

    def refuse_bytes(self, connection: StreamConnection, error: PeerError, protocol: str) -> bytes:
        """What to tell a peer whose bytes broke a rule, before its connection is closed; may be empty."""

    def tls_failed(self, connection: StreamConnection, failure: Failure) -> None:
        """Log and count a handshake that failed."""

    def dropped(self, connection: StreamConnection, reason: str) -> None:
        """Log and count a connection that was ended for a bound."""


@implementer(IReadWriteDescriptor)
class StreamConnection:
    """An accepted TCP or TLS connection.

    Attributes:
        connection_id: unique in this process.
        source: peer address and port; `local` ours.
        tls: the finished handshake; None over TCP and before the handshake's end.
        verified: the peer has a verified certificate (for the bounds; the script asks `tls.peer` each time).
        deadline: monotonic seconds at which `expire` is due.
    """

    __slots__ = (
        "_bytes_out",
        "_channel",
        "_close_after",
        "_factory",
        "_flushed",
        "_framer",
        "_limits",
        "_ossl",
        "_out",
        "_peer_ended",
        "_phase",
        "_protocol",
        "_reactor",
        "_reading",
        "_receiver",
        "_scheduled",
        "_sock",
        "_steps",
        "_table",
        "_waiting",
        "_writing",
        "connection_id",
        "deadline",
        "local",
        "source",
        "tls",
        "verified",
    )

    def __init__(
        self,
        sock: socket.socket,
        addresses: tuple[tuple[str, int], tuple[str, int]],
        factory: ServerContextFactory | None,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Take over `sock` (non-blocking); `addresses` are the peer's and ours; `factory` makes it a TLS connection."""
        self._reactor, self._table, self._limits = owner
        self._sock = sock
        self.source, self.local = addresses
        self._factory = factory
        self._receiver = receiver
        self.connection_id = self._table.next_id()
        self.tls: TlsSession | None = None
        self.verified = False
        self._ossl: SSL.Connection | None = None
        self._channel: Channel = PlainChannel(sock)
        self._framer: SipFramer | HttpFramer | None = None
        self._protocol = b""  # bytes until the protocol is known
        self._out: deque[memoryview] = deque()
        self._bytes_out = 0
        self._flushed: list[Callable[[], None]] = []
        self._close_after = False
        self._peer_ended = False
        self._waiting = False  # an answer comes later
        self._scheduled = False  # a further turn is due
        self._reading = False
        self._writing = False
        self._steps = 0
        self._phase = Phase.HANDSHAKE
        self.deadline = self._table.clock() + self._limits.connection.handshake_timeout

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to read; a plain connection is established at once."""
        self._table.add(self)
        if self._phase is Phase.CLOSED:
            return
        self._read(on=True)
        if self._factory is None:
            self._established(verified=False)

    def _established(self, *, verified: bool) -> None:
        refusal = self._table.handshake_ended(self, verified=verified)
        if refusal:
            self.abort(refusal)
            return
        self._enter(Phase.IDLE)

    @property
    def source_text(self) -> str:
        """The peer's address and port in words."""
        host, port = self.source
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def protocol(self) -> str:
        """`TLS` or `TCP`."""
        return "TCP" if self._factory is None else "TLS"

    @property
    def state(self) -> str:
        """`handshake`, `open` or `closing`, for `tls.list`."""
        if self._phase is Phase.HANDSHAKE:
            return "handshake"
        return "closing" if self._phase in _OVER or self._close_after else "open"

    @property
    def queued_bytes(self) -> int:
        """Answer bytes that the peer has yet to take."""
        return self._bytes_out

    def seconds_left(self) -> int:
        """Until the present deadline; -1 while an answer is being made, which has none."""
        return -1 if self.deadline == NEVER else max(0, int(self.deadline - self._table.clock()))

    def finish(self) -> None:
        """Answer what is being answered, then close."""
        self._close_after = True
        if self._phase is not Phase.CLOSED and not self._waiting and not self._out:
            self.close()

    def close(self) -> None:
        """Send what is queued no longer, end our side, give the peer a moment to end its own."""
        if self._phase in _OVER:
            return
        self._channel.end()
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._gone()
            return
        self._out.clear()
        self._bytes_out = 0
        self._write_interest(on=False)
        self._enter(Phase.LINGER)
        if self._peer_ended:
            self._gone()
            return
        self._read(on=True)

    def abort(self, reason: str) -> None:
        """End at once with a reset; `reason` goes to the log."""
        if self._phase is Phase.CLOSED:
            return
        self._receiver.dropped(self, reason)
        self._reset()

    def _reset(self) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._gone()

    def _gone(self) -> None:
        if self._phase is Phase.CLOSED:
            return
        self._read(on=False)
        self._write_interest(on=False)
        self._phase = Phase.CLOSED
        self.deadline = NEVER
        self._out.clear()
        self._bytes_out = 0
        self._table.remove(self)
        self._sock.close()
        self._ossl = None
        flushed, self._flushed = self._flushed, []
        for call in flushed:  # the peer left before it took its answer: what was to follow the answer still follows
            call()

    def is_delivered(self) -> bool:
        """Whether the peer's kernel has acknowledged all that was sent (Linux SIOCOUTQ)."""
        if self._phase is Phase.CLOSED:
            return True
        if self._phase is not Phase.LINGER:
            return False
        (unacknowledged,) = struct.unpack("i", fcntl.ioctl(self._sock, termios.TIOCOUTQ, b"\0\0\0\0"))
        return bool(unacknowledged == 0)

    def expire(self) -> None:
        """The deadline has passed."""
        phase = self._phase
        if phase is Phase.HANDSHAKE:
            self._receiver.tls_failed(self, Failure("timeout", "the handshake took too long"))
            self._reset()
        elif phase in (Phase.HEAD, Phase.BODY):
            self._refuse(PeerError("the message took too long", code="slow-message", status_hint=408))
        elif phase is Phase.WRITING:
            self.abort("the peer does not read its answers")
        elif phase is Phase.LINGER:
            self._gone()
        else:
            self.close()

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
        phase = self._phase
        if phase is Phase.HANDSHAKE:
            self._handshake()
            return
        if phase is Phase.LINGER:
            self._drain()
            return
        try:
            data = self._channel.receive()
        except ChannelError:
            self._gone()
            return
        if data:
            self._take(data)
        elif data is not None:
            self._peer_ended = True
            self._read(on=False)
            self._settle()

    def doWrite(self) -> None:  # noqa: N802 (Twisted's name)
        """The socket is writable."""
        if self._phase is Phase.HANDSHAKE:
            self._handshake()
            return
        self._flush()
        if not self._out and self._phase is not Phase.CLOSED:
            self._work()

    def _read(self, *, on: bool) -> None:
        if on is not self._reading:
            self._reading = on
            (self._reactor.addReader if on else self._reactor.removeReader)(self)

    def _write_interest(self, *, on: bool) -> None:
        if on is not self._writing:
            self._writing = on
            (self._reactor.addWriter if on else self._reactor.removeWriter)(self)

    # -- handshake ----------------------------------------------------------------------------------------------------

    def _handshake(self) -> None:
        if self._ossl is None and not self._begin_handshake():
            return
        assert self._ossl is not None  # noqa: S101 (made by _begin_handshake)
        self._steps += 1
        try:
            self._ossl.do_handshake()
        except SSL.WantReadError:
            self._write_interest(on=False)
            if self._steps > self._limits.connection.max_handshake_steps:
                self._receiver.tls_failed(self, Failure("too-many-steps", "the handshake came in too many pieces"))
                self._reset()
        except SSL.WantWriteError:
            self._write_interest(on=True)
        except Exception as error:  # noqa: BLE001 (whatever a handshake raises ends this connection only)
            self._handshake_failed(error)
        else:
            self._handshake_done()

    def _begin_handshake(self) -> bool:
        """Make the OpenSSL connection when the first byte is a handshake's; only then does it cost memory."""
        assert self._factory is not None  # noqa: S101 (only TLS connections are in this phase)
        try:
            first = self._sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self._gone()
            return False
        if not first:
            self._gone()
            return False
        if first[0] != TLS_HANDSHAKE_RECORD:
            self._receiver.tls_failed(self, Failure("not-tls", "what came is not TLS"))
            self._reset()
            return False
        self._ossl = self._factory.server_connection(self._sock)
        return True

    def _handshake_done(self) -> None:
        assert self._factory is not None  # noqa: S101 (only TLS connections are in this phase)
        assert self._ossl is not None  # noqa: S101 (the handshake went over it)
        self._write_interest(on=False)
        try:
            self.tls = self._factory.finish(self._ossl)
        except Exception as error:  # noqa: BLE001 (no identity, no connection)
            self._handshake_failed(error)
            return
        self._channel = TlsChannel(self._ossl)
        self._established(verified=self.tls.peer.verdict(self._table.wall_clock()).verified)

    def _handshake_failed(self, error: Exception) -> None:
        assert self._ossl is not None  # noqa: S101 (the handshake went over it)
        self._receiver.tls_failed(self, describe_failure(error, self._ossl.get_app_data()))
        self._phase = Phase.IDLE  # OpenSSL has queued its alert: close so that the peer can read it
        self.close()

    # -- messages in --------------------------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        framer = self._framer
        if framer is None:
            self._protocol += data
            framer = self._choose_framer()
            if framer is None:
                return
            data, self._protocol = self._protocol, b""
        framer.feed(data)
        self._work()

    def _choose_framer(self) -> SipFramer | HttpFramer | None:
        """The first line decides for the whole connection: SIP and HTTP are never mixed (reference rpc 2.2)."""
        protocol = first_line_protocol(self._protocol)
        if protocol == "sip":
            self._framer = SipFramer(self._limits.sip)
        elif protocol == "http":
            self._framer = HttpFramer(self._limits.http)
        elif protocol == "bad":
            self._receiver.dropped(self, "the first line is neither SIP nor HTTP")
            self._reset()
        else:
            self._enter(Phase.HEAD)
        return self._framer

    @property
    def speaks(self) -> str:
        """`http`, `sip`, or empty while that is not known."""
        if self._framer is None:
            return ""
        return "http" if isinstance(self._framer, HttpFramer) else "sip"

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
                if framer.buffered and not self._scheduled and self._may_answer():
                    self._scheduled = True
                    self._table.backlog.add(self)
        self._settle()

    def _may_answer(self) -> bool:
        """Nothing is being answered, nothing waits to be taken, nothing is over."""
        return not (self._waiting or self._out or self._close_after or self._phase in _OVER)

    def take_turn(self) -> None:
        """The backlog has come to this connection."""
        self._scheduled = False
        if self._phase not in _OVER:
            self._work()

    def _deliver(self, item: bytes | KeepAlive | HttpRequest | SendContinue) -> None:
        self._phase = Phase.IDLE  # the next message's time starts anew
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
            self._waiting = True
            pending.addBoth(self._answer_came)

    def _answer_came(self, _result: object) -> None:
        self._waiting = False
        if self._phase not in _OVER:
            self._work()

    def _refuse(self, error: PeerError) -> None:
        """The peer's bytes broke a rule: say so and close."""
        self._close_after = True
        self.write(self._receiver.refuse_bytes(self, error, self.speaks))
        self._settle()

    def _settle(self) -> None:
        """What the connection waits for now, hence its deadline and what the reactor watches."""
        if self._phase in _OVER:
            return
        if self._out:
            if self._phase is not Phase.WRITING:
                self._enter(Phase.WRITING)
        elif self._waiting:
            self._enter(Phase.ANSWERING)
        elif self._close_after or (self._peer_ended and not self._scheduled):
            self.close()
            return
        else:
            self._settle_reading()
        self._read(on=not (self._out or self._waiting or self._peer_ended or self._scheduled))

    def _settle_reading(self) -> None:
        framer = self._framer
        if framer is None:
            phase = Phase.HEAD if self._protocol else Phase.IDLE
        elif framer.in_body:
            phase = Phase.BODY
        else:
            phase = Phase.HEAD if framer.buffered else Phase.IDLE
        # A deadline is set when its phase begins and not moved by more bytes: a slow peer gains nothing.
        if phase is Phase.IDLE or phase is not self._phase:
            self._enter(phase)

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        limits = self._limits.connection
        if phase is Phase.IDLE:
            seconds = limits.idle_timeout if self.speaks == "sip" else limits.http_idle_timeout
        elif phase is Phase.HEAD:
            seconds = limits.head_timeout
        elif phase is Phase.BODY:
            seconds = limits.body_timeout
        elif phase is Phase.WRITING:
            seconds = limits.write_timeout
        elif phase is Phase.LINGER:
            seconds = limits.linger_timeout
        else:
            seconds = NEVER
        self.deadline = self._table.clock() + seconds

    def _drain(self) -> None:
        """Throw away what still comes, so that our last answer is not lost to a reset."""
        try:
            if not self._sock.recv(65_536):
                self._gone()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._gone()

    # -- bytes out ----------------------------------------------------------------------------------------------------

    def answer(self, data: bytes, *, close: bool = False, flushed: Iterable[Callable[[], None]] = ()) -> None:
        """Send an answer; then close if told to. `flushed` run once the kernel has taken the last byte."""
        self._close_after |= close
        self._flushed.extend(flushed)
        self.write(data)

    def write(self, data: bytes) -> None:
        """Send `data` after what is queued; a peer that leaves more than the bound unread is cut off."""
        if self._phase in _OVER:
            return
        if data:
            self._out.append(memoryview(data))
            self._bytes_out += len(data)
        if self._bytes_out > self._limits.connection.max_write_queue:
            self.abort("more answers are queued than the peer may leave unread")
        elif not self._writing:
            self._flush()

    def _flush(self) -> None:
        out, budget = self._out, BYTES_PER_TURN
        try:
            while out and budget > 0:
                taken = self._channel.send(out[0])
                if not taken:
                    break
                self._bytes_out -= taken
                budget -= taken
                if taken == len(out[0]):
                    out.popleft()
                else:
                    out[0] = out[0][taken:]
        except ChannelError:
            self._gone()
            return
        if out:
            self._write_interest(on=True)
            if budget < BYTES_PER_TURN or self._phase is not Phase.WRITING:
                self._enter(Phase.WRITING)
            return
        self._write_interest(on=False)
        if self._flushed:
            flushed, self._flushed = self._flushed, []
            for call in flushed:
                call()
