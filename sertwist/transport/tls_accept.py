"""Take an accepted socket through its TLS handshake, a step at a time, never waiting for the peer.

The ClientHello is looked at while it is still in the kernel: the name in it chooses the TLS domain, so every domain has
a context of its own, with its own versions, verification and tickets. Until the hello is whole there is no OpenSSL
object, and the socket does not become readable again before as much has come as is missing (SO_RCVLOWAT): a peer that
stalls in its hello costs a descriptor, one that trickles it no more than a few looks (reference tls 4.3).
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

from sertwist.errors import ConfigError
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
_CLOSED: Final = Failure("closed", "the peer closed the connection before the handshake")


class TlsAccept:
    """A handshake in progress."""

    __slots__ = (
        "_answered",
        "_choose",
        "_factory",
        "_hello",
        "_limits",
        "_ossl",
        "_seen",
        "_server_name",
        "_sock",
        "_steps",
    )

    def __init__(
        self, sock: socket.socket, choose: Callable[[ClientHello], ServerContextFactory], limits: ConnectionLimits
    ) -> None:
        """`choose` says which domain serves the hello; it raises `ConfigError` when none does."""
        self._sock = sock
        self._choose = choose
        self._limits = limits
        self._hello: HelloReader | None = HelloReader(limits.max_client_hello)
        self._seen = 0  # bytes of the hello
        self._server_name = ""
        self._factory: ServerContextFactory | None = None
        self._ossl: SSL.Connection | None = None
        self._steps = 0
        self._answered = False

    def step(self) -> Wanted | Failure | tuple[TlsChannel, TlsSession]:
        """Go on as far as can be done now: what is wanted next, why it failed, or the finished session."""
        self._steps += 1
        if self._steps > self._limits.max_handshake_steps:
            return Failure("too-many-steps", "the handshake came in too many pieces")
        try:
            if self._ossl is None:
                unfinished = self._read_hello()
                if unfinished is not None:
                    return unfinished
            return self._handshake()
        except Exception as error:  # noqa: BLE001 (whatever a handshake raises ends this connection and nothing else)
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
        try:
            data = self._sock.recv(self._limits.max_client_hello, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return Wanted.READ
        except OSError:
            return _CLOSED
        if not data:
            return _CLOSED
        found = self._hello.read(data)
        if isinstance(found, int):
            return self._wait_for(found, len(data))
        if isinstance(found, BadHello):
            return self._refuse(Failure(found.code, found.words), found.alert)
        # Whoever has left after the hello is not worth a signature.
        return self._begin(found) if self._is_open() else _CLOSED

    def _is_open(self) -> bool:
        """Whether the peer has not ended its side, whatever is still to be read of it."""
        state = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        return state[0] == TCP_ESTABLISHED

    def _wait_for(self, needed: int, have: int) -> Wanted | Failure:
        """Be called again when `needed` bytes are there, or the peer has ended."""
        if have == self._seen:  # readable, but nothing new: its end, or a kernel that does not honour the mark
            return Wanted.PAUSE if self._is_open() else _CLOSED
        self._seen = have
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, needed)
        except OSError:
            return Wanted.PAUSE
        return Wanted.READ

    def _begin(self, hello: ClientHello) -> Failure | None:
        if self._seen:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        self._server_name = hello.server_name
        try:
            self._factory = self._choose(hello)
        except ConfigError as error:
            return self._refuse(Failure("no-domain", str(error)), Alert.UNRECOGNIZED_NAME)
        self._ossl = self._factory.server_connection(self._sock)
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
        assert self._ossl is not None  # noqa: S101 (made by _begin)
        assert self._factory is not None  # noqa: S101 (likewise)
        try:
            self._ossl.do_handshake()
        except SSL.WantReadError:
            return Wanted.READ
        except SSL.WantWriteError:
            return Wanted.WRITE
        sent = self._ossl.get_servername()  # a second hello (RFC 8446 4.1.4) must not name another server
        if sent is not None and read_server_name(sent)[0] != self._server_name:
            return Failure("server-name", "the server name changed during the handshake")
        return TlsChannel(self._ossl), self._factory.finish(self._ossl)
