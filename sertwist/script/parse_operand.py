"""Read one operand: a constant, a name, an address, a call (reference language 1.6, 1.7, 6.2)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_ROUTE_ARGUMENTS
from sertwist.script.nodes import (
    Address,
    Call,
    Expression,
    Missing,
    Network,
    Number,
    RouteCall,
    Text,
    Unary,
    VariableName,
    Word,
)
from sertwist.script.parse_name import ATTRIBUTE_CLASSES, read_select, read_variable
from sertwist.script.source import Span
from sertwist.script.tokens import Token, TokenKind
from sertwist.script.words import PROTOCOLS

if TYPE_CHECKING:
    from sertwist.script.stream import TokenStream

__all__ = ["OperandParser", "route_name"]

_FUNCTION_LIKE: Final = frozenset({"strlen", "strempty"})
_SCHEMES: Final = frozenset({"sip", "sips", "tel", "tels"})
_DOTS: Final = frozenset({".", "-"})
_LABELS: Final = frozenset({TokenKind.NAME, TokenKind.NUMBER})
_HOSTS: Final = frozenset({TokenKind.NAME, TokenKind.ADDRESS})
_ENDS: Final = frozenset({",", ")"})
_NAMES: Final = frozenset({TokenKind.NAME, TokenKind.NUMBER, TokenKind.STRING})


class OperandParser(ABC):
    """Reads operands from a stream; a subclass reads the expressions in their parentheses.

    Attributes:
        height: levels of the expression read last, which later stages recurse on.
    """

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self.height = 0

    @abstractmethod
    def expression(self) -> Expression:
        """Read a whole expression."""

    @abstractmethod
    def group(self) -> Expression:
        """Read a whole expression in parentheses."""

    def operand(self) -> Expression:  # noqa: PLR0911 (one a kind of token)
        """Read what operators stand between."""
        token = self.stream.now
        self.height = 1
        match token.kind:
            case TokenKind.NAME:
                return self._named()
            case TokenKind.STRING:
                self.stream.take()
                return Text(token.text, token.span)
            case TokenKind.NUMBER:
                self.stream.take()
                return Number(token.number, token.span)
            case TokenKind.VARIABLE:
                self.stream.take()
                return read_variable(token.text, token.span)
            case TokenKind.SELECT:
                self.stream.take()
                return read_select(token.text, token.span)
            case TokenKind.ADDRESS:
                return self._address()
            case TokenKind.MISSING:
                self.stream.take()
                return Missing(token.span)
            case _ if token.mark == "%" and self.stream.following.kind is TokenKind.NAME:
                return self.marked()
            case _:
                return self.group()

    def _address(self) -> Address | Network:
        address = self.stream.take()
        slash, size = self.stream.now, self.stream.following
        adjacent = slash.mark == "/" and slash.touches and size.touches
        if not (adjacent and size.kind in {TokenKind.NUMBER, TokenKind.ADDRESS}):
            return Address(address.text, address.span)
        self.stream.take()
        self.stream.take()
        return Network(f"{address.text}/{size.text}", address.span.to(size.span))

    def _named(self) -> Expression:
        stream = self.stream
        token, following = stream.now, stream.following
        if following.mark in _DOTS and following.touches and self._at_host():
            return self.host()
        if following.mark == ":" and following.touches and token.mark in _SCHEMES:
            raise stream.failure(f"an operand expected, found the URI {token.text}:...", "put it in quotes")
        stream.take()
        if following.mark != "(":
            return Word(token.text, token.span)
        if token.text in _FUNCTION_LIKE:
            operand = self.group()
            self.height += 1
            return Unary(token.text, operand, token.span.to(stream.last.span))
        return self.call(token)

    def _at_host(self) -> bool:
        """Whether `name.` or `name-` goes on as a host name: with a word, or a number that is not its end."""
        label, behind = self.stream.peek(2), self.stream.peek(3)
        if label.kind is TokenKind.NAME:
            return True
        return label.kind is TokenKind.NUMBER and label.touches and behind.mark in _DOTS and behind.touches

    def host(self) -> Word:
        """Read a host name: words and numbers with dots and dashes between and no blanks."""
        stream = self.stream
        first = stream.take()
        name = first.text
        while stream.now.mark in _DOTS and stream.now.touches:
            part = stream.following
            if part.kind not in _LABELS or not part.touches:
                break
            name += stream.take().text + stream.take().text
        return Word(name, first.span.to(stream.last.span))

    def at_mark(self) -> bool:
        """Whether a `%` that could be an operator begins an attribute: only that has a blank before and none behind."""
        name = self.stream.following
        return not self.stream.now.touches and name.touches and name.kind is TokenKind.NAME

    def marked(self) -> VariableName:
        """Read `%name` or `%f.name[1]`, an attribute as the first development versions wrote it."""
        stream = self.stream
        start = stream.take()
        name = stream.take().text
        if name in ATTRIBUTE_CLASSES and stream.now.mark == "." and stream.now.touches:
            stream.take()
            name += "." + stream.expect_kind(TokenKind.NAME, "behind the class of an attribute").text
        index = ""
        if stream.now.mark == "[" and stream.now.touches:
            while (mark := stream.take().text) != "]" and stream.now.kind is not TokenKind.END:
                index += mark
            index += "]"
        span = start.span.to(stream.last.span)
        message = f"'%{name}' is how the first development versions wrote an attribute"
        stream.diagnostics.warning("percent-attribute", span, message, f"write '${name}'", cause=name)
        return read_variable(f"${name}{index}", span)

    # -- calls ----------------------------------------------------------------------------------------------------

    def call(self, name: Token) -> Call | RouteCall:
        """Read the arguments of `name`, which was read, from the `(` that stands here."""
        stream = self.stream
        if name.mark == "route":
            return self._route_call(name)
        stream.take()
        arguments: list[Expression] = []
        height = 0
        stream.enter()
        if stream.now.mark != ")":
            arguments.append(self._argument())
            height = self.height
            while stream.now.mark == ",":
                comma = stream.take()
                arguments.append(self._left_out(comma) if stream.now.mark in _ENDS else self._argument())
                height = max(height, self.height)
        stream.leave()
        self.height = height + 1
        end = stream.expect(")", "or ',' in the arguments")
        return Call(name.text, tuple(arguments), name.span, Span(name.start, end.end))

    def _left_out(self, comma: Token) -> Text:
        """An argument of which only the comma stands there."""
        text = "nothing stands for this argument: it is read as an empty text"
        self.stream.diagnostics.hint("empty-argument", comma.span, text, 'write ""')
        return Text("", Span(comma.end, comma.end))

    def _argument(self) -> Expression:
        """Read an expression, or an address with its protocol or port, which is text then."""
        stream = self.stream
        token, colon = stream.now, stream.following
        if colon.mark == ":" and colon.touches and token.kind in _HOSTS:
            return self._socket(token)
        return self.expression()

    def _socket(self, first: Token) -> Text:
        """Read `udp:10.0.0.1:5060`, `10.0.0.1:5060` or `host:5060`."""
        stream = self.stream
        text = ""
        if first.text.upper() in PROTOCOLS:
            text = stream.take().text + stream.take().text
        token = stream.now
        if token.kind not in _HOSTS:
            raise stream.failure(f"an address expected, found {token.described()}")
        if token.kind is TokenKind.ADDRESS:
            stream.take()
            text += f"[{token.text}]" if ":" in token.text else token.text
        else:
            text += self.host().value
        if stream.now.mark == ":" and stream.now.touches:
            stream.take()
            text += ":" + stream.expect_kind(TokenKind.NUMBER, "as the port").text
        self.height = 1
        return Text(text, first.span.to(stream.last.span))

    def _route_call(self, name: Token) -> RouteCall:
        stream = self.stream
        stream.take()
        target = stream.now
        if target.kind in _NAMES and stream.following.mark in {")", ","}:
            stream.take()
            arguments = self._route_arguments()
            return RouteCall(route_name(target), target.span, Span(name.start, stream.last.end), None, arguments)
        if target.mark == ")":
            raise stream.failure("route() needs the name of a route")
        stream.enter()
        computed = self.expression()
        stream.leave()
        self.height += 1
        arguments = self._route_arguments()
        return RouteCall("", computed.span, Span(name.start, stream.last.end), computed, arguments)

    def _route_arguments(self) -> tuple[Expression, ...]:
        """What stands behind the name of a route, and the parenthesis that ends it."""
        stream = self.stream
        found: list[Expression] = []
        deepest = self.height
        stream.enter()
        while stream.accept(","):
            found.append(self.expression())
            deepest = max(deepest, self.height)
            if len(found) > MAX_ROUTE_ARGUMENTS:
                raise stream.failure(f"route() gives {MAX_ROUTE_ARGUMENTS} arguments at most")
        stream.leave()
        stream.expect(")", "after the name of a route")
        self.height = deepest + bool(found)
        return tuple(found)


def route_name(token: Token) -> str:
    """The name of a route as written: `1`, `01` and `"1"` are one name."""
    return str(token.number) if token.kind is TokenKind.NUMBER else token.text
