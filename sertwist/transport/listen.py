"""Listening sockets for streams: bind, accept, hand every accepted connection its bounds and its TLS domain."""

from __future__ import annotations

import errno
import os
import socket
import struct
from functools import partial
from typing import TYPE_CHECKING, Final

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from sertwist.errors import ConfigError
from sertwist.transport.address import socket_name, source_group
from sertwist.transport.shut_out import ShutOut
from sertwist.transport.stream import StreamConnection
from sertwist.transport.tls_accept import TlsAccept

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.limits import Limits
    from sertwist.tls.client_hello import ClientHello
    from sertwist.tls.context import ServerContextFactory
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver

    FactoryFor = Callable[[str, int, str], ServerContextFactory]

__all__ = ["StreamListener", "bind_socket"]

BACKLOG: Final = 4_096  # connections that wait in the kernel; it takes at most net.core.somaxconn, 4,096 by default
UNSENT_BYTES: Final = 16_384  # what the kernel holds beyond what it has sent: a peer that stalls costs no more
DESCRIPTOR_PAUSE: Final = 1.0  # seconds without accepting when the process is out of descriptors
QUEUE_PAUSE: Final = 0.002  # and when enough handshakes wait for the processor


def bind_socket(kind: socket.SocketKind, protocol: str, host: str, port: int) -> socket.socket:
    """A non-blocking socket bound to `host`:`port`.

    Raises:
        ConfigError: the port is taken, may not be used, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, kind)
    try:
        sock.settimeout(0)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ConfigError(
            f"cannot listen on {socket_name(protocol, (host, port))}: {_bind_words(error)}", code="listen"
        ) from None
    return sock


def _bind_words(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses this port (find it with: ss -lntup); stop it or change the listen line"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address (see: ip addr)"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "not permitted; ports below 1024 need root or CAP_NET_BIND_SERVICE"
    return os.strerror(error.errno or 0)


@implementer(IReadDescriptor)
class StreamListener:
    """One TCP or TLS listening socket.

    Attributes:
        protocol: `TCP` or `TLS`.
        address: what it is bound to; port 0 in the script has become a real one.
        name: the same as a script writes it, `tls:127.0.0.1:5061`.
    """

    def __init__(
        self,
        protocol: str,
        sock: socket.socket,
        factory_for: FactoryFor | None,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Listen on the bound `sock`; with `factory_for(local ip, port, server name)` connections are TLS ones."""
        self.protocol = protocol
        self._sock = sock
        self._factory_for = factory_for
        self._receiver = receiver
        self._owner = owner
        self._reactor, self._table, _ = owner
        self._shut_out = ShutOut(sock, self._reactor, self._table.limits)
        host, port = sock.getsockname()[:2]
        self.address: tuple[str, int] = (host, port)
        self.name = socket_name(protocol, self.address)

    def start(self) -> None:
        """Begin to accept."""
        self._sock.listen(BACKLOG)
        self._reactor.addReader(self)

    def stop(self) -> None:
        """Accept no more and free the port."""
        self._reactor.removeReader(self)
        self._sock.close()

    def fileno(self) -> int:
        """See `IFileDescriptor`."""
        return self._sock.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        """See `ILoggingContext`."""
        return "sertwist"

    def connectionLost(self, _reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor stops."""
        self._sock.close()

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """Connections wait to be accepted."""
        calls_come, begin = self._table.handshakes.calls_come(), self._table.clock()
        most = self._accepts(calls_come=calls_come)
        pause = self._accept(most) if most else QUEUE_PAUSE
        if calls_come:
            pause = max(pause, (self._table.clock() - begin) * (1 / self._table.limits.accept_share - 1))
        if pause:
            self._pause(pause)

    def _accept(self, most: int) -> float:
        """Accept up to `most` connections; seconds to wait then."""
        for _ in range(most):
            try:
                sock, peer = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return 0
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._receiver.refused("out of descriptors")
                    return DESCRIPTOR_PAUSE
                return 0
            self._accepted(sock, peer)
        return 0

    def _accepts(self, *, calls_come: bool) -> int:
        """How many connections may be taken now.

        While handshakes wait for the processor new ones wait in the kernel, where they cost nothing. When it has too
        many of them, they are taken after all, to refuse those of the sources that have most and shut these out: else
        it would soon refuse everybody's.
        """
        limits = self._table.limits
        waiting = 0 if self._factory_for is None else self._table.handshakes.waiting
        if waiting >= limits.max_queued_handshakes and not self._shut_out and not self._is_crowded():
            return 0
        return limits.accepts_per_busy_turn if waiting or calls_come else limits.accepts_per_turn

    def _is_crowded(self) -> bool:
        """Whether more connections wait to be accepted than should, or than half of what the kernel takes."""
        waiting, room = struct.unpack_from("II", self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32), 24)
        return bool(waiting > min(self._table.limits.max_unaccepted, room // 2))

    def _pause(self, seconds: float) -> None:
        """Let what waits in the kernel wait there, and what is open be served."""
        self._reactor.removeReader(self)
        self._reactor.callLater(seconds, self._resume)

    def _resume(self) -> None:
        if self._sock.fileno() != -1:
            self._reactor.addReader(self)

    def _accepted(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        source = (peer[0], peer[1])
        refusal = self._table.admit(source[0])
        if refusal:
            self._receiver.refused(refusal.reason)
            sock.close()
            if refusal.of_source and self._shut_out.add(source_group(source[0])):
                self._receiver.shut_out(source_group(source[0]), refusal.reason)
            return
        try:
            sock.settimeout(0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
            host, port = sock.getsockname()[:2]
        except OSError:  # the peer is gone already
            sock.close()
            return
        handshake = None
        if self._factory_for is not None:
            handshake = TlsAccept(sock, partial(self._choose, self._factory_for, (host, port)), self._table.limits)
        StreamConnection(sock, (source, (host, port)), handshake, self._receiver, self._owner).start()

    def _choose(self, factory_for: FactoryFor, local: tuple[str, int], hello: ClientHello) -> ServerContextFactory:
        """The domain for a ClientHello that came to `local`."""
        if hello.unusable:
            self._receiver.unusable_server_name(hello.unusable)
        return factory_for(*local, hello.server_name)
