"""`sl`: stateless replies (reference language 9.1)."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.modules.declare import Module, function, method
from sertwist.rpc.declare import Type
from sertwist.script.declare import Argument, Deed, Event, Kind, Parameter, RouteKind
from sertwist.sip.edits import Edits
from sertwist.sip.message import Response
from sertwist.sip.reply import can_become
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext, Wishes

__all__ = ["SlModule"]

# The counters of `sl.stats` (reference rpc 10.5): codes that have their own, then the rest of each class.
_OWN = frozenset({200, 202, 300, 301, 302, 400, 401, 403, 404, 407, 408, 483, 500})
_CLASSES = ("2xx", "3xx", "4xx", "5xx", "6xx", "xxx")
_NAMES = tuple(sorted([str(code) for code in _OWN] + list(_CLASSES)))


def _name_of(code: int) -> str:
    if code in _OWN:
        return str(code)
    return f"{code // 100}xx" if code >= 200 else "xxx"


_NO_CALLBACKS = "there is one language for routes, and it is this one"
_COUNTERS = {code: f"sl.{_name_of(code)}" for code in range(100, 700)}


_LOCAL_RESPONSE: Final = "sl:local-response"
_CODE = Argument(name="code", kind=Kind.NUMBER, minimum=100, maximum=699)
_REASON = Argument(name="reason")
_MODE = Argument(name="mode", help="no effect")
_R_F: Final = RouteKind.REQUEST | RouteKind.FAILURE
_R_O_F: Final = RouteKind.REQUEST | RouteKind.REPLY | RouteKind.FAILURE


class SlModule(Module):
    """Replies that leave no state behind; a retransmission is answered anew, with the same To-tag."""

    name = "sl"
    help = "Stateless replies."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="default_code",
            kind=Kind.NUMBER,
            default=500,
            minimum=400,
            maximum=699,
            help="Of sl_reply_error() when nothing went wrong that it could tell of.",
        ),
        Parameter(name="default_reason", default="Internal Server Error", help="The same."),
        Parameter(name="bind_tm", ignored="there are no transactions in this version"),
        Parameter(name="rich_redirect", ignored="Contacts of 3xx replies always have their q"),
        Parameter(name="event_callback_lres_sent", ignored=_NO_CALLBACKS),
        Parameter(name="event_callback_fl_ack", ignored=_NO_CALLBACKS),
    )

    events: ClassVar[tuple[Event, ...]] = (
        Event(name=_LOCAL_RESPONSE, help="A reply was made by a function of sl; it sees the request."),
        Event(name="sl:filtered-ack", help="An ACK to a negative reply made here has come; no route sees it."),
    )

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._host = host
        self._counters = host.environment.counters

    @function("sl_reply", _CODE, _REASON, aliases=("sl_send_reply",), deed=Deed.ANSWERS)
    def reply(self, ctx: RouteContext, code: int, reason: str) -> int:
        """Answer the request with `code` and `reason`, keeping no state.

        A code from 300 to 399 tells the destinations that the request would have gone to: the Request-URI, if it was
        changed, and the branches, as Contacts.

        Returns 1 when it was sent; -1 for an ACK, which is never answered, and when the request was answered before.
        """
        if ctx.method == "ACK" or not 100 <= code <= 699:
            return -1
        if 300 <= code <= 399 and ctx.wishes is not None:
            _add_contacts(ctx.wishes)
        if not ctx.reply(code, reason):
            return -1
        ctx.environment.count(_COUNTERS[code])
        if self._host.has_event(_LOCAL_RESPONSE):
            self._host.begin(self._host.raise_event(_LOCAL_RESPONSE, _seen_by_event(ctx)))
        return 1

    @function("send_reply", _CODE, _REASON, routes=_R_O_F, deed=Deed.ANSWERS)
    def send_reply(self, ctx: RouteContext, code: int, reason: str) -> int:
        """Answer the request; see `sl_reply`. In this version there is never a transaction to answer in."""
        return self.reply(ctx, code, reason)

    @function("send_reply_mode", _CODE, _REASON, _MODE, routes=_R_O_F, deed=Deed.ANSWERS)
    def send_reply_mode(self, ctx: RouteContext, code: int, reason: str, _mode: str) -> int:
        """Answer the request; see `sl_reply`."""
        return self.reply(ctx, code, reason)

    @function("sl_reply_error", aliases=("send_reply_error",), routes=_R_F, deed=Deed.ANSWERS)
    def reply_error(self, ctx: RouteContext) -> int:
        """Answer with what went wrong last: why the request could not be sent on; else with `default_code`."""
        code, reason = (0, "") if ctx.wishes is None else ctx.wishes.failure
        return self.reply(ctx, code or self.settings["default_code"], reason or self.settings["default_reason"])

    @function("sl_filter_ACK")
    def filter_ack(self, _ctx: RouteContext) -> int:
        """Nothing to do: ACKs to replies made here never get to the script. Returns 1."""
        return 1

    @function(
        "sl_forward_reply",
        Argument(name="code", kind=Kind.NUMBER, minimum=100, maximum=699, optional=True),
        Argument(name="reason", optional=True, one_line=True),
        routes=RouteKind.REPLY,
    )
    def forward_reply(self, ctx: RouteContext, code: int | None = None, reason: str | None = None) -> int:
        """Pass the reply on at once, as `code` and `reason` when they are given; it goes on again at the script's end.

        `drop` after it keeps the second one back. Returns -1 when `code` is of a class that it can't become; see
        `change_reply_status`.
        """
        message = ctx.message
        if not isinstance(message, Response):
            return -1
        edits = Edits() if ctx.wishes is None or ctx.wishes.edits is None else ctx.wishes.edits.copy()
        if code is not None:
            if not can_become(message.status, code):
                return -1
            words = message.reason if reason is None else as_bytes(reason)
            edits.replace_start_line(b"SIP/2.0 %d %s" % (code, words))
        return 1 if ctx.forward_reply(edits) else -1

    @method("sl.stats", result=Type.STRUCT)
    def stats(self, _request: object) -> dict[str, int]:
        """Number of stateless replies by code: the frequent codes on their own, the others by class."""
        return {name: self._counters.get(f"sl.{name}", 0) for name in _NAMES}


def _seen_by_event(ctx: RouteContext) -> RouteContext:
    """A context of its own: what the event's route ends or drops is not the main route."""
    seen = copy(ctx)
    seen.ended = False
    return seen


def _add_contacts(wishes: Wishes) -> None:
    destinations: list[tuple[str, int | None]] = [(wishes.uri, None)] if wishes.uri else []
    destinations += [(branch.uri, branch.q) for branch in wishes.branches]
    for uri, q in destinations:
        wishes.reply_headers.append(("contact", f"<{uri}>" if q is None else f"<{uri}>;q={q / 1000:g}"))
