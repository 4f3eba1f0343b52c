"""Take one message from a socket to the script and its outcome back: the only place that counts and judges outcomes.

Whatever happens while a message is handled ends here: a peer's malformed bytes as an answer and a count, a fault of
ours as 500 and a log line with an incident number. Nothing a peer sends reaches the reactor as an exception.
"""

from __future__ import annotations

import secrets
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from sertwist.modules.core.happenings import Happening
from sertwist.modules.core.module import PARSE_ERROR, RECEIVED
from sertwist.rpc.http_response import build_response
from sertwist.server.event_context import EventContext, ReceivedContext, tell_happening
from sertwist.server.reply_context import ReplyContext
from sertwist.server.sip_context import DatagramContext, StreamContext
from sertwist.sip.errors import BadMessageError
from sertwist.sip.framer import is_keep_alive_datagram
from sertwist.sip.message import Request, parse_message
from sertwist.sip.reply import to_tag
from sertwist.sip.sanity import check_request

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from sertwist.errors import PeerError
    from sertwist.modules.host import HttpCarrier
    from sertwist.modules.management.context import ManagementContext
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.script.context import RouteContext
    from sertwist.script.program import Entry, Program
    from sertwist.server.forward import Forwarder
    from sertwist.server.host import ServerHost
    from sertwist.server.respond import Responder
    from sertwist.server.sip_context import SipContext
    from sertwist.sip.forwarding import ReturnPath
    from sertwist.sip.via import Via
    from sertwist.tls.failure import Failure as TlsFailure
    from sertwist.tls.session import TlsSession
    from sertwist.transport.handshake_socket import HandshakeSocket
    from sertwist.transport.stream import StreamConnection
    from sertwist.transport.stream_socket import StreamSocket
    from sertwist.transport.udp import UdpListener

__all__ = ["Receiver"]

log = Logger("sertwist")

_FILTERED_ACK: Final = "sl:filtered-ack"


