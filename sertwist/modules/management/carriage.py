"""From an HTTP request to its answer: let the script judge every call, run what it allows, write the result.

The order is the security: read once, judge the request, judge each member of a multicall, and only then run anything.
Each step is a plain function as long as nothing waits; it returns None when the answer was given, or a coroutine that
takes the rest along when the script or a method waits.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final, cast

from sertwist.modules.management.case import Judged
from sertwist.modules.management.context import ManagementContext
from sertwist.modules.management.decision import Answer, Dispatch, PlainStatus
from sertwist.rpc.caller import Caller, tls_caller
from sertwist.rpc.dispatch import Opinion, is_pending
from sertwist.rpc.fault import Fault
from sertwist.rpc.http_policy import HttpRefusal, check_dispatch, check_management_request, is_json
from sertwist.rpc.http_response import build_response
from sertwist.rpc.jsonrpc_codec import JsonRpcCodec
from sertwist.rpc.xmlrpc_codec import XmlRpcCodec
from sertwist.rpc.xmlrpc_writer import Style
from sertwist.script.trace import Trace, line_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sertwist.modules.host import Host, HttpPeer, Judge
    from sertwist.modules.management.case import Case
    from sertwist.modules.management.conduct import Conduct
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.codec import Codec
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["Carriage"]

TEXT: Final = "text/plain; charset=utf-8"

Rest = Coroutine[Any, Any, None] | None


class Carriage:
    """Answers management requests."""

    def __init__(self, host: Host, conduct: Conduct, settings: dict[str, Any]) -> None:
        self._host = host
        self._conduct = conduct
        self._settings = settings
        self._environment = host.environment
        style = Style(escape_cr=settings["escape_cr"])
        limits, lines = host.limits.xmlrpc, settings["double_lf_to_crlf"]
        self._xml = XmlRpcCodec(host.registry, limits, style, double_lf_to_crlf=lines)
        self._json = JsonRpcCodec(host.registry, limits)

    def handle(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Rest:
        """Answer one request. `judge(context)` runs the script on it, and leaves its decision there."""
        self._environment.count("xmlrpc.requests")
        now = self._environment.wall_clock()
        case = self._conduct.cases.open(now, _caller(peer, now))
        case.connection, case.size = peer.connection_id, len(request.body)
        refusal = check_management_request(request) or self._barrier(case)
        if refusal is not None:
            self._refuse_http(peer, request, case, refusal)
            return None
        codec: Codec = self._json if is_json(request) else self._xml
        context = ManagementContext(self._environment, request, codec, case.caller, peer.local)
        context.tls = peer.tls
        context.trace = Trace()
        return _Exchange(self, self._conduct, peer, case, context).begin(judge)

    @property
    def denies_by_default(self) -> bool:
        """Whether the policy must consent to every call."""
        return bool(self._settings["default_policy"] == "deny")

    def _barrier(self, case: Case) -> HttpRefusal | None:
        """Why nothing of this caller is looked at for a while: so many of its calls were refused."""
        seconds = self._conduct.barred_seconds(case)
        if not seconds:
            return None
        return HttpRefusal(429, "too many refused calls\n", (("Retry-After", str(seconds)),))

    def dispatch_refusal(self, request: HttpRequest) -> HttpRefusal | None:
        """Why `request` can't be a call."""
        return check_dispatch(request, allow_get=self._settings["allow_get"])

    def _refuse_http(self, peer: HttpPeer, request: HttpRequest, case: Case, refusal: HttpRefusal) -> None:
        if refusal.status >= 400:
            self._conduct.note_refusal(case, None, refusal.status, refusal.text.strip())
            self._conduct.cases.close(case, refusal.status, refusal.text.strip())
        self.send_text(peer, request, refusal)

    def send(  # noqa: PLR0913 (the parts of an answer)
        self,
        peer: HttpPeer,
        request: HttpRequest,
        body: bytes,
        content_type: str,
        *,
        keep: bool,
        headers: Iterable[tuple[str, str]] = (),
        flushed: Iterable[Callable[[], None]] = (),
    ) -> None:
        """Answer with `body`; an empty one is status 204."""
        status, reason = (200, "OK") if body else (204, "")
        data = build_response(
            request.version,
            status,
            reason,
            body,
            content_type=content_type,
            keep_alive=keep,
            date=self._host.http_date(),
            server=self._environment.server,
            headers=headers,
        )
        peer.answer(data, close=not keep, flushed=flushed)

    def send_text(self, peer: HttpPeer, request: HttpRequest, refusal: HttpRefusal) -> None:
        """Answer with an HTTP status and its text."""
        data = build_response(
            request.version,
            refusal.status,
            "",
            refusal.text.encode("utf-8", "replace"),
            content_type=TEXT,
            keep_alive=request.keep_alive,
            date=self._host.http_date(),
            server=self._environment.server,
            headers=refusal.headers,
            head_only=request.method == "HEAD",
        )
        peer.answer(data, close=not request.keep_alive)


