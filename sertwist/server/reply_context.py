"""`ReplyContext`: a response on its way back, in `onreply_route` (reference language 4.3, 10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.context import Environment, RouteContext
from sertwist.sip.message import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.sip.edits import Edits
    from sertwist.sip.message import Message
    from sertwist.tls.session import TlsSession

__all__ = ["ReplyContext"]


class ReplyContext(RouteContext):
    """A response; `method` is that of its CSeq.

    Attributes:
        response: as received.
        pass_on: sends it to who sent the request, with changes.
    """

    __slots__ = ("pass_on", "response")

    def __init__(
        self,
        environment: Environment,
        response: Response,
        protocol: str,
        source: tuple[str, int],
        local: tuple[str, int],
        tls: TlsSession | None = None,
    ) -> None:
        """`response` is one that `sip.sanity` finds nothing wrong with."""
        RouteContext.__init__(self, environment, response.cseq.method, protocol, source, local)
        self.message = self.response = response
        self.tls = tls
        self.pass_on: Callable[[Edits | None], None] | None = None

    def replace_message(self, message: Message) -> None:
        """See `RouteContext.replace_message`."""
        if isinstance(message, Response):
            self.message = self.response = message

    @property
    def uri(self) -> str:
        """See `RouteContext.uri`."""
        return ""

    @property
    def status(self) -> int:
        """See `RouteContext.status`."""
        return self.response.status

    @property
    def message_length(self) -> int:
        """See `RouteContext.message_length`."""
        return len(self.response.raw)

    def forward_reply(self, edits: Edits | None) -> bool:
        """See `RouteContext.forward_reply`."""
        if self.pass_on is None:
            return False
        self.pass_on(edits)
        return True

    def reply(self, _status: int, _reason: str) -> bool:
        """Responses are not answered."""
        return False
