"""`OpenedJudge`: asks the script about each TLS connection that this server opened, before anything is sent on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.modules.tls.connecting import CONNECTION_OUT
from sertwist.script.context import Environment, RouteContext

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sertwist.script.program import Entry
    from sertwist.server.receive import Receiver
    from sertwist.transport.stream_socket import StreamSocket

__all__ = ["OpenedContext", "OpenedJudge"]


class OpenedContext(RouteContext):
    """A connection in the script; there is no message to read in, and nothing to answer."""

    __slots__ = ("_connection",)

    def __init__(self, environment: Environment, connection: StreamSocket) -> None:
        super().__init__(environment, "", connection.protocol, connection.source, connection.local)
        self.tls = connection.tls
        self._connection = connection

    @property
    def connection_id(self) -> int:
        """Number of the connection."""
        return self._connection.connection_id

    @property
    def uri(self) -> str:
        """See `RouteContext.uri`."""
        return ""

    @property
    def message_length(self) -> int:
        """See `RouteContext.message_length`."""
        return 0

    def reply(self, _status: int, _reason: str) -> bool:
        """See `RouteContext.reply`."""
        return False


class OpenedJudge:
    """Runs `event_route[tls:connection-out]`; a connection that it drops, or can't judge, is not used."""

    def __init__(self, environment: Environment, receiver: Receiver) -> None:
        """`receiver` has the program in force."""
        self._environment = environment
        self._receiver = receiver

    def admits(self, connection: StreamSocket) -> bool | Coroutine[Any, Any, bool]:
        """See `Keeper.admits`."""
        entry = self._receiver.event(CONNECTION_OUT)
        if entry is None:
            return True
        context = OpenedContext(self._environment, connection)
        if entry.waits:
            return self._admits_later(entry, context)
        try:
            entry.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            self._receiver.failed(error)
            return False
        return not context.dropped

    async def _admits_later(self, entry: Entry, context: OpenedContext) -> bool:
        try:
            await entry.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            self._receiver.failed(error)
            return False
        return not context.dropped
