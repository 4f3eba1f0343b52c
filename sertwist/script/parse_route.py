"""Read route blocks of all kinds and dialects (reference language 4.1, 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sertwist.script.nodes import Route
from sertwist.script.parse_operand import route_name
from sertwist.script.parse_statement import StatementParser
from sertwist.script.route_kind import RouteKind
from sertwist.script.source import Span
from sertwist.script.tokens import Token, TokenKind

if TYPE_CHECKING:
    from sertwist.script.stream import TokenStream

__all__ = ["RouteParser"]

_NAMES: Final = frozenset({TokenKind.NAME, TokenKind.NUMBER, TokenKind.STRING})
_BRANCH_FAILURE: Final = "tm:branch-failure"
_KINDS: Final = {
    "route": RouteKind.REQUEST,
    "request_route": RouteKind.REQUEST,
    "failure_route": RouteKind.FAILURE,
    "branch_route": RouteKind.BRANCH,
    "onsend_route": RouteKind.ONSEND,
    "onreply_route": RouteKind.ONREPLY,
    "reply_route": RouteKind.CORE_ONREPLY,
}
#: Route blocks of OpenSER and OpenSIPS, with the events that they are (reference language 4.4).
_EVENTS: Final = {
    "local_route": "tm:local-request",
    "startup_route": "core:worker-one-init",
    "error_route": "core:receive-parse-error",
    "timer_route": "",
}


class _Name(NamedTuple):
    """What stands in the brackets of a route: its name (None without brackets), where, and seconds."""

    text: str | None
    span: Span
    seconds: int = 0


class RouteParser:
    """Reads route blocks from a stream."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self.statements = StatementParser(stream)

    def route(self) -> Route:
        """Read a whole route block."""
        stream = self.stream
        start = stream.take()
        word = start.text
        name = self._event_name(start) if word == "event_route" else self._name(start)
        if word in _EVENTS:
            kind, name = RouteKind.EVENT, self._alias(start, name)
        elif word == "event_route":
            event = name.text or ""
            kind = RouteKind.BRANCH_FAILURE if event.startswith(_BRANCH_FAILURE) else RouteKind.EVENT
        else:
            kind = self._kind(start, name)
        if stream.now.mark == "(" and stream.following.kind in _NAMES and stream.peek(2).mark == ")":
            raise stream.failure("'{' expected to open a block, found '('", f"write {word}[{stream.following.text}]")
        body = self.statements.block()
        return Route(name.text, body, Span(start.start, body.span.end), name.span, kind, name.seconds, word)

    def _kind(self, start: Token, name: _Name) -> RouteKind:
        """The kind by the word and the name of the block."""
        report = self.stream.diagnostics
        word = start.text
        if word == "request_route" and name.text is not None:
            report.error("syntax", name.span, "'request_route' has no name", "write 'route'")
        if word == "failure_route" and name.text is None:
            report.error("syntax", start.span, "'failure_route' needs a name", "write failure_route[NAME]")
        if word == "branch_route" and name.text is None:
            report.error("syntax", start.span, "'branch_route' needs a name", "write branch_route[NAME]")
        if word == "onreply_route" and name.text in {None, "0"}:
            return RouteKind.CORE_ONREPLY
        if word == "reply_route" and name.text not in {None, "0"}:
            message = "'reply_route' with a name is what the first versions called a failure route"
            fix = f"write failure_route[{name.text}], or onreply_route[{name.text}] when t_on_reply() arms it"
            report.warning("old-reply-route", start.span, message, fix)
            return RouteKind.FAILURE
        return _KINDS[word]

    def _name(self, start: Token) -> _Name:
        """Read `[name]`, if it is there, and `[name, seconds]` of a timer."""
        stream = self.stream
        if stream.accept("[") is None:
            return _Name(None, start.span)
        token = stream.now
        if token.kind not in _NAMES:
            raise stream.name_failure("the name of the route")
        stream.take()
        stream.check_name(token)
        seconds = 0
        if start.text == "timer_route" and stream.accept(","):
            seconds = stream.expect_kind(TokenKind.NUMBER, "as the seconds of the timer").number
        stream.expect("]", "after the name of the route")
        return _Name(route_name(token), token.span, seconds)

    def _event_name(self, start: Token) -> _Name:
        """Read `[module:event]`, where words are only text: letters, digits, dashes and colons."""
        stream = self.stream
        stream.expect("[", f"after {start.text!r}")
        first = stream.now
        while stream.now.mark not in {"]", "{", "}", ";", ","} and stream.now.kind is not TokenKind.END:
            stream.take()
        text = stream.source.written(Span(first.start, stream.last.end)) if stream.last.mark != "[" else ""
        if not text:
            raise stream.failure("the name of an event expected, like [module:event]")
        span = Span(first.start, stream.last.end)
        if stream.accept(","):  # as OpenSIPS says whether it waits: [E_NAME, async]
            stream.expect_kind(TokenKind.NAME, "how the event is run, sync or async")
        stream.expect("]", "after the name of the event")
        return _Name(text, span)

    def _alias(self, start: Token, name: _Name) -> _Name:
        """The event that a block of another family is; say how it is written here."""
        report = self.stream.diagnostics
        if start.text == "timer_route":
            if name.text is None or not name.seconds:
                report.error(
                    "syntax", start.span, "'timer_route' needs a name and seconds", "write timer_route[NAME, 60]"
                )
            fix = 'write modparam("rtimer", "timer", ...) and a plain route'
        else:
            name = _Name(_EVENTS[start.text], start.span)
            fix = f"write event_route[{name.text}]"
        report.hint("foreign-route", start.span, f"{start.text!r} is of OpenSER and OpenSIPS", fix)
        return name
