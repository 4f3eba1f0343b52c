"""A Unix socket for management calls: the kernel says which user is at the other end (SO_PEERCRED, unix(7))."""

from __future__ import annotations

import os
import socket
import stat
import struct
from typing import TYPE_CHECKING, Final

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from sertwist.errors import ConfigError
from sertwist.transport.phase import Phase
from sertwist.transport.stream import StreamConnection

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.limits import Limits
    from sertwist.transport.connection_table import ConnectionTable
    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.receiver import StreamReceiver

__all__ = ["UnixConnection", "UnixListener", "bind_unix"]

_BACKLOG: Final = 128
_ACCEPTS: Final = 16  # in one turn
_PAUSE: Final = 1.0  # seconds without accepting when a connection could not be had
_CREDENTIALS: Final = struct.Struct("iII")  # struct ucred: pid, uid, gid
_NOWHERE: Final = ("", 0)


def bind_unix(path: Path, mode: int) -> socket.socket:
    """A non-blocking socket bound to `path`, which has the permissions `mode` before anybody can connect.

    A socket that a server left behind is replaced; one that somebody listens on is not.

    Raises:
        ConfigError: it can't be made.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        _remove_stale(path)
        umask = os.umask(0o777)  # nobody gets in before the permissions are set
        try:
            sock.bind(str(path))
        finally:
            os.umask(umask)
        path.chmod(mode)
    except OSError as error:
        sock.close()
        words = "another server listens on it" if isinstance(error, _InUseError) else error.strerror or str(error)
        raise ConfigError(f"cannot listen on unix:{path}: {words}", code="listen") from None
    return sock


class _InUseError(OSError):
    """Somebody listens on the socket."""


def _remove_stale(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(0, "something else than a socket has this name")
    except FileNotFoundError:
        return
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.settimeout(1.0)
        probe.connect(str(path))
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)
    else:
        raise _InUseError
    finally:
        probe.close()


class UnixConnection(StreamConnection):
    """An accepted connection; it carries HTTP only."""

    __slots__ = ()

    def __init__(
        self,
        sock: socket.socket,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Take over `sock` (non-blocking)."""
        super().__init__(sock, (_NOWHERE, _NOWHERE), None, receiver, owner)
        self.protocol = "UNIX"
        credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, self.uid, _ = _CREDENTIALS.unpack(credentials)

    @property
    def source_text(self) -> str:
        """Who connected, in words."""
        return f"unix:uid={self.uid}"

    def _established(self, *, verified: bool) -> None:
        """Whoever may open the socket is let in when others are not, as peers with a certificate are."""
        super()._established(verified=verified or self.uid is not None)

    def _choose_framer(self, data: bytes) -> bool:
        if super()._choose_framer(data):
            if self.speaks == "http":
                return True
            self.abort("SIP on the socket for management calls")
        elif self._phase is Phase.CLOSED:
            self._framer = None
        return False


@implementer(IReadDescriptor)
class UnixListener:
    """The listening socket."""

    def __init__(
        self,
        path: Path,
        mode: int,
        receiver: StreamReceiver,
        owner: tuple[SocketReactor, ConnectionTable, Limits],
    ) -> None:
        """Bind.

        Raises:
            ConfigError: see `bind_unix`.
        """
        self._path = path
        self._sock = bind_unix(path, mode)
        self._receiver = receiver
        self._owner = owner
        self._reactor, self._table, _ = owner
        self.name = f"unix:{path}"

    def start(self) -> None:
        """Begin to accept."""
        self._sock.listen(_BACKLOG)
        self._reactor.addReader(self)

    def stop(self) -> None:
        """Accept no more, and take the name away."""
        self._reactor.removeReader(self)
        self._sock.close()
        self._path.unlink(missing_ok=True)

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
        for _ in range(_ACCEPTS):
            try:
                sock, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._receiver.refused("out of descriptors")
                self._reactor.removeReader(self)
                self._reactor.callLater(_PAUSE, self._resume)
                return
            self._accepted(sock)

    def _resume(self) -> None:
        if self._sock.fileno() != -1:
            self._reactor.addReader(self)

    def _accepted(self, sock: socket.socket) -> None:
        refusal = self._table.admit(_NOWHERE[0])
        if refusal:
            self._receiver.refused(refusal.reason)
            sock.close()
            return
        sock.settimeout(0)
        UnixConnection(sock, self._receiver, self._owner).start()
