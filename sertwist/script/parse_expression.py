"""Read an expression by precedence climbing (reference language 6.1, 6.2); the table of operators is data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.script.nodes import (
    Address,
    Binary,
    Call,
    Expression,
    Missing,
    Network,
    Number,
    RouteCall,
    Text,
    Unary,
    Word,
    height_of,
)
from sertwist.script.parse_name import read_select, read_variable
from sertwist.script.source import Span
from sertwist.script.tokens import Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.stream import TokenStream

__all__ = ["COMPARISONS", "ExpressionParser"]

_EQUALITY = 8
_ORDER = 9

#: Written operator to (level, meaning); a higher level binds tighter, all are left associative.
_BINARY: Final = {
    "or": (1, "||"),
    "||": (1, "||"),
    "and": (2, "&&"),
    "&&": (2, "&&"),
    "|": (3, "|"),
    "&": (4, "&"),
    "^": (5, "^"),
    "<<": (6, "<<"),
    ">>": (7, ">>"),
    **{word: (_EQUALITY, word) for word in ("==", "!=", "=~", "eq", "ne", "ieq", "ine")},
    **{word: (_ORDER, word) for word in ("<", ">", "<=", ">=")},
    "+": (10, "+"),
    "-": (10, "-"),
    "*": (11, "*"),
    "/": (11, "/"),
    "%": (11, "mod"),
    "mod": (11, "mod"),
}
_UNARY: Final = {
    "!": "!",
    "not": "!",
    "-": "-",
    "~": "~",
    "(int)": "(int)",
    "(str)": "(str)",
    "defined": "defined",
}
_FUNCTION_LIKE: Final = ("strlen", "strempty")
#: Operators of a neighbouring language, or a slip of the pen, with what is meant.
_WRONG: Final = {
    "=": ("==", "assignment-in-condition", "assignment in a condition", "write '=='"),
    "!~": ("=~", "unknown-operator", "'!~' is no operator of this language", "write !(a =~ b)"),
}

COMPARISONS: Final = frozenset(word for word, (level, _) in _BINARY.items() if level in {_EQUALITY, _ORDER})


class ExpressionParser:
    """Reads expressions from a stream."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self._by_kind: Final[dict[TokenKind, Callable[[], Expression]]] = {
            TokenKind.NUMBER: self._number,
            TokenKind.STRING: self._text,
            TokenKind.ADDRESS: self._address,
            TokenKind.SELECT: self._select,
            TokenKind.VARIABLE: self._variable,
            TokenKind.NAME: self._named,
        }

    def expression(self) -> Expression:
        """Read a whole expression; later stages recurse on it, so its height is bounded like its nesting."""
        found = self._expression(1)
        self.stream.check_height(height_of(found))
        return found

    def _expression(self, level: int) -> Expression:
        """Read an expression whose operators all have at least `level`."""
        with self.stream.nested():
            return self._operators(self._operand(), level)

    def _operators(self, left: Expression, level: int) -> Expression:
        while (found := self._operator(level)) is not None:
            own_level, operator = found
            right = self._expression(own_level + 1)
            left = self._join(operator, left, right)
        return left

    def _operator(self, level: int) -> tuple[int, str] | None:
        """Read a binary operator of at least `level`, if one stands here."""
        token = self.stream.now
        if token.kind is TokenKind.SYMBOL and token.text in _WRONG:
            meant, code, message, fix = _WRONG[token.text]
            self.stream.diagnostics.error(code, token.span, message, fix)
            found: tuple[int, str] | None = _BINARY[meant]
        elif token.kind in {TokenKind.SYMBOL, TokenKind.NAME}:
            found = _BINARY.get(token.text)
        else:
            found = None
        if found is None or found[0] < level:
            return None
        self.stream.take()
        return found

    def _join(self, operator: str, left: Expression, right: Expression) -> Expression:
        span = left.span.to(right.span)
        if operator in {"&&", "||"} and isinstance(left, Binary) and left.operator == operator and not left.grouped:
            return Binary(operator, (*left.operands, right), span)
        return Binary(operator, (left, right), span)

    def _operand(self) -> Expression:
        token = self.stream.now
        operator = _UNARY.get(token.text) if token.kind in {TokenKind.SYMBOL, TokenKind.NAME} else None
        if operator is None:
            return self._primary()
        self.stream.take()
        with self.stream.nested():
            operand = self._operand()
            # An old comparison (`method == "INVITE"`) is one unit: `!` before it negates the whole (6.1).
            if operator == "!" and isinstance(operand, Word) and self.stream.now.text in COMPARISONS:
                operand = self._operators(operand, _EQUALITY)
        return Unary(operator, operand, token.span.to(operand.span))

    def _primary(self) -> Expression:
        return self._by_kind.get(self.stream.now.kind, self._group)()

    def _group(self) -> Expression:
        opening = self.stream.now
        if not self.stream.accept("("):
            raise self.stream.failure(f"an operand expected, found {opening.described()}")
        inside = self._expression(1)
        span = opening.span.to(self.stream.expect(")", "to close the '('").span)
        return replace(inside, span=span, grouped=True) if isinstance(inside, Binary | Unary) else inside

    def _number(self) -> Expression:
        token = self.stream.take()
        return Number(token.number, token.span)

    def _text(self) -> Expression:
        token = self.stream.take()
        return Text(token.text, token.span)

    def _variable(self) -> Expression:
        token = self.stream.take()
        return read_variable(token.text, token.span)

    def _address(self) -> Expression:
        address = self.stream.take()
        slash, size = self.stream.now, self.stream.following
        adjacent = slash.span.start == address.span.end and size.span.start == slash.span.end
        if not (slash.is_symbol("/") and adjacent and size.kind in {TokenKind.NUMBER, TokenKind.ADDRESS}):
            return Address(address.text, address.span)
        self.stream.take()
        self.stream.take()
        return Network(f"{address.text}/{size.text}", address.span.to(size.span))

    def _select(self) -> Expression:
        token = self.stream.take()
        return read_select(token.text, token.span)

    def _named(self) -> Expression:
        token = self.stream.take()
        if not self.stream.now.is_symbol("("):
            return Word(token.text, token.span)
        if token.text in _FUNCTION_LIKE:
            operand = self._group()
            return Unary(token.text, operand, token.span.to(operand.span))
        return self.call(token)

    def call(self, name: Token) -> Call | RouteCall | Missing:
        """Read the arguments of `name`, which was read, from the `(` that stands here."""
        if name.text == "route":
            return self._route_call(name)
        self.stream.take()
        arguments: list[Expression] = []
        if not self.stream.now.is_symbol(")"):
            arguments.append(self.expression())
            while self.stream.accept(","):
                arguments.append(self.expression())
        end = self.stream.expect(")", "or ',' in the arguments")
        return Call(name.text, tuple(arguments), name.span, name.span.to(end.span))

    def _route_call(self, name: Token) -> RouteCall | Missing:
        self.stream.take()
        target = self.stream.now
        constant = target.kind in {TokenKind.NAME, TokenKind.NUMBER, TokenKind.STRING}
        if constant and self.stream.following.is_symbol(")"):
            self.stream.take()
            end = self.stream.take()
            return RouteCall(route_name(target), target.span, name.span.to(end.span))
        if target.is_symbol(")"):
            raise self.stream.failure("route() needs the name of a route")
        computed = self.expression()
        end = self.stream.expect(")", "after the name of a route")
        if not isinstance(computed, Missing):
            self.stream.not_available(computed.span, "a computed route name")
        return Missing(Span(name.span.start, end.span.end))


def route_name(token: Token) -> str:
    """The name of a route as written: `1`, `01` and `"1"` are one name."""
    return str(token.number) if token.kind is TokenKind.NUMBER else token.text
