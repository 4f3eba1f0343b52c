"""`ManagementContext`: one management request before the script: the script decides, nothing runs here.

The document is read once, when first asked for; the selects, the decision, the dispatcher and the log all see that
one immutable `Call` (reference rpc 14.1). The script's verdict is a value: dispatch, a fault or result to answer, or a
plain HTTP status. A `system.multicall` is judged as what it is first, then each member on its own (`for_member`),
before any runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.management.decision import Answer, Decision, Dispatch, PlainStatus
from sertwist.rpc.codec import Reading
from sertwist.rpc.fault import Fault
from sertwist.script.context import Environment, RouteContext
from sertwist.script.trace import Trace

if TYPE_CHECKING:
    from sertwist.rpc.call import Call
    from sertwist.rpc.caller import Caller
    from sertwist.rpc.codec import Codec
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.rpc.policy.verdict import Verdict

__all__ = ["ManagementContext"]


class ManagementContext(RouteContext):
    """A POST or GET request in the script.

    Attributes:
        request: the HTTP request.
        codec: the form that it and its answer have.
        caller: who makes it.
        decision: what the script decided; None while it has not.
        verdict: of the policy, when the script asked it; the last one counts.
    """

    __slots__ = ("_reading", "caller", "codec", "decision", "request", "verdict")

    def __init__(
        self,
        environment: Environment,
        request: HttpRequest,
        codec: Codec,
        caller: Caller,
        local: tuple[str, int],
    ) -> None:
        """`local` is our address and port."""
        super().__init__(environment, request.method, caller.protocol, caller.source, local)
        self.request = request
        self.codec = codec
        self.caller = caller
        self.decision: Decision | None = None
        self.verdict: Verdict | None = None
        self._reading: Reading | None = None

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
        call = self.read().call
        return None if isinstance(call, Fault) else call

    @property
    def known_call(self) -> Call | None:
        """The call if it has been read already: a refusal does not cost the reading of a document."""
        return None if self._reading is None or isinstance(self._reading.call, Fault) else self._reading.call

    @property
    def known_reading(self) -> Reading | None:
        """The document if it has been read already."""
        return self._reading

    def read(self) -> Reading:
        """The document in the body; read once."""
        if self._reading is None:
            self._reading = self.codec.read(self.request)
        return self._reading

    @property
    def decided(self) -> str:
        """What the script decided, in words."""
        match self.decision:
            case Dispatch():
                return "let it run"
            case Answer(code, text) | PlainStatus(code, text, _):
                return f"answered {code} {text}"
            case _:
                return "dropped it" if self.dropped else "decided nothing"

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
        local = (self.local_ip, self.local_port)
        context = ManagementContext(self.environment, self.request, self.codec, self.caller, local)
        context._reading = Reading(member)
        context.tls = self.tls
        context.trace = Trace()
        return context
