"""Open a connection, a step at a time: TCP, then TLS, then the check that the server is the one that was called."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING

from OpenSSL import SSL

from sertwist.errors import UnavailableError
from sertwist.tls.failure import Failure, describe_failure
from sertwist.tls.server_check import check_server, name_to_send
from sertwist.transport.channel import PlainChannel, TlsChannel
from sertwist.transport.handshake import Wanted
from sertwist.transport.record_handshake import RecordHandshake, TooManyStepsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.limits import ConnectionLimits
    from sertwist.tls.context import ClientContextFactory
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.session import TlsSession
    from sertwist.transport.channel import Channel

__all__ = ["Connect", "start_connect"]


def start_connect(address: tuple[str, int]) -> socket.socket:
    """A non-blocking socket that connects to `address`, a literal and a port.

    Raises:
        UnavailableError: there is no way there, or no descriptor (`connect`).
    """
    try:
        sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise UnavailableError(os.strerror(error.errno or 0).lower(), code="connect") from None
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(address)
    except OSError as error:
        code = error.errno or errno.EINVAL
    if code not in {0, errno.EINPROGRESS}:
        sock.close()
        raise UnavailableError(os.strerror(code).lower(), code="connect")
    return sock


class Connect(RecordHandshake):
    """A connection being opened; the channel comes out only after the server's name was checked.

    So no byte of a message is ever written to a server that is not the one that was called.

    Attributes:
        connected: TCP is up; what is still to come is TLS.
    """

    __slots__ = ("_called", "_factory", "_wall_clock", "connected")

    def __init__(
        self,
        sock: socket.socket,
        factory: ClientContextFactory | None,
        called: str,
        wall_clock: Callable[[], float],
        limits: ConnectionLimits,
    ) -> None:
        """Take a `sock` whose connect is in progress.

        Args:
            sock: non-blocking.
            factory: of the client domain in use; None: plain TCP.
            called: the SIP domain or host, else the address literal.
            wall_clock: seconds since the epoch, for the certificate.
            limits: of the handshake.
        """
        super().__init__(sock, limits)
        self._factory = factory
        self._called = called
        self._wall_clock = wall_clock
        self.connected = False

    def step(self) -> Wanted | Failure | tuple[Channel, TlsSession | None]:
        """See `Handshake.step`."""
        if not self.connected:
            failure = self.connect_failure()
            if failure is not None:
                return failure
            if not self._has_peer():
                return Wanted.WRITE
            self.connected = True
        if self._factory is None:
            return PlainChannel(self._sock), None
        return self._handshake(self._factory)

    def connect_failure(self) -> Failure | None:
        """Why TCP could not connect, as the kernel says; None while it says nothing."""
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return Failure("connect", os.strerror(code).lower()) if code else None

    def _has_peer(self) -> bool:
        try:
            self._sock.getpeername()
        except OSError:
            return False
        return True

    def _handshake(self, factory: ClientContextFactory) -> Wanted | Failure | tuple[Channel, TlsSession | None]:
        try:
            self._count_step()
            ossl = self._ossl or self._begin(factory)
            unfinished = self._exchange()
            if unfinished is not None:
                return unfinished
            session = factory.finish(ossl)
            refusal = check_server(session, factory.domain, self._called, self._wall_clock())
        except TooManyStepsError:
            return Failure("too-many-steps", "the handshake came in too many pieces")
        except Exception as error:  # noqa: BLE001 (whatever a handshake raises ends this connection and nothing else)
            with contextlib.suppress(OSError):
                self._flush()  # OpenSSL's alert
            return describe_failure(error, None if self._ossl is None else self._ossl.get_app_data(), peer="server")
        return refusal if refusal is not None else (TlsChannel(ossl), session)

    def _begin(self, factory: ClientContextFactory) -> SSL.Connection:
        """Make the OpenSSL connection and its hello."""
        ossl = self._ossl = factory.client_connection(None, name_to_send(factory.domain, self._called))
        with contextlib.suppress(SSL.WantReadError):
            ossl.do_handshake()
        self._collect()
        return ossl

    @property
    def domain(self) -> TLSDomain | None:
        """See `Handshake.domain`; None over TCP."""
        return None if self._factory is None else self._factory.domain

    @property
    def has_answered(self) -> bool:
        """See `Handshake.has_answered`."""
        return self._ossl is not None