class Receiver:
    """Receives for every socket of the server (`StreamReceiver` and `DatagramReceiver` of the transport ring)."""

    def __init__(
        self,
        host: ServerHost,
        program: Program,
        carriers: Iterable[HttpCarrier],
        forwarder: Forwarder,
        responder: Responder,
    ) -> None:
        """`carriers` are the modules that take HTTP requests, asked in this order."""
        self._host = host
        self._environment = host.environment
        self._meters = host.environment.meters
        self._forwarder = forwarder
        self._responder = responder
        self._limits = host.limits.sip
        self._log_share = host.log_share
        self._carriers = [(each, partial(self._judge, program)) for each in carriers]
        self.use(program)

    def use(self, program: Program, judging: Program | None = None) -> None:
        """Let `program` take what comes from now on; what has begun goes on as it began.

        `judging` is the same script, compiled to be traced: management calls are judged by it, so that each can be
        explained.
        """
        self._program = self._host.program = program
        self._is_first_seen = RECEIVED in program.events
        judging = judging or program
        carriers = [each for each, _ in self._carriers]
        self._carriers = [(each, partial(self._judge, judging.entered_at(each.route))) for each in carriers]

    @property
    def carries_calls(self) -> bool:
        """Whether there are management calls to judge."""
        return bool(self._carriers)

    def event(self, name: str) -> Entry | None:
        """The block of the program in force that the event `name` enters; None without one."""
        return self._program.events.get(name)

    # -- SIP ----------------------------------------------------------------------------------------------------------

    def receive_datagram(
        self, listener: UdpListener, data: bytes, source: tuple[str, int], *, is_seen: bool = False
    ) -> None:
        """Take one datagram; `is_seen` when `event_route[core:msg-received]` let it pass."""
        if len(data) <= 4 and is_keep_alive_datagram(data):
            return
        if self._is_first_seen and not is_seen:
            context = ReceivedContext(self._environment, data, "UDP", source[:2], listener.address)
            self._show(context, partial(self.receive_datagram, listener, data, source, is_seen=True))
            return
        try:
            message = parse_message(data, self._limits)
            if isinstance(message, Request):
                self._request(DatagramContext(self._environment, message, listener, source[:2]))
            elif (back := self._responder.way_back(message)) is not None:
                reply = ReplyContext(self._environment, message, "UDP", source[:2], listener.address)
                self._response(reply, back)
        except BadMessageError as error:
            self._malformed("UDP", source[:2], listener.address)
            if error.request is not None:
                refused = DatagramContext(self._environment, error.request, listener, source[:2])
                self._refuse(refused, error.status_hint, str(error))
        except Exception as error:  # noqa: BLE001 (the message loop: one of the places where everything is caught)
            self.failed(error)

    def receive_sip(self, connection: StreamConnection, data: bytes, *, is_seen: bool = False) -> Deferred[None] | None:
        """Take one SIP message of a stream; `is_seen` as of datagrams."""
        if self._is_first_seen and not is_seen:
            context = ReceivedContext(self._environment, data, connection.protocol, connection.source, connection.local)
            return self._show(context, partial(self.receive_sip, connection, data, is_seen=True))
        try:
            message = parse_message(data, self._limits)
            if not isinstance(message, Request):
                back = self._responder.way_back(message)
                if back is None:
                    return None
                at = (connection.protocol, connection.source, connection.local, connection.tls)
                return self._response(ReplyContext(self._environment, message, *at), back)
            if connection.verified and b";alias" in message.first.get("via", b""):
                self._forwarder.note_alias(connection, message)
            return self._request(StreamContext(self._environment, message, connection))
        except BadMessageError as error:
            self._malformed(connection.protocol, connection.source, connection.local)
            if error.request is not None:
                refused = StreamContext(self._environment, error.request, connection)
                self._refuse(refused, error.status_hint, str(error))
            else:  # not SIP, or nothing that an answer could be made of: what follows can't be trusted either
                connection.finish()
        except Exception as error:  # noqa: BLE001 (the message loop: one of the places where everything is caught)
            self.failed(error)
        return None

    def _show(self, context: ReceivedContext, go_on: Callable[[], Deferred[None] | None]) -> Deferred[None] | None:
        """Let the script see what was received before it is read, then `go_on` unless it drops that."""

        async def shown() -> None:
            await self._host.raise_event(RECEIVED, context)
            if context.dropped:
                self._environment.count("script.dropped_unread")
                return
            rest = go_on()
            if rest is not None:
                await rest

        return self._stepped(shown())

    def _malformed(self, protocol: str, source: tuple[str, int], local: tuple[str, int]) -> None:
        """Count what could not be read, and tell the script where it came from; what it said is not passed on."""
        self._environment.count("sip.malformed")
        if PARSE_ERROR in self._program.events:
            context = EventContext(self._environment, protocol, source, local)
            self._host.begin(self._host.raise_event(PARSE_ERROR, context))

    def _request(self, context: SipContext) -> Deferred[None] | None:
        self._meters.count_request(context.method)
        if "via" not in context.request.first:  # no reply to it would reach anybody (RFC 3261 18.1.2)
            self._environment.count("sip.without_via")
            return None
        refusal = check_request(context.request)
        if refusal is not None:
            self._environment.count("sip.insane")
            if context.method != "ACK":
                self._refuse(context, refusal.status, refusal.reason, refusal.headers)
            return None
        program, began = self._program, perf_counter()
        if context.method == "ACK" and self._is_for_our_reply(context.request):
            self._absorb(context)
            return None
        if program.waits:
            return self._stepped(self._wait_for_script(context, began))
        try:
            program.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            self._script_failed(context, error)
        else:
            if not context.answered:
                self._unanswered(context)
        self._meters.sip_seconds.observe(perf_counter() - began)
        return None

    def _is_for_our_reply(self, ack: Request) -> bool:
        """Whether an ACK is for a negative reply of ours: only then has it our tag (RFC 3261 17.1.1.3)."""
        return ack.to.tag == to_tag(ack, self._environment.to_tag_key)

    def _absorb(self, context: SipContext) -> None:
        """End the way of an ACK that is for us: it says that a reply has come, and nobody else needs it."""
        self._environment.count("sip.acks_absorbed")
        if _FILTERED_ACK in self._program.events:
            self._host.begin(self._host.raise_event(_FILTERED_ACK, context))

    async def _wait_for_script(self, context: SipContext, began: float) -> None:
        try:
            await self._program.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            self._script_failed(context, error)
        else:
            if not context.answered:
                self._unanswered(context)
        self._meters.sip_seconds.observe(perf_counter() - began)

    def _refuse(self, context: SipContext, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Answer a request that never reached the script: to its source, since its Via may be what is wrong."""
        context.force_rport = True
        context.reply(status, reason, headers)

    def _unanswered(self, context: SipContext) -> None:
        """The script ended without an answer: only `drop` means silence (reference language 10.1)."""
        wishes = context.wishes
        if wishes is not None and wishes.forwarded:
            return
        if context.dropped:
            self._environment.count("script.dropped")
            return
        if wishes is not None and wishes.failure[0]:
            if context.method != "ACK":
                context.reply(*wishes.failure)
            return
        if context.method != "ACK":
            self._environment.count("script.unanswered")
            context.reply(500, "Unanswered by script")

    def _script_failed(self, context: RouteContext, error: Exception) -> None:
        incident = self.failed(error)
        if context.method != "ACK":
            context.reply(500, f"Server Internal Error ({incident})")

    def _response(self, context: ReplyContext, back: tuple[ReturnPath, Via]) -> Deferred[None] | None:
        """Let the script look at a response, then pass it on; `back` says where to."""
        entry = self._program.replies
        if entry is None:
            self._responder.pass_on(context.response, back)
            return None
        context.pass_on = lambda edits: self._responder.pass_on(context.response, back, edits)
        if entry.waits:
            return self._stepped(self._wait_for_reply_route(entry, context, back))
        try:
            entry.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            self._reply_route_failed(error)
        else:
            self._respond(context, back)
        return None

    async def _wait_for_reply_route(self, entry: Entry, context: ReplyContext, back: tuple[ReturnPath, Via]) -> None:
        try:
            await entry.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            self._reply_route_failed(error)
        else:
            self._respond(context, back)

    def _respond(self, context: ReplyContext, back: tuple[ReturnPath, Via]) -> None:
        """Only `drop` holds a response back (reference language 10.3)."""
        if context.dropped:
            self._responder.dropped("by_script")
        else:
            wishes = context.wishes
            self._responder.pass_on(context.response, back, None if wishes is None else wishes.edits)

    def _reply_route_failed(self, error: Exception) -> None:
        self.failed(error)
        self._responder.dropped("script_failed")

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def receive_http(self, connection: StreamConnection, request: HttpRequest) -> Deferred[None] | None:
        """Take one HTTP request: the module that carries management calls answers it."""
        for carrier, judge in self._carriers:
            if carrier.takes_target(request.target):
                try:
                    rest = carrier.handle(connection, request, judge)
                except Exception as error:  # noqa: BLE001 (the message loop: one of the places where everything is caught)
                    self._http_failed(connection, error)
                    return None
                return None if rest is None else self._stepped(self._answered(connection, rest))
        self._no_http(connection, request)
        return None

    def receive_websocket(self, connection: StreamConnection, request: HttpRequest) -> Deferred[None] | None:
        """Take one message of a WebSocket: the module that took its handshake answers it."""
        for carrier, _ in self._carriers:
            if carrier.takes_target(request.target):
                try:
                    rest = carrier.hear(connection, request, partial(self._judge_now, carrier))
                except Exception as error:  # noqa: BLE001 (the message loop: one of the places where everything is caught)
                    self._http_failed(connection, error)
                    return None
                return None if rest is None else self._stepped(self._answered(connection, rest))
        return None

    def _judge_now(self, carrier: HttpCarrier, context: ManagementContext) -> Coroutine[None, None, None] | None:
        """Judge by the program in force now, whichever it was when the WebSocket began."""
        return next(judge for each, judge in self._carriers if each is carrier)(context)

    def _judge(self, program: Program, context: ManagementContext) -> Coroutine[None, None, None] | None:
        """Run the script on a management request; its decision stands in `context`."""
        if program.waits:
            return self._judge_later(program, context)
        try:
            program.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            context.refuse_for_error(self.failed(error))
        return None

    async def _judge_later(self, program: Program, context: ManagementContext) -> None:
        try:
            await program.run(context)
        except Exception as error:  # noqa: BLE001 (an error while deciding is a refusal)
            context.refuse_for_error(self.failed(error))

    async def _answered(self, connection: StreamConnection, rest: Coroutine[Any, Any, None]) -> None:
        try:
            await rest
        except Exception as error:  # noqa: BLE001 (the message loop: one of the places where everything is caught)
            self._http_failed(connection, error)

    def _http_failed(self, connection: StreamConnection, error: Exception) -> None:
        self.failed(error)
        connection.abort("a fault of the server")

    def _no_http(self, connection: StreamConnection, request: HttpRequest) -> None:
        self._environment.count("http.not_found")
        data = build_response(
            request.version,
            404,
            "Not Found",
            b"404 Not Found\n",
            content_type="text/plain; charset=utf-8",
            keep_alive=False,
            date=self._host.http_date(),
            server=self._environment.server,
        )
        connection.answer(data, close=True)

    # -- what went wrong ----------------------------------------------------------------------------------------------

    def refuse_bytes(self, connection: StreamConnection, error: PeerError, protocol: str) -> bytes:
        """See `StreamReceiver.refuse_bytes`."""
        self._environment.count(f"{protocol or 'stream'}.malformed")
        if protocol == "http":
            return build_response(
                "1.1",
                error.status_hint,
                str(error),
                f"{error.status_hint} {error}\n".encode(),
                content_type="text/plain; charset=utf-8",
                keep_alive=False,
                date=self._host.http_date(),
                server=self._environment.server,
            )
        if isinstance(error, BadMessageError) and error.request is not None:
            return StreamContext(self._environment, error.request, connection).build(error.status_hint, str(error))
        return b""

    def unusable_server_name(self, reason: str) -> None:
        """See `StreamReceiver.unusable_server_name`."""
        self._environment.count(f"tls.unusable_server_name.{reason}")

    def tls_established(self, session: TlsSession) -> None:
        """See `StreamReceiver.tls_established`."""
        self._environment.count(f"tls.{'resumed' if session.resumed else 'full'} {session.domain_name}")
        fault = session.ticket_fault(self._environment.wall_clock())
        if fault:
            self._environment.count(f"tls.ticket.{fault} {session.domain_name}")

    def tls_failed(self, connection: HandshakeSocket, failure: TlsFailure, domain_name: str) -> None:
        """See `StreamReceiver.tls_failed`."""
        self._environment.count(f"tls.failed.{failure.reason_code} {domain_name}")
        happening = Happening("warning", "tls.failed", failure.reason_code)
        tell_happening(self._host, happening, "TLS", connection.source, connection.local)
        if not self._log_share.has_room():
            return
        log.info("TLS handshake failed: {words}; from {source}", words=failure.words, source=connection.source_text)

    def dropped(self, connection: StreamSocket, reason: str) -> None:
        """See `StreamReceiver.dropped`."""
        self._environment.count("connections.dropped")
        happening = Happening("warning", "connection.dropped", reason)
        tell_happening(self._host, happening, connection.protocol, connection.source, connection.local)
        if not self._log_share.has_room():
            return
        log.info(
            "connection dropped: {reason}; {protocol} from {source}",
            reason=reason,
            protocol=connection.protocol,
            source=connection.source_text,
        )

    def refused(self, reason: str) -> None:
        """See `StreamReceiver.refused`."""
        self._environment.count(f"connections.refused {reason}")

    def shut_out(self, source: str, reason: str) -> None:
        """See `StreamReceiver.shut_out`."""
        self._environment.count("connections.shut_out")
        if self._log_share.has_room():
            log.info(
                "new connections from {source} are not looked at for a moment: {reason}", source=source, reason=reason
            )

    def tell_held_lines(self) -> None:
        """Say how many lines about peers were not written since this was last called."""
        held = self._log_share.take_held()
        if held:
            log.info("{held} more lines about peers: too many to log each", held=held)

    def failed(self, error: BaseException) -> str:
        """Log a fault of ours with its traceback (script lines included); the incident number for the peer."""
        incident = secrets.token_hex(4)
        self._environment.count("internal_errors")
        log.failure("incident {incident}", Failure(error), incident=incident)
        tell_happening(self._host, Happening("error", "script.failed", incident))
        return incident

    def _stepped(self, coroutine: Coroutine[Deferred[Any], Any, None]) -> Deferred[None] | None:
        """Start a coroutine; only if it really waits does it become a Deferred (0.7 us against 3)."""
        try:
            coroutine.send(None)
        except StopIteration:
            return None
        return ensureDeferred(coroutine)
