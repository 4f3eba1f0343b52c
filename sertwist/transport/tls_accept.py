"""Take an accepted socket through its TLS handshake, a step at a time, never waiting for the peer.

The ClientHello is looked at while it is still in the kernel: the name in it chooses the TLS domain, so every domain has
a context of its own, with its own versions, verification and tickets. Until the hello is whole there is no OpenSSL
object, and the socket does not become readable again before as much has come as is missing (SO_RCVLOWAT): a peer that
stalls in its hello costs a descriptor, one that trickles it no more than a few looks (reference tls 4.3).

The handshake itself is fed a record at a time, whole ones only and a few a step, through OpenSSL's memory: left to read
the socket itself it would go on for as long as bytes come, 200 ms for one certificate in records of a byte. When it is
done OpenSSL gets the socket; what came behind the last record of the handshake is still in there.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

from sertwist.errors import ConfigError
from sertwist.tls._ossl import attach
from sertwist.tls.client_hello import Alert, BadHello, HelloReader, read_server_name
from sertwist.tls.failure import Failure, describe_failure
from sertwist.transport.channel import TlsChannel
from sertwist.transport.handshake import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.limits import ConnectionLimits
    from sertwist.tls.client_hello import ClientHello
    from sertwist.tls.context import ServerContextFactory
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.session import TlsSession

__all__ = ["TlsAccept"]

TCP_ESTABLISHED: Final = 1  # first byte of Linux' struct tcp_info
FATAL_ALERT: Final = b"\x15\x03\x01\x00\x02\x02"  # an alert record but for the alert's number
RECORD_HEAD: Final = 5  # type, version, length
RECORD_SIZE: Final = RECORD_HEAD + 16_384 + 2_048  # of a sealed one, by TLS 1.2; 1.3 allows less
MOST_AT_ONCE: Final = 262_144  # more than all certificates of one flight


class _TooManyStepsError(Exception):
    """The bound on the pieces of one handshake is passed."""


class TlsAccept:
    """A handshake in progress."""

    __slots__ = (
        "_answered",
        "_choose",
        "_factory",
        "_hello",
        "_is_done",
        "_limits",
        "_ossl",
        "_seen",
        "_server_name",
        "_sock",
        "_steps",
        "_unsent",
    )

    def __init__(
        self, sock: socket.socket, choose: Callable[[ClientHello], ServerContextFactory], limits: ConnectionLimits
    ) -> None:
        """`choose` says which domain serves the hello; it raises `ConfigError` when none does."""
        self._sock = sock
        self._choose = choose
        self._limits = limits
        self._hello: HelloReader | None = HelloReader(limits.max_client_hello)
        self._seen = 0  # bytes that were not enough, when last looked at
        self._server_name = ""
        self._factory: ServerContextFactory | None = None
        self._ossl: SSL.Connection | None = None
        self._steps = 0
        self._answered = False
        self._is_done = False
        self._unsent = b""

    def step(self) -> Wanted | Failure | tuple[TlsChannel, TlsSession]:
        """Go on as far as can be done now: what is wanted next, why it failed, or the finished session."""
        try:
            self._count_step()
            if self._ossl is None:
                unfinished = self._read_hello()
                if unfinished is not None:
                    return unfinished
            return self._handshake()
        except _TooManyStepsError:
            return Failure("too-many-steps", "the handshake came in too many pieces")
        except Exception as error:  # noqa: BLE001 (whatever a handshake raises ends this connection and nothing else)
            with contextlib.suppress(OSError):
                self._flush()  # OpenSSL's alert
            return describe_failure(error, None if self._ossl is None else self._ossl.get_app_data())

    @property
    def domain(self) -> TLSDomain | None:
        """See `Handshake.domain`."""
        return None if self._factory is None else self._factory.domain

    @property
    def has_answered(self) -> bool:
        """Whether an alert may be on its way to the peer, so that a reset would lose it."""
        return self._answered or self._ossl is not None

    # -- before OpenSSL -----------------------------------------------------------------------------------------------

    def _read_hello(self) -> Wanted | Failure | None:
        """Look at what has come; None when the hello is whole and its domain chosen."""
        assert self._hello is not None  # noqa: S101 (until there is an OpenSSL connection)
        data = self._look(self._limits.max_client_hello)
        if not isinstance(data, bytes):
            return data
        found = self._hello.read(data)
        if isinstance(found, int):
            return self._wait_for(found, len(data))
        if isinstance(found, BadHello):
            return self._refuse(Failure(found.code, found.words), found.alert)
        # Whoever has left after the hello is not worth a signature.
        return self._begin(found) if self._is_open() else self._closed()

    def _is_open(self) -> bool:
        """Whether the peer has not ended its side, whatever is still to be read of it."""
        state = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        return state[0] == TCP_ESTABLISHED

    def _look(self, most: int) -> bytes | Wanted | Failure:
        """What has come, left where it is."""
        try:
            data = self._sock.recv(most, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return Wanted.READ
        except OSError:
            data = b""
        return data or self._closed()

    def _closed(self) -> Failure:
        when = "before" if self._ossl is None else "during"
        return Failure("closed", f"the peer closed the connection {when} the handshake")

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps > self._limits.max_handshake_steps:
            raise _TooManyStepsError

    def _wait_for(self, needed: int, have: int) -> Wanted | Failure:
        """Be called again when `needed` bytes are there, or the peer has ended."""
        if have == self._seen:  # readable, but nothing new: its end, or a kernel that does not honour the mark
            return Wanted.PAUSE if self._is_open() else self._closed()
        self._seen = have
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, needed)
        except OSError:
            return Wanted.PAUSE
        return Wanted.READ

    def _forget_mark(self) -> None:
        if self._seen:
            self._seen = 0
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def _begin(self, hello: ClientHello) -> Failure | None:
        self._server_name = hello.server_name
        try:
            self._factory = self._choose(hello)
        except ConfigError as error:
            return self._refuse(Failure("no-domain", str(error)), Alert.UNRECOGNIZED_NAME)
        self._ossl = self._factory.server_connection(None)
        self._hello = None
        return None

    def _refuse(self, failure: Failure, alert: int) -> Failure:
        """Tell the peer why, as OpenSSL would, if there is room and it can be understood."""
        if alert:
            self._answered = True
            with contextlib.suppress(OSError):
                self._sock.send(FATAL_ALERT + bytes((alert,)))
        return failure

    # -- OpenSSL ------------------------------------------------------------------------------------------------------

    def _handshake(self) -> Wanted | Failure | tuple[TlsChannel, TlsSession]:
        if not self._flush():
            return Wanted.WRITE
        if not self._is_done:
            unfinished = self._feed()
            if unfinished is not None:
                return unfinished
        return self._finish() if self._flush() else Wanted.WRITE

    def _feed(self) -> Wanted | Failure | None:
        """Hand over the records that are whole, up to a step's share; None when the handshake is done."""
        data = self._look(RECORD_SIZE)
        if not isinstance(data, bytes):
            return data
        at, end = 0, _record_end(data, 0)
        share = self._limits.handshake_records
        try:
            while at < end <= len(data) and share and not self._is_done:
                record, at = data[at:end], end
                self._take(record)
                end, share = _record_end(data, at), share - 1
        finally:
            if at:
                self._sock.recv(at)  # they are OpenSSL's now
                self._collect()
        if self._is_done:
            return None
        if not self._flush():
            return Wanted.WRITE
        return self._wait_for(end, len(data)) if not at else Wanted.READ

    def _take(self, record: bytes) -> None:
        assert self._ossl is not None  # noqa: S101 (made by _begin)
        self._count_step()
        self._forget_mark()
        self._ossl.bio_write(record)
        try:
            self._ossl.do_handshake()
        except SSL.WantReadError:
            return
        self._is_done = True

    def _collect(self) -> None:
        """Take what OpenSSL has to say, an alert as well."""
        assert self._ossl is not None  # noqa: S101 (made by _begin)
        with contextlib.suppress(SSL.WantReadError):  # nothing
            self._unsent += self._ossl.bio_read(MOST_AT_ONCE)

    def _flush(self) -> bool:
        """Send what waits; whether all of it is gone."""
        if self._unsent:
            try:
                self._unsent = self._unsent[self._sock.send(self._unsent) :]
            except (BlockingIOError, InterruptedError):
                return False
        return not self._unsent

    def _finish(self) -> Failure | tuple[TlsChannel, TlsSession]:
        assert self._ossl is not None  # noqa: S101 (made by _begin)
        assert self._factory is not None  # noqa: S101 (likewise)
        sent = self._ossl.get_servername()  # a second hello (RFC 8446 4.1.4) must not name another server
        if sent is not None and read_server_name(sent)[0] != self._server_name:
            return Failure("server-name", "the server name changed during the handshake")
        attach(self._ossl, self._sock)
        return TlsChannel(self._ossl), self._factory.finish(self._ossl)


def _record_end(data: bytes, at: int) -> int:
    """Where the record at `at` ends, as far as that is known; one that is too long is OpenSSL's to refuse at once."""
    end = at + RECORD_HEAD
    if len(data) < end:
        return end
    length = int.from_bytes(data[at + 3 : end])
    return end + length if end + length - at <= RECORD_SIZE else len(data)
