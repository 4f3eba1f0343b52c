"""`TokenStream`: the parser's place among the tokens, its expectations, and its bounds on depth."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sertwist.limits import MAX_ARMS, MAX_NESTING
from sertwist.script.tokens import Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.source import Source, Span

__all__ = ["AbandonedError", "SyntaxFailureError", "TokenStream"]

_CLOSING = {"(": ")", "{": "}", "[": "]"}


class SyntaxFailureError(Exception):
    """What stands here can't be read on; it has been reported, and the caller skips to where it can go on."""


class AbandonedError(Exception):
    """The script can't be read any further at all; it has been reported."""


class TokenStream:
    """Tokens one after the other; the last, END, is never passed."""

    def __init__(self, source: Source, tokens: list[Token], diagnostics: Diagnostics) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._arms = 0

    @property
    def now(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The one behind it."""
        return self.peek(1)

    @property
    def last(self) -> Token:
        """The one read last (at the start, the first)."""
        return self.peek(-1)

    def peek(self, distance: int) -> Token:
        """The token `distance` away, END past the end."""
        return self._tokens[max(0, min(self._at + distance, len(self._tokens) - 1))]

    def take(self) -> Token:
        """Read the next token."""
        token = self.now
        if token.kind is not TokenKind.END:
            self._at += 1
        return token

    def accept(self, *symbols: str) -> Token | None:
        """Read the next token if it is one of these symbols."""
        return self.take() if self.now.is_symbol(*symbols) else None

    def expect(self, symbol: str, where: str) -> Token:
        """Read `symbol`, or report that it is missing."""
        token = self.accept(symbol)
        if token is None:
            raise self.failure(f"{symbol!r} expected {where}, found {self.now.described()}")
        return token

    def expect_kind(self, kind: TokenKind, where: str) -> Token:
        """Read a token of `kind`, or report that it is missing."""
        if self.now.kind is not kind:
            raise self.failure(f"{kind.value} expected {where}, found {self.now.described()}")
        return self.take()

    def failure(self, message: str, fix: str = "") -> SyntaxFailureError:
        """Report that the next token can't stand here, and give what to raise."""
        self.diagnostics.error("syntax", self.now.span, message, fix)
        return SyntaxFailureError()

    def not_available(self, span: Span, what: str) -> None:
        """Report a part of the language that is known but comes later."""
        self.diagnostics.error("not-available", span, f"{what} is not available yet in this version")

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Count one level of nesting while the block runs.

        Raises:
            AbandonedError: there are more than `MAX_NESTING` levels.
        """
        self._depth += 1
        self.check_height(self._depth)
        try:
            yield
        finally:
            self._depth -= 1

    def check_height(self, levels: int) -> None:
        """Accept up to `MAX_NESTING` levels.

        Raises:
            AbandonedError: there are more.
        """
        if levels > MAX_NESTING:
            self._abandon(f"nested too deeply: more than {MAX_NESTING} levels")

    @contextmanager
    def chain(self) -> Iterator[None]:
        """Keep the arms of an `else if` chain apart from those after it."""
        before = self._arms
        try:
            yield
        finally:
            self._arms = before

    def count_arm(self) -> None:
        """Count one more `else if` on the way from the route to here.

        Raises:
            AbandonedError: there are more than `MAX_ARMS`.
        """
        self._arms += 1
        if self._arms > MAX_ARMS:
            self._abandon(f"too many 'else if' in one chain: more than {MAX_ARMS}")

    def _abandon(self, message: str) -> None:
        self.diagnostics.error("too-deep", self.now.span, message, "call other routes")
        raise AbandonedError

    def skip_balanced(self) -> None:
        """Read one token, and when it opens a bracket everything up to the one that closes it."""
        expected: list[str] = []
        open_count = dict.fromkeys(_CLOSING.values(), 0)
        while self.now.kind is not TokenKind.END:
            token = self.take()
            if token.is_symbol(*_CLOSING):
                expected.append(_CLOSING[token.text])
                open_count[expected[-1]] += 1
            elif token.kind is TokenKind.SYMBOL and open_count.get(token.text):
                while open_count[token.text]:  # what was opened inside and never closed ends here too
                    closed = expected.pop()
                    open_count[closed] -= 1
                    if closed == token.text:
                        break
            if not expected:
                return

    def skip_statement(self) -> None:
        """Skip to behind the next `;`, or to a `}` or a line's first word, with all brackets between."""
        while self.now.kind is not TokenKind.END and not self.now.is_symbol("}"):
            if self.accept(";"):
                return
            opened_block = self.now.is_symbol("{")
            self.skip_balanced()
            if opened_block:
                return