def _caller(peer: HttpPeer, now: float) -> Caller:
    if peer.uid is None:
        return tls_caller(peer.source, peer.protocol, peer.tls, now)
    return Caller(protocol=peer.protocol, uid=peer.uid, words=f"uid {peer.uid}")


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_carriage", "_case", "_conduct", "_context", "_judge", "_peer")

    _judge: Judge

    def __init__(
        self, carriage: Carriage, conduct: Conduct, peer: HttpPeer, case: Case, context: ManagementContext
    ) -> None:
        self._carriage = carriage
        self._conduct = conduct
        self._peer = peer
        self._case = case
        self._context = context

    def begin(self, judge: Judge) -> Rest:
        """Let the script judge the request."""
        self._judge = judge
        pending = judge(self._context)
        if pending is not None:
            return self._go_on_later(pending)
        return self._go_on()

    async def _go_on_later(self, pending: Awaitable[None]) -> None:
        await pending
        rest = self._go_on()
        if rest is not None:
            await rest

    def _go_on(self) -> Rest:
        """Do what the script decided."""
        context, case = self._context, self._case
        case.call, case.verdict = context.known_call, context.verdict
        case.judged.append(_judged(context))
        match context.decision:
            case Dispatch():
                return self._dispatch()
            case Answer(code, text):
                self._answer_decided(code, text)
            case PlainStatus(code, reason):
                self._answer_plain(code, reason)
            case None if context.dropped:
                context.environment.count("script.dropped")
                self._conduct.cases.close(case, 403, "dropped by the script")
                self._peer.answer(b"", close=True)
            case None:
                context.environment.count("script.unanswered")
                self._answer_undecided()
        return None

    def _answer_undecided(self) -> None:
        """The script said nothing; when the policy has said no before, that is the reason."""
        verdict = self._context.verdict
        if verdict is not None and not verdict.allowed:
            self._answer_decided(403, f"Access to {verdict.method} denied")
        else:
            self._answer_decided(403, "Not handled")

    def _dispatch(self) -> Rest:
        refusal = self._carriage.dispatch_refusal(self._context.request)
        if refusal is not None:
            self._refuse_http(refusal)
            return None
        reading = self._context.read()
        if isinstance(reading.call, Fault):
            self._context.environment.count("xmlrpc.bad_xml")
            self._answer_fault(reading.call)
            return None
        self._case.call = reading.call
        if reading.call.members:
            return self._judge_members(reading.call)
        return self._run(reading.call)

    async def _judge_members(self, call: Call) -> None:
        """Run the multicall when the script lets every member run; for many calls one coroutine is not dear."""
        for member in call.members:
            view = self._context.for_member(member)
            pending = self._judge(view)
            if pending is not None:
                await pending
            self._case.judged.append(_judged(view))
            if not isinstance(view.decision, Dispatch):
                self._refuse_member(member.method, view)
                return
        rest = self._run(call)
        if rest is not None:
            await rest

    def _refuse_member(self, name: str, view: ManagementContext) -> None:
        """The script refuses one member: nothing of the multicall runs, and the answer is that member's."""
        if isinstance(view.decision, Answer) and view.decision.code >= 300:
            self._answer_decided(view.decision.code, view.decision.text, member=name)
        else:
            self._answer_decided(403, f"Access to {name} denied", member=name)

    def _run(self, call: Call) -> Rest:
        asked = self._conduct.context(self._case)
        asked.judge = self._opinion
        key = self._context.request.field(b"idempotency-key")
        try:
            result = self._conduct.run(
                self._case, self._context.read(), call, asked, None if key is None else key.decode("latin-1")
            )
        except Fault as fault:
            self._answer_fault(fault)
            return None
        if is_pending(result):
            return self._answer_result_later(result, asked.after_reply)
        self._answer_result(cast("Value", result), asked.after_reply)
        return None

    async def _opinion(self, call: Call) -> Opinion:
        """What the script would make of `call`, if it came in place of this one."""
        view = self._context.for_member(call)
        pending = self._judge(view)
        if pending is not None:
            await pending
        verdict, allowed = view.verdict, isinstance(view.decision, Dispatch)
        if allowed and self._carriage.denies_by_default and (verdict is None or not verdict.allowed):
            allowed = False
        return Opinion(
            allowed=allowed,
            reason=verdict.reason if verdict is not None else f"the script {_judged(view).decision}",
            script=line_of(view.trace) if view.trace else "",
            policy=f"{verdict.file}:{verdict.line}" if verdict is not None and verdict.line else "",
        )

    async def _answer_result_later(self, pending: Awaitable[Value], flushed: list[Callable[[], None]]) -> None:
        try:
            result = await pending
        except Fault as fault:
            self._answer_fault(fault)
            return
        self._answer_result(result, flushed)

    def _answer_result(self, result: Value, flushed: list[Callable[[], None]]) -> None:
        context = self._context
        try:
            body = context.codec.write_result(context.read(), result, context.request)
        except Fault as fault:
            self._answer_fault(fault)
            return
        self._conduct.cases.close(self._case, 0)
        self._send(body, flushed=flushed)

    def _answer_fault(self, fault: Fault) -> None:
        context = self._context
        context.environment.count("xmlrpc.faults")
        self._conduct.cases.close(self._case, fault.code, fault.text)
        body = context.codec.write_fault(context.known_reading, fault)
        self._send(body, headers=(("X-Call-ID", self._case.call_id),))

    def _answer_decided(self, code: int, text: str, *, member: str = "") -> None:
        if code >= 300:
            call = self._context.known_call
            self._conduct.note_refusal(self._case, member or (call.method if call is not None else None), code, text)
            self._answer_fault(Fault(code, text))
            return
        context = self._context
        reading = context.read()
        members = () if isinstance(reading.call, Fault) else reading.call.members
        result: Value = [[1] for _ in members] if members else 1
        self._conduct.cases.close(self._case, 0)
        self._send(context.codec.write_result(reading, result, context.request))

    def _send(
        self, body: bytes, *, headers: Iterable[tuple[str, str]] = (), flushed: Iterable[Callable[[], None]] = ()
    ) -> None:
        context = self._context
        keep = context.request.keep_alive and not context.close_after_reply
        self._carriage.send(
            self._peer,
            context.request,
            body,
            context.codec.content_type,
            keep=keep,
            headers=headers,
            flushed=flushed,
        )

    def _answer_plain(self, code: int, reason: str) -> None:
        """A SIP reply function answered an HTTP request: its code and text, 6xx as 500 since HTTP has no such class."""
        self._conduct.cases.close(self._case, code, reason)
        self._carriage.send_text(
            self._peer, self._context.request, HttpRefusal(code if code < 600 else 500, f"{code} {reason}\n")
        )

    def _refuse_http(self, refusal: HttpRefusal) -> None:
        if refusal.status >= 400:
            self._conduct.note_refusal(self._case, None, refusal.status, refusal.text.strip())
        self._conduct.cases.close(self._case, refusal.status, refusal.text.strip())
        self._carriage.send_text(self._peer, self._context.request, refusal)


def _judged(context: ManagementContext) -> Judged:
    call = context.known_call
    match context.decision:
        case Dispatch():
            words = "let it run"
        case Answer(code, text) | PlainStatus(code, text):
            words = f"answered {code} {text}"
        case _:
            words = "dropped it" if context.dropped else "decided nothing"
    return Judged("" if call is None else call.method, words, context.trace)
