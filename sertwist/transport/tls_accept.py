"""Take an accepted socket through its TLS handshake, a step at a time, never waiting for the peer."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

from sertwist.tls.failure import Failure, describe_failure
from sertwist.transport.channel import TlsChannel
from sertwist.transport.handshake import Wanted

if TYPE_CHECKING:
    from sertwist.tls.context import ServerContextFactory
    from sertwist.tls.session import TlsSession

__all__ = ["TlsAccept"]

TLS_HANDSHAKE_RECORD: Final = 0x16  # RFC 8446 5.1: the first byte of a ClientHello's record


class TlsAccept:
    """A handshake in progress."""

    __slots__ = ("_factory", "_most_steps", "_ossl", "_sock", "_steps")

    def __init__(self, sock: socket.socket, factory: ServerContextFactory, most_steps: int) -> None:
        """`factory` is that of the domain that serves the socket's local address."""
        self._sock = sock
        self._factory = factory
        self._most_steps = most_steps
        self._ossl: SSL.Connection | None = None
        self._steps = 0

    def step(self) -> Wanted | Failure | tuple[TlsChannel, TlsSession]:
        """Go on as far as can be done now: what is wanted next, why it failed, or the finished session."""
        if self._ossl is None:
            failure = self._begin()
            if failure is not None:
                return failure
        assert self._ossl is not None  # noqa: S101 (made by _begin)
        self._steps += 1
        try:
            self._ossl.do_handshake()
            return TlsChannel(self._ossl), self._factory.finish(self._ossl)
        except SSL.WantReadError:
            if self._steps > self._most_steps:
                return Failure("too-many-steps", "the handshake came in too many pieces")
            return Wanted.READ
        except SSL.WantWriteError:
            return Wanted.WRITE
        except Exception as error:  # noqa: BLE001 (whatever a handshake raises ends this connection and nothing else)
            return describe_failure(error, self._ossl.get_app_data())

    def _begin(self) -> Wanted | Failure | None:
        """Make the OpenSSL connection when the first byte is a handshake's; only then does it cost memory."""
        try:
            first = self._sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return Wanted.READ
        except OSError:
            return Failure("closed", "the peer closed the connection before the handshake")
        if not first:
            return Failure("closed", "the peer closed the connection before the handshake")
        if first[0] != TLS_HANDSHAKE_RECORD:
            return Failure("not-tls", "what came is not TLS")
        self._ossl = self._factory.server_connection(self._sock)
        return None

    @property
    def domain_name(self) -> str:
        """See `Handshake.domain_name`."""
        return self._factory.domain.name

    @property
    def has_answered(self) -> bool:
        """Whether OpenSSL was reached, so that an alert may be on its way to the peer."""
        return self._ossl is not None
