"""From an HTTP request to its answer: let the script judge every call, run what it allows, write the result.

The order is the security: read once, judge the request, judge each member of a multicall, and only then run anything.
Each step is a plain function as long as nothing waits; it returns None when the answer was given, or a coroutine that
takes the rest along when the script or a method waits.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, cast

from sertwist.errors import SertwistError
from sertwist.modules.xmlrpc.management import Answer, Dispatch, ManagementContext, PlainStatus
from sertwist.rpc.dispatch import CallContext, is_pending, run_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.http_policy import HttpRefusal, check_dispatch, check_management_request
from sertwist.rpc.http_response import build_response
from sertwist.rpc.known_calls import KnownCalls
from sertwist.rpc.xmlrpc_reader import read_call
from sertwist.rpc.xmlrpc_writer import Style, write_fault, write_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sertwist.modules.host import Host, HttpPeer, Judge
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["Carriage"]

XML = "text/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

Rest = Coroutine[Any, Any, None] | None


class Carriage:
    """Answers management requests."""

    def __init__(self, host: Host, settings: dict[str, Any]) -> None:
        self._host = host
        self._settings = settings
        self._environment = host.environment
        self._known = KnownCalls(host.limits.xmlrpc)
        self._double_lf_to_crlf = settings["double_lf_to_crlf"]
        self._autoconversion = settings["autoconversion"]
        self._style = Style(escape_cr=settings["escape_cr"])

    def stats(self) -> dict[str, int]:
        """The counters of `xmlrpc.stats`."""
        counters = self._environment.counters
        return {
            name: counters.get(f"xmlrpc.{name}", 0)
            for name in ("requests", "dispatched", "faults", "refused", "bad_xml")
        }

    def handle(self, peer: HttpPeer, request: HttpRequest, judge: Judge) -> Rest:
        """Answer one request. `judge(context)` runs the script on it, and leaves its decision there."""
        self._environment.count("xmlrpc.requests")
        refusal = check_management_request(request)
        if refusal is not None:
            self._refuse_http(peer, request, refusal)
            return None
        context = ManagementContext(self._environment, request, peer.protocol, (peer.source, peer.local), self._read)
        context.tls = peer.tls
        pending = judge(context)
        if pending is not None:
            return self._answer_later(pending, peer, context, judge)
        return self._answer(peer, context, judge)

    async def _answer_later(
        self, pending: Awaitable[None], peer: HttpPeer, context: ManagementContext, judge: Judge
    ) -> None:
        await pending
        rest = self._answer(peer, context, judge)
        if rest is not None:
            await rest

    def _answer(self, peer: HttpPeer, context: ManagementContext, judge: Judge) -> Rest:
        """Do what the script decided."""
        match context.decision:
            case Dispatch():
                return self._dispatch(peer, context, judge)
            case Answer(code, text):
                self._answer_decided(peer, context, code, text)
            case PlainStatus(code, reason):
                self._answer_plain(peer, context.request, code, reason)
            case None if context.dropped:
                self._environment.count("script.dropped")
                peer.answer(b"", close=True)
            case None:
                self._environment.count("script.unanswered")
                self._answer_decided(peer, context, 403, "Not handled")
        return None

    def _read(self, request: HttpRequest) -> Call:
        """The request's call with every name made canonical: aliases are resolved before anything is decided."""
        call = self._known.get(request)
        if call is None:
            call = read_call(
                request.body,
                self._host.limits.xmlrpc,
                charset=request.charset,
                double_lf_to_crlf=self._double_lf_to_crlf,
            )
            self._known.keep(request, call)
        return self._host.registry.canonical(call)

    def _dispatch(self, peer: HttpPeer, context: ManagementContext, judge: Judge) -> Rest:
        request = context.request
        refusal = check_dispatch(request, allow_get=self._settings["allow_get"])
        if refusal is not None:
            self._refuse_http(peer, request, refusal)
            return None
        call = context.read()
        if isinstance(call, Fault):
            self._environment.count("xmlrpc.bad_xml")
            self._answer_fault(peer, context, call)
            return None
        if call.members:
            return self._judge_members(peer, context, call, judge)
        return self._run(peer, context, call)

    async def _judge_members(self, peer: HttpPeer, context: ManagementContext, call: Call, judge: Judge) -> None:
        """Run the multicall when the script lets every member run; for many calls one coroutine is not dear."""
        for member in call.members:
            view = context.for_member(member)
            pending = judge(view)
            if pending is not None:
                await pending
            if not isinstance(view.decision, Dispatch):
                self._refuse_member(peer, context, view)
                return
        rest = self._run(peer, context, call)
        if rest is not None:
            await rest

    def _refuse_member(self, peer: HttpPeer, context: ManagementContext, view: ManagementContext) -> None:
        """The script refuses one member: nothing of the multicall runs, and the answer is that member's."""
        member = view.call
        name = member.method if member is not None else ""
        if isinstance(view.decision, Answer) and view.decision.code >= 300:
            self._answer_decided(peer, context, view.decision.code, view.decision.text, member=name)
        else:
            self._answer_decided(peer, context, 403, f"Access to {name} denied", member=name)

    def _run(self, peer: HttpPeer, context: ManagementContext, call: Call) -> Rest:
        tls = context.tls
        asked = CallContext(
            identity=None if tls is None else tls.peer,
            source=peer.source,
            protocol=peer.protocol,
            registry=self._host.registry,
            server=self._host,
            report=self._report,
            autoconversion=self._autoconversion,
        )
        self._environment.count("xmlrpc.dispatched")
        try:
            result = run_call(call, asked)
        except Fault as fault:
            self._answer_fault(peer, context, fault)
            return None
        if is_pending(result):
            return self._answer_result_later(result, peer, context, call, asked)
        self._answer_result(peer, context, call, asked, cast("Value", result))
        return None

    async def _answer_result_later(
        self, pending: Awaitable[Value], peer: HttpPeer, context: ManagementContext, call: Call, asked: CallContext
    ) -> None:
        try:
            result = await pending
        except Fault as fault:
            self._answer_fault(peer, context, fault)
            return
        self._answer_result(peer, context, call, asked, result)

    def _answer_result(
        self, peer: HttpPeer, context: ManagementContext, call: Call, asked: CallContext, result: Value
    ) -> None:
        try:
            body = write_response(result, self._style)
        except Fault as fault:
            self._answer_fault(peer, context, fault)
            return
        self._log_change(peer, call)
        self._send(peer, context, body, asked.after_reply)

    def _answer_fault(self, peer: HttpPeer, context: ManagementContext, fault: Fault) -> None:
        self._environment.count("xmlrpc.faults")
        self._send(peer, context, write_fault(fault.code, fault.text))

    def _answer_decided(
        self, peer: HttpPeer, context: ManagementContext, code: int, text: str, *, member: str = ""
    ) -> None:
        if code >= 300:
            call = context.known_call
            name = member or (call.method if call is not None else None)
            self._count_refusal(peer, name, code, text)
            self._answer_fault(peer, context, Fault(code, text))
        else:
            self._send(peer, context, write_response(1))

    def _send(
        self,
        peer: HttpPeer,
        context: ManagementContext,
        body: bytes,
        flushed: Iterable[Callable[[], None]] = (),
    ) -> None:
        keep = context.request.keep_alive and not context.close_after_reply
        data = build_response(
            context.request.version,
            200,
            "OK",
            body,
            content_type=XML,
            keep_alive=keep,
            date=self._host.http_date(),
            server=self._environment.server,
        )
        peer.answer(data, close=not keep, flushed=flushed)

    def _answer_plain(self, peer: HttpPeer, request: HttpRequest, code: int, reason: str) -> None:
        """A SIP reply function answered an HTTP request: its code and text, 6xx as 500 since HTTP has no such class."""
        status = code if code < 600 else 500
        self._send_text(peer, request, HttpRefusal(status, f"{code} {reason}\n"))

    def _refuse_http(self, peer: HttpPeer, request: HttpRequest, refusal: HttpRefusal) -> None:
        if refusal.status >= 400:
            self._count_refusal(peer, None, refusal.status, refusal.text.strip())
        self._send_text(peer, request, refusal)

    def _send_text(self, peer: HttpPeer, request: HttpRequest, refusal: HttpRefusal) -> None:
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

    def _count_refusal(self, peer: HttpPeer, method: str | None, code: int, text: str) -> None:
        self._environment.count("xmlrpc.refused")
        self._host.log(
            "info",
            "call refused: {code} {words}; method {method}, from {source}, {who}",
            code=code,
            words=text[:256].encode("unicode_escape").decode(),
            method="not read" if method is None else ascii(method[:256]),
            source=peer.source_text,
            who=_who(peer, self._environment.wall_clock()),
        )

    def _log_change(self, peer: HttpPeer, call: Call) -> None:
        resolve = self._host.registry.resolve
        for name in call.methods:
            method = resolve(name)
            if method is not None and method.effect:
                who = _who(peer, self._environment.wall_clock())
                self._host.log(
                    "info",
                    "call ran: {method}, from {source}, {who}",
                    method=name,
                    source=peer.source_text,
                    who=who,
                )

    def _report(self, incident: str, error: BaseException) -> None:
        detail = error.detail if isinstance(error, SertwistError) else ""
        self._host.log(
            "error",
            "call failed, incident {incident}: {error!r} {detail}",
            incident=incident,
            error=error,
            detail=detail,
        )


def _who(peer: HttpPeer, now: float) -> str:
    return "no TLS" if peer.tls is None else peer.tls.peer.describe(now)
