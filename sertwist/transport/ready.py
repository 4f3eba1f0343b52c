"""`ReadySockets`: many sockets behind one reader of the reactor.

Twisted takes some 10 us for each descriptor that is ready (a logging context, a wrapper, two looks at the descriptor),
as much as reading a call does. So connections are watched by an epoll object of our own, and that object is what the
reactor watches: one event of the reactor serves all connections that are ready, up to a bound, in the kernel's order,
which is round robin.
"""

from __future__ import annotations

from select import EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, epoll
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IWriteDescriptor

    from sertwist.transport.reactor import SocketReactor
    from sertwist.transport.turn import Turn

__all__ = ["ReadySockets"]

log = Logger("sertwist")

BROKEN: Final = EPOLLERR | EPOLLHUP
READY_PER_TURN: Final = 64  # then datagrams, new connections and timers get their turn


@implementer(IReadDescriptor)
class ReadySockets:
    """A `SocketReactor` on top of another one, which it asks for time and calls later."""

    def __init__(self, reactor: SocketReactor, turn: Turn) -> None:
        self._reactor = reactor
        self._turn = turn
        self._epoll = epoll()
        self._owners: dict[int, Any] = {}  # by descriptor, as long as anything is watched for
        self._interest: dict[int, int] = {}
        self.seconds = reactor.seconds

    def start(self) -> None:
        """Begin to watch."""
        self._reactor.addReader(self)

    # -- for connections: see `SocketReactor` -------------------------------------------------------------------------

    def addReader(self, reader: IReadDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""
        self._watch(reader, EPOLLIN)

    def addWriter(self, writer: IWriteDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""
        self._watch(writer, EPOLLOUT)

    def removeReader(self, reader: IReadDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""
        self._unwatch(reader, EPOLLIN)

    def removeWriter(self, writer: IWriteDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""
        self._unwatch(writer, EPOLLOUT)

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object) -> IDelayedCall:  # noqa: A002, N802 (Twisted's names)
        """See `IReactorTime`."""
        return self._reactor.callLater(delay, callable, *args)

    def _watch(self, owner: IReadDescriptor | IWriteDescriptor, event: int) -> None:
        descriptor = owner.fileno()
        before = self._interest.get(descriptor, 0)
        self._interest[descriptor] = before | event
        if before:
            self._epoll.modify(descriptor, before | event)
        else:
            self._owners[descriptor] = owner
            self._epoll.register(descriptor, event)

    def _unwatch(self, owner: IReadDescriptor | IWriteDescriptor, event: int) -> None:
        descriptor = owner.fileno()
        before = self._interest.get(descriptor, 0)
        left = before & ~event
        if left == before:
            return
        if left:
            self._interest[descriptor] = left
            self._epoll.modify(descriptor, left)
        else:
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> None:
        del self._interest[descriptor], self._owners[descriptor]
        self._epoll.unregister(descriptor)

    def _lose(self, descriptor: int) -> None:
        owner = self._owners.get(descriptor)
        if owner is not None:
            self._forget(descriptor)
            owner.connectionLost(None)

    # -- for the reactor ----------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """See `IFileDescriptor`."""
        return self._epoll.fileno()

    def logPrefix(self) -> str:  # noqa: N802 (Twisted's name)
        """See `ILoggingContext`."""
        return "sertwist"

    def connectionLost(self, _reason: object) -> None:  # noqa: N802 (Twisted's name)
        """The reactor stops."""
        self._epoll.close()

    def doRead(self) -> None:  # noqa: N802 (Twisted's name)
        """Sockets are ready: let their owners read or write, then answer what they read, then send the answers."""
        owners, ready = self._owners, self._epoll.poll(0, READY_PER_TURN)
        self._turn.begin()
        for descriptor, events in ready:
            if descriptor not in owners:  # it ended in this very turn
                continue
            try:
                if events & EPOLLIN:
                    owners[descriptor].doRead()
                elif events & BROKEN:  # and nothing is left to be read
                    self._lose(descriptor)
                if events & EPOLLOUT and descriptor in owners:
                    owners[descriptor].doWrite()
            except Exception:  # noqa: BLE001 (a defect ends the connection it befell, no other)
                log.failure("a connection failed")
                self._lose(descriptor)
        self._turn.end()
