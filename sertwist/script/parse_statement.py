"""Read the statements of a route block (reference language 5.1), going on behind each error."""

from __future__ import annotations

from typing import Final

from sertwist.script.nodes import (
    Block,
    Break,
    Call,
    End,
    Expression,
    If,
    Missing,
    Return,
    RouteCall,
    Statement,
)
from sertwist.script.parse_expression import ExpressionParser
from sertwist.script.stream import SyntaxFailureError, TokenStream
from sertwist.script.tokens import Token, TokenKind

__all__ = ["ROUTE_WORDS", "StatementParser"]

#: Words that open a route block, with whether this version has that kind.
ROUTE_WORDS: Final = {
    "route": True,
    "request_route": True,
    "failure_route": False,
    "branch_route": False,
    "onsend_route": False,
    "onreply_route": False,
    "reply_route": False,
    "event_route": False,
    "error_route": False,
    "local_route": False,
    "startup_route": False,
    "timer_route": False,
}
_INCLUDES: Final = ("include_file", "import_file")
_LATER: Final = ("while", "switch", *_INCLUDES)
_STRAY: Final = ("case", "default")


class StatementParser:
    """Reads blocks and statements from a stream."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self.expressions = ExpressionParser(stream)

    def block(self) -> Block:
        """Read `{ ... }`; what can't be read in it is reported and left out."""
        opening = self.stream.expect("{", "to open a block")
        statements: list[Statement] = []
        with self.stream.nested():
            while not self.stream.now.is_symbol("}"):
                if self.stream.now.kind is TokenKind.END or self._at_route_block():
                    self._report_unclosed(opening)
                    return Block(tuple(statements), opening.span.to(self.stream.last.span))
                statements.extend(self._recovering())
        return Block(tuple(statements), opening.span.to(self.stream.take().span))

    def _at_route_block(self) -> bool:
        """Whether a route block begins here: then the brace of the one before is missing."""
        token, following = self.stream.now, self.stream.following
        return token.starts_line and token.is_word(*ROUTE_WORDS) and following.is_symbol("[", "{")

    def _report_unclosed(self, opening: Token) -> None:
        line = self.stream.source.position(opening.span.start).line
        self.stream.diagnostics.error(
            "unclosed-brace",
            opening.span,
            f"'{{' opened at line {line} is never closed",
            cause=self.stream.now.span,
        )

    def _recovering(self) -> list[Statement]:
        try:
            statement = self._statement()
        except SyntaxFailureError:
            self.stream.skip_statement()
            return []
        return [] if statement is None else [statement]

    def _statement(self) -> Statement | None:
        """Read one statement; None when there is nothing to do (`;`) or it was reported."""
        token = self.stream.now
        if self.stream.accept(";"):
            return None
        if token.is_symbol("{"):
            return self.block()
        if token.kind is TokenKind.NAME:
            return self._by_word(token)
        if token.kind is TokenKind.VARIABLE:
            self.stream.not_available(token.span, f"an assignment to {token.text!r}")
            self.stream.skip_statement()
            return None
        if token.kind is TokenKind.DIRECTIVE:
            self.stream.not_available(self.stream.take().span, f"the preprocessor line {token.text!r}")
            return None
        raise self.stream.failure(f"a statement expected, found {token.described()}")

    def _by_word(self, token: Token) -> Statement | None:
        match token.text:
            case "if":
                return self._if()
            case "return" | "exit" | "drop":
                return self._leaving()
            case "break":
                self.stream.take()
                self._semicolon()
                return Break(token.span)
            case "else":
                self._stray_else()
            case _ if token.text in _LATER:
                self._later()
            case _:
                return self._call()
        return None

    def _later(self) -> None:
        """A statement that this version does not have: what it holds is skipped, not checked."""
        token = self.stream.take()
        self.stream.not_available(token.span, f"{token.text!r}")
        if token.text in _INCLUDES:
            self.stream.take()
        else:
            self.stream.skip_statement()

    def _if(self) -> If:
        start = self.stream.take()
        arms = [(self._condition(), self._body())]
        otherwise: Block | None = None
        with self.stream.chain():
            while self.stream.now.is_word("else"):
                self.stream.take()
                if not self.stream.now.is_word("if"):
                    otherwise = self._body()
                    break
                self.stream.take()
                self.stream.count_arm()
                arms.append((self._condition(), self._body()))
        return If(tuple(arms), otherwise, start.span.to(self.stream.last.span))

    def _condition(self) -> Expression:
        """Read a condition; when it can't be read, skip to the body behind it so that that is checked too."""
        start = self.stream.now
        try:
            return self.expressions.expression()
        except SyntaxFailureError:
            while not self.stream.now.is_symbol("{", "}", ";") and self.stream.now.kind is not TokenKind.END:
                self.stream.take()
            return Missing(start.span)

    def _body(self) -> Block:
        """Read a block, or the single statement that stands for one, its `;` included."""
        if self.stream.now.is_symbol("{"):
            return self.block()
        if self.stream.now.kind is TokenKind.END or self.stream.now.is_symbol("}"):
            raise self.stream.failure(f"a statement expected, found {self.stream.now.described()}")
        start = self.stream.now.span
        with self.stream.nested():
            return Block(tuple(self._recovering()), start.to(self.stream.last.span))

    def _stray_else(self) -> None:
        if self.stream.last.is_symbol(";"):
            self.stream.diagnostics.error(
                "else-after-semicolon",
                self.stream.last.span,
                "the ';' ends the 'if' before its 'else'",
                "remove this ';'",
            )
        else:
            self.stream.diagnostics.error("stray-else", self.stream.now.span, "'else' without an 'if'")
        self.stream.take()
        if self.stream.now.is_symbol("{"):
            self.block()

    def _leaving(self) -> Return | End:
        token = self.stream.take()
        value: Expression | None = None
        if self.stream.now.is_symbol("(") and self.stream.following.is_symbol(")"):
            self.stream.take()
            self.stream.take()
        elif not self.stream.now.is_symbol(";", "}"):
            value = self.expressions.expression()
        span = token.span.to(self.stream.last.span)
        self._semicolon()
        return Return(value, span) if token.text == "return" else End(token.text, value, span)

    def _call(self) -> Call | RouteCall | None:
        token = self.stream.now
        if token.text in _STRAY:
            raise self.stream.failure(f"{token.text!r} can only stand in a switch")
        self.stream.take()
        if self.stream.now.is_symbol("("):
            call = self.expressions.call(token)
            self._semicolon()
            return None if isinstance(call, Missing) else call
        if self.stream.now.is_symbol(";", "}"):
            self._semicolon()
            return Call(token.text, (), token.span, token.span, bare=True)
        if self.stream.now.is_symbol("="):
            raise self.stream.failure(
                f"{token.text!r} can't be set inside a route", "settings stand outside of all blocks"
            )
        raise self.stream.failure(f"'(' expected after {token.text!r}, found {self.stream.now.described()}")

    def _semicolon(self) -> None:
        """Read the `;` that ends a statement; when it is missing, say so and go on as if it were there."""
        if self.stream.accept(";"):
            return
        last = self.stream.last
        self.stream.diagnostics.error(
            "missing-semicolon", last.span.after, f"';' expected after {last.described()}", "insert it here"
        )
        if not self.stream.now.starts_line and self.stream.now.kind is not TokenKind.NAME:
            self.stream.skip_statement()
