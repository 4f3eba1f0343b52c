"""From an HTTP request to its answer: let the script judge every call, run what it allows, write the result.

The order is the security: read once, judge the request, judge each member of a multicall, and only then run anything.
Each step is a plain function as long as nothing waits; it returns None when the answer was given, or a coroutine that
takes the rest along when the script or a method waits.
"""

from __future__ import annotations

from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sertwist.modules.management.answers import HttpAnswers, KeptAnswers, WebSocketAnswers
from sertwist.modules.management.context import ManagementContext
from sertwist.modules.management.decision import Answer, Dispatch, PlainStatus
from sertwist.modules.management.own_host import check_host, is_from_browser
from sertwist.modules.management.page_answers import PageAnswers
from sertwist.modules.management.watches import Watches
from sertwist.rpc.caller import Caller, tls_caller
from sertwist.rpc.dispatch import Opinion, is_pending
from sertwist.rpc.fault import Fault
from sertwist.rpc.http_policy import HttpRefusal, check_dispatch, check_management_request, is_json
from sertwist.rpc.http_response import build_response
from sertwist.rpc.jsonrpc_codec import JsonRpcCodec
from sertwist.rpc.page import PageCodec, check_page_request, is_page
from sertwist.rpc.websocket import accept_handshake, is_handshake
from sertwist.rpc.xmlrpc_codec import XmlRpcCodec
from sertwist.rpc.xmlrpc_writer import Style
from sertwist.script.trace import Trace, line_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sertwist.modules.host import Host, HttpPeer, Judge
    from sertwist.modules.management.answers import Answers
    from sertwist.modules.management.case import Case
    from sertwist.modules.management.conduct import Conduct
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.codec import Codec, Reading
    from sertwist.rpc.dispatch import Watching
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["Carriage"]

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
        self._watches: dict[int, Watches] = {}  # by connection

    def handle(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Rest:
        """Answer one request. `judge(context)` runs the script on it, and leaves its decision there."""
        self._environment.count("xmlrpc.requests")
        case = self._open(peer, request)
        if self._settings["console"] and is_page(request.target):
            return self._show(peer, request, case, judge)
        answers = HttpAnswers(self._host, peer, request)
        refusal = check_management_request(request) or self._check_name(peer, request) or self._barrier(case)
        if refusal is None and request.method == "GET" and is_handshake(request):
            refusal = self._upgrade(peer, request)
            if refusal is None:
                return None
        if refusal is not None:
            self._refuse(case, refusal)
            answers.refusal(refusal)
            return None
        return self._exchange(peer, request, case, answers).begin(judge)

    def _show(self, peer: HttpPeer, request: HttpRequest, case: Case, judge: Judge) -> Rest:
        """Answer a browser that wants one of the console's files: a call of `console.view`."""
        codec = PageCodec()
        answers = PageAnswers(self._host, peer, request, codec)
        refusal = check_page_request(request) or check_host(request, peer, self._environment) or self._barrier(case)
        if peer.tls is None:
            refusal = HttpRefusal(403, "the console is served over TLS only\n")
        if refusal is not None:
            self._refuse(case, refusal)
            answers.refusal(refusal)
            return None
        return self._exchange(peer, request, case, answers, codec).begin(judge)

    def _check_name(self, peer: HttpPeer, request: HttpRequest) -> HttpRefusal | None:
        """Why a browser's request is refused for the name that it was sent to."""
        return check_host(request, peer, self._environment) if is_from_browser(request) else None

    def hear(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Rest:
        """Answer one message of a WebSocket: `request` has the handshake's head and the message as its body."""
        self._environment.count("xmlrpc.requests")
        case = self._open(peer, request)
        answers = WebSocketAnswers(peer, self._json)
        refusal = self._barrier(case)
        if refusal is not None:
            self._refuse(case, refusal)
            answers.refusal(refusal, None)
            return None
        exchange = self._exchange(peer, request, case, answers)
        exchange.watches = _WatchesOf(self, peer, request, judge)
        return exchange.begin(judge)

    def watches_of(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Watches:
        """What the peer of a WebSocket watches; `request` is one of its messages."""
        known = {number: each for number, each in self._watches.items() if len(each)}
        watches = known.get(peer.connection_id)
        if watches is None:
            watches = Watches(self._host, peer, partial(self._ask, peer, request, judge))
            known[peer.connection_id] = watches
        self._watches = known
        return watches

    async def _ask(self, peer: HttpPeer, request: HttpRequest, judge: Judge, document: bytes) -> bytes:
        """What a document of a WebSocket's peer is answered with now; empty: nothing."""
        message = request.posts(document)
        kept = KeptAnswers(self._json)
        rest = self._exchange(peer, message, self._open(peer, message), kept).begin(judge)
        if rest is not None:
            await rest
        return kept.body

    def _open(self, peer: HttpPeer, request: HttpRequest) -> Case:
        now = self._environment.wall_clock()
        return self._conduct.cases.open(now, _caller(peer, now), peer.connection_id, len(request.body))

    def _exchange(
        self, peer: HttpPeer, request: HttpRequest, case: Case, answers: Answers, codec: Codec | None = None
    ) -> _Exchange:
        """`codec`: of the request's type when left out."""
        if codec is None:
            codec = self._json if is_json(request) else self._xml
        context = ManagementContext(self._environment, request, codec, case.caller, peer.local)
        context.tls = peer.tls
        context.trace = Trace()
        return _Exchange(self, self._conduct, answers, case, context)

    def _upgrade(self, peer: HttpPeer, request: HttpRequest) -> HttpRefusal | None:
        """Go on as a WebSocket, on which each message is judged; or tell why not."""
        if not is_json(request):
            return HttpRefusal(404, "WebSockets are served at /jsonrpc\n")
        found = accept_handshake(request)
        if isinstance(found, HttpRefusal):
            return found
        self._environment.count("xmlrpc.websockets")
        data = build_response(
            "1.1",
            101,
            keep_alive=True,
            date=self._host.http_date(),
            server=self._environment.server,
            headers=found,
        )
        peer.go_on_as_websocket(data, request, self._host.limits.http.max_body)
        return None

    def _refuse(self, case: Case, refusal: HttpRefusal) -> None:
        if refusal.status >= 400:
            self._conduct.note_refusal(case, None, refusal.status, refusal.text.strip())
            self._conduct.cases.close(case, refusal.status, refusal.text.strip())

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
        return None if is_page(request.target) else check_dispatch(request, allow_get=self._settings["allow_get"])


def _caller(peer: HttpPeer, now: float) -> Caller:
    tls = peer.tls
    if tls is None:
        if peer.uid is None:
            return tls_caller(peer.source, peer.protocol, None, now)
        return Caller(protocol=peer.protocol, uid=peer.uid, words=f"uid {peer.uid}")
    # A connection's caller is the same as long as it is verified; what is not verified is looked at each time.
    known: Caller | None = tls.caller
    if known is not None and tls.peer.verdict(now).verified:
        return known
    caller = tls_caller(peer.source, peer.protocol, tls, now)
    tls.caller = caller if caller.certificate is not None else None
    return caller


class _WatchesOf:
    """The watches of a connection, which are made when the first one is wanted."""

    __slots__ = ("_get",)

    def __init__(self, carriage: Carriage, peer: HttpPeer, request: HttpRequest, judge: Judge) -> None:
        self._get = partial(carriage.watches_of, peer, request, judge)

    def add(self, call: Call, every: float) -> int:
        """See `sertwist.rpc.dispatch.Watching`."""
        return self._get().add(call, every)

    def remove(self, number: int) -> bool:
        """See `sertwist.rpc.dispatch.Watching`."""
        return self._get().remove(number)


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_answers", "_carriage", "_case", "_conduct", "_context", "_judge", "watches")

    _judge: Judge

    def __init__(
        self, carriage: Carriage, conduct: Conduct, answers: Answers, case: Case, context: ManagementContext
    ) -> None:
        self._carriage = carriage
        self._conduct = conduct
        self._answers = answers
        self._case = case
        self._context = context
        self.watches: Watching | None = None

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
        case.call, case.verdict, case.caller = context.known_call, context.verdict, context.caller
        case.judged.append(context)
        match context.decision:
            case Dispatch():
                return self._dispatch()
            case Answer(code, text):
                self._answer_decided(code, text)
            case PlainStatus(code, reason, headers):
                self._answer_plain(code, reason, headers)
            case None if context.dropped:
                context.environment.count("script.dropped")
                self._conduct.cases.close(case, 403, "dropped by the script")
                self._answers.nothing()
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
        call = reading.call
        if isinstance(call, Fault):
            self._context.environment.count("xmlrpc.bad_xml")
            self._answer_fault(call)
            return None
        self._case.call = call
        if call.members:
            return self._judge_members(call)
        return self._run(reading, call)

    async def _judge_members(self, call: Call) -> None:
        """Run the multicall when the script lets every member run; for many calls one coroutine is not dear."""
        for member in call.members:
            view = self._context.for_member(member)
            pending = self._judge(view)
            if pending is not None:
                await pending
            self._case.judged.append(view)
            if not isinstance(view.decision, Dispatch):
                self._refuse_member(member.method, view)
                return
        rest = self._run(self._context.read(), call)
        if rest is not None:
            await rest

    def _refuse_member(self, name: str, view: ManagementContext) -> None:
        """The script refuses one member: nothing of the multicall runs, and the answer is that member's."""
        if isinstance(view.decision, Answer) and view.decision.code >= 300:
            self._answer_decided(view.decision.code, view.decision.text, member=name)
        else:
            self._answer_decided(403, f"Access to {name} denied", member=name)

    def _run(self, reading: Reading, call: Call) -> Rest:
        asked = self._conduct.context(self._case)
        asked.judge, asked.watches = self._opinion, self.watches
        key = self._context.request.field(b"idempotency-key")
        try:
            result = self._conduct.run(self._case, reading, call, asked, None if key is None else key.decode("latin-1"))
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
            reason=verdict.reason if verdict is not None else f"the script {view.decided}",
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
        self._answers.document(
            body,
            context.codec.content_type,
            close=context.close_after_reply,
            headers=headers,
            flushed=flushed,
        )

    def _answer_plain(self, code: int, reason: str, headers: tuple[tuple[str, str], ...]) -> None:
        """A SIP reply function answered an HTTP request: its code and text, 6xx as 500 since HTTP has no such class."""
        self._conduct.cases.close(self._case, code, reason)
        refusal = HttpRefusal(code if code < 600 else 500, f"{code} {reason}\n", headers)
        if code >= 400:
            call = self._context.known_call
            self._conduct.note_refusal(self._case, None if call is None else call.method, code, reason)
        self._answers.refusal(refusal, self._context.known_reading)

    def _refuse_http(self, refusal: HttpRefusal) -> None:
        if refusal.status >= 400:
            self._conduct.note_refusal(self._case, None, refusal.status, refusal.text.strip())
        self._conduct.cases.close(self._case, refusal.status, refusal.text.strip())
        self._answers.refusal(refusal, self._context.known_reading)
