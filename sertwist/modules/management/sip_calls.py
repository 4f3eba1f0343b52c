"""Management calls in the body of SIP requests (reference rpc 3): off unless the script's settings allow them.

The certificate of the connection is that of the last hop, so a request that came through a proxy is nobody's call. A
request over UDP comes again until it is answered: what it called runs once, and its answer is sent again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import MAX_SIP_CALLS, SIP_CALL_SECONDS
from sertwist.rpc.call import MULTICALL
from sertwist.rpc.caller import Caller, tls_caller
from sertwist.rpc.codec import Reading
from sertwist.rpc.dispatch import is_pending
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import read_call
from sertwist.rpc.xmlrpc_writer import write_fault, write_response

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from sertwist.modules.host import Host
    from sertwist.modules.management.case import Case
    from sertwist.modules.management.conduct import Conduct
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.policy.verdict import Verdict
    from sertwist.script.context import RouteContext
    from sertwist.script.trace import Trace
    from sertwist.sip.message import Request

__all__ = ["SipCall", "SipCalls"]

_TYPES: Final = ("text/xml", "application/xml")
_LONGEST_DATAGRAM: Final = 1_300  # bytes of a result over UDP: longer ones would be fragmented

Key = tuple[bytes, bytes, tuple[str, int]]


class SipCall:
    """What a SIP request calls; the script sees it as it sees that of an HTTP request.

    Attributes:
        caller: who makes it.
        verdict: of the policy, when the script asked it.
        trace: of the script; None: SIP requests are not traced.
    """

    __slots__ = ("_call", "caller", "trace", "verdict")

    def __init__(self, call: Call | Fault, caller: Caller) -> None:
        self._call = call
        self.caller = caller
        self.verdict: Verdict | None = None
        self.trace: Trace | None = None

    @property
    def call(self) -> Call | None:
        """The call; None when the body is none."""
        return None if isinstance(self._call, Fault) else self._call

    @property
    def known_call(self) -> Call | None:
        """The same."""
        return self.call

    @property
    def fault(self) -> Fault | None:
        """Why the body is no call."""
        return self._call if isinstance(self._call, Fault) else None

    @property
    def decided(self) -> str:
        """What the script decided, in words: nothing else gets here."""
        return "let it run"


@dataclass(slots=True)
class _Answer:
    """The answer to a request that may come again: status, reason and body; None while it is made."""

    began: float
    reply: tuple[int, str, bytes] | None = None


class SipCalls:
    """Runs the calls of SIP requests."""

    def __init__(self, host: Host, conduct: Conduct) -> None:
        self._host = host
        self._conduct = conduct
        self._answers: OrderedDict[Key, _Answer] = OrderedDict()

    def of(self, ctx: RouteContext) -> SipCall | None:
        """What `ctx`, a SIP request, calls; None when it has no body."""
        if not getattr(ctx.message, "body", b""):
            return None
        return ctx.note(self, lambda: self._read(ctx))

    def _read(self, ctx: RouteContext) -> SipCall:
        now = ctx.environment.wall_clock()
        caller = tls_caller((ctx.source_ip, ctx.source_port), ctx.protocol, ctx.tls, now)
        try:
            call: Call | Fault = self._host.registry.canonical(read_call(ctx.body or b"", self._host.limits.xmlrpc))
        except Fault as fault:
            call = fault
        return SipCall(call, caller)

    def dispatch(self, ctx: RouteContext) -> bool:
        """Let the call in `ctx` run, once, and answer it; False: it was answered before, or there is none."""
        asked = self.of(ctx)
        if asked is None or ctx.answered:
            return False
        refusal = _refusal(ctx)
        if refusal is not None:
            ctx.reply(*refusal)
            return True
        key = _key(ctx)
        known = self._known(key)
        if known is not None:
            if known.reply is None:
                ctx.answered = True  # it is being made: the request that came first is answered
            else:
                _send(ctx, *known.reply)
            return True
        answer = self._answers[key] = _Answer(self._host.clock())
        ctx.answered = True
        self._host.begin(self._run(ctx, asked, answer))
        return True

    def _known(self, key: Key) -> _Answer | None:
        now = self._host.clock()
        while self._answers:
            oldest, answer = next(iter(self._answers.items()))
            if now - answer.began < SIP_CALL_SECONDS and len(self._answers) < MAX_SIP_CALLS:
                break
            del self._answers[oldest]
        return self._answers.get(key)

    async def _run(self, ctx: RouteContext, asked: SipCall, answer: _Answer) -> None:
        case = self._conduct.cases.open(ctx.environment.wall_clock(), asked.caller, 0, len(ctx.body or b""))
        case.call, case.verdict = asked.call, asked.verdict
        case.judged.append(asked)
        try:
            body = write_response(await self._outcome(case, asked))
            self._conduct.cases.close(case, 0)
        except Fault as fault:
            self._conduct.cases.close(case, fault.code, fault.text)
            body = write_fault(fault.code, fault.text)
        answer.reply = (200, "OK", body)
        if ctx.protocol == "UDP" and len(body) > _LONGEST_DATAGRAM:
            answer.reply = (413, "Result Too Large: Use TCP or TLS", b"")
        ctx.answered = False
        _send(ctx, *answer.reply)

    async def _outcome(self, case: Case, asked: SipCall) -> Value:
        call = asked.call
        if call is None:
            raise asked.fault or Fault(400, "Malformed Message Body")
        if call.method == MULTICALL:
            raise Fault(400, f"Invalid Multicall: {MULTICALL} is not served in SIP requests")
        result: Any = self._conduct.run(case, Reading(call), call, self._conduct.context(case), None)
        pending: Awaitable[Value] | None = result if is_pending(result) else None
        value: Value = result if pending is None else await pending
        return value


def _refusal(ctx: RouteContext) -> tuple[int, str] | None:
    """Why the request can't carry a call."""
    kind = (ctx.header("content-type") or b"").decode("latin-1").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        return 415, "Unsupported Media Type"
    vias = ctx.header_values("via")
    if len(vias) != 1 or b"," in vias[0]:
        return 403, "Calls Do Not Come Through Proxies"
    host, environment = ctx.uri_host, ctx.environment
    if host is None or not (environment.is_own_host(host, ctx.uri_port or 0) or environment.is_own_address(host)):
        return 403, "Calls Are For This Server Only"
    return None


def _key(ctx: RouteContext) -> Key:
    request: Request = ctx.message  # type: ignore[assignment]  # SIP requests only come here
    return request.first.get("via", b""), request.first.get("cseq", b""), (ctx.source_ip, ctx.source_port)


def _send(ctx: RouteContext, status: int, reason: str, body: bytes) -> None:
    if body:
        wishes = ctx.wish()
        wishes.reply_body = body
        wishes.reply_headers = [item for item in wishes.reply_headers if item[0] != "content-type"]
        wishes.reply_headers.append(("content-type", "text/xml"))
    ctx.reply(status, reason)
