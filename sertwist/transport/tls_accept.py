"""Take an accepted socket through its TLS handshake, a step at a time, never waiting for the peer.

The ClientHello is looked at while it is still in the kernel: the name in it chooses the TLS domain, so every domain has
a context of its own, with its own versions, verification and tickets. Until the hello is whole there is no OpenSSL
object, and the socket does not become readable again before as much has come as is missing (SO_RCVLOWAT): a peer that
stalls in its hello costs a descriptor, one that trickles it no more than a few looks (reference tls 4.3).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.tls.client_hello import Alert, BadHello, ClientHello, HelloReader, read_server_name
from sertwist.tls.failure import Failure, describe_failure
from sertwist.transport.channel import TlsChannel
from sertwist.transport.record_handshake import RecordHandshake, TooManyStepsError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from sertwist.limits import ConnectionLimits
    from sertwist.tls.context import ServerContextFactory
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.session import TlsSession
    from sertwist.transport.handshake import Wanted

__all__ = ["TlsAccept"]

FATAL_ALERT: Final = b"\x15\x03\x01\x00\x02\x02"  # an alert record but for the alert's number


class TlsAccept(RecordHandshake):
    """A handshake in progress."""

    __slots__ = ("_answered", "_choose", "_factory", "_found", "_hello")

    def __init__(
        self, sock: socket.socket, choose: Callable[[ClientHello], ServerContextFactory], limits: ConnectionLimits
    ) -> None:
        """`choose` says which domain serves the hello; it raises `ConfigError` when none does."""
        super().__init__(sock, limits)
        self._choose = choose
        self._hello: HelloReader | None = HelloReader(limits.max_client_hello)
        self._found = ClientHello()
        self._factory: ServerContextFactory | None = None
        self._answered = False

    def step(self) -> Wanted | Failure | tuple[TlsChannel, TlsSession]:
        """Go on as far as can be done now: what is wanted next, why it failed, or the finished session."""
        try:
            self._count_step()
            if self._ossl is None:
                unfinished = self._read_hello()
                if unfinished is not None:
                    return unfinished
            unfinished = self._exchange()
            return self._finish() if unfinished is None else unfinished
        except TooManyStepsError:
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

    def _begin(self, hello: ClientHello) -> Failure | None:
        self._found = hello
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

    def _finish(self) -> Failure | tuple[TlsChannel, TlsSession]:
        assert self._ossl is not None  # noqa: S101 (made by _begin)
        assert self._factory is not None  # noqa: S101 (likewise)
        sent = self._ossl.get_servername()  # a second hello (RFC 8446 4.1.4) must not name another server
        if sent is not None and read_server_name(sent)[0] != self._found.server_name:
            return Failure("server-name", "the server name changed during the handshake")
        session = self._factory.finish(self._ossl)
        if self._found.has_ticket and not session.resumed:
            session.ticket_left = "unknown" if self._factory.domain.resumption else "off"
        return TlsChannel(self._ossl), session
