"""`SocketReactor`: what this ring needs of a Twisted reactor, as one type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReadDescriptor, IWriteDescriptor

__all__ = ["SocketReactor"]


class SocketReactor(Protocol):
    """`IReactorFDSet` and `IReactorTime` together (epoll, poll, select and asyncio reactors provide both)."""

    def addReader(self, reader: IReadDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""

    def addWriter(self, writer: IWriteDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""

    def removeReader(self, reader: IReadDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""

    def removeWriter(self, writer: IWriteDescriptor) -> None:  # noqa: N802 (Twisted's name)
        """See `IReactorFDSet`."""

    def seconds(self) -> float:
        """Monotonic enough: the reactor's clock."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object) -> IDelayedCall:  # noqa: A002, N802 (Twisted's names)
        """See `IReactorTime`."""
