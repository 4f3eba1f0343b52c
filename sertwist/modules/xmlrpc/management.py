"""`ManagementContext`: one management request before the script: the script decides, nothing runs here.

The document is read once, when first asked for; the selects, the decision, the dispatcher and the log all see that
one immutable `Call` (reference rpc 14.1). The script's verdict is a value: dispatch, a fault or result to answer, or a
plain HTTP status. A `system.multicall` is judged as what it is first, then each member on its own (`for_member`),
before any runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.rpc.fault import Fault
from sertwist.script.context import Environment, RouteContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.rpc.call import Call
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["DISPATCH", "Answer", "Decision", "Dispatch", "ManagementContext", "PlainStatus"]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The script lets the call run."""


DISPATCH: Final = Dispatch()


@dataclass(frozen=True, slots=True)
class Answer:
    """The script answers itself: a fault for codes of 300 and more, otherwise the result 1 (reference rpc 4.1)."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class PlainStatus:
    """The script used a SIP reply function: an HTTP status with a line of text."""

    code: int
    reason: str


Decision = Dispatch | Answer | PlainStatus


class ManagementContext(RouteContext):
    """A POST or GET request in the script.

    Attributes:
        request: the HTTP request.
        decision: what the script decided; None while it has not.
    """

    __slots__ = ("_call", "_read", "decision", "request")

    def __init__(
        self,
        environment: Environment,
        request: HttpRequest,
        protocol: str,
        addresses: tuple[tuple[str, int], tuple[str, int]],
        read: Callable[[HttpRequest], Call],
    ) -> None:
        """`addresses` are the peer's and ours; `read` makes the call of the request, once, or raises `Fault`."""
        super().__init__(environment, request.method, protocol, *addresses)
        self.request = request
        self.decision: Decision | None = None
        self._read = read
        self._call: Call | Fault | None = None

    @property
    def uri(self) -> str:
        """The HTTP target."""
        return self.request.target

    @property
    def message_length(self) -> int:
        """Bytes of the body."""
        return len(self.request.body)

    def header(self, name: str) -> bytes | None:
        """See `RouteContext.header`."""
        return self.request.field(name.encode("ascii"))

    def header_values(self, name: str) -> list[bytes]:
        """See `RouteContext.header_values`: repeated fields have been joined by commas."""
        value = self.header(name)
        return [] if value is None else [value]

    @property
    def raw(self) -> bytes:
        """See `RouteContext.raw`."""
        return self.request.head + self.request.body

    @property
    def body(self) -> bytes:
        """See `RouteContext.body`."""
        return self.request.body

    @property
    def call(self) -> Call | None:
        """The call in the body; None when it is not a call."""
        call = self.read()
        return None if isinstance(call, Fault) else call

    @property
    def known_call(self) -> Call | None:
        """The call if it has been read already: a refusal does not cost the reading of a document."""
        return None if self._call is None or isinstance(self._call, Fault) else self._call

    def read(self) -> Call | Fault:
        """The call, or the fault that says why the body is none; read once."""
        if self._call is None:
            try:
                self._call = self._read(self.request)
            except Fault as fault:
                self._call = fault
        return self._call

    def decide(self, decision: Decision) -> bool:
        """Take the script's decision; False when there was one already: the first stands."""
        if self.answered:
            return False
        self.answered = True
        self.decision = decision
        return True

    def reply(self, status: int, reason: str) -> bool:
        """See `RouteContext.reply`: here a plain HTTP status."""
        return self.decide(PlainStatus(status, reason))

    def refuse_for_error(self, incident: str) -> None:
        """The script failed while deciding: a refusal, whatever it had decided before."""
        self.answered = True
        self.decision = Answer(500, f"Internal server error (incident {incident})")

    def for_member(self, member: Call) -> ManagementContext:
        """The same request as if `member` of its multicall were the call, to be judged by the script alone."""
        context = ManagementContext(
            self.environment,
            self.request,
            self.protocol,
            ((self.source_ip, self.source_port), (self.local_ip, self.local_port)),
            self._read,
        )
        context._call = member
        context.tls = self.tls
        return context
