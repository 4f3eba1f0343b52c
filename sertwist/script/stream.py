"""`TokenStream`: the parser's place among the tokens, its expectations, and its bounds on depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_ARMS, MAX_NESTING
from sertwist.script.mismatch import brace_left_open, string_run_over
from sertwist.script.source import Span
from sertwist.script.tokens import Token, TokenKind
from sertwist.script.words import ROUTE_WORDS

if TYPE_CHECKING:
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.source import Source

__all__ = ["AbandonedError", "SyntaxFailureError", "TokenStream"]

_CLOSING: Final = {"(": ")", "{": "}", "[": "]"}
_FARTHEST: Final = 4  # tokens that the parser looks ahead
_END: Final = TokenKind.END
_UNQUOTED: Final = frozenset({TokenKind.NAME, TokenKind.NUMBER, TokenKind.ADDRESS})


class SyntaxFailureError(Exception):
    """What stands here can't be read on; it has been reported, and the caller skips to where it can go on."""


class AbandonedError(Exception):
    """The script can't be read any further at all; it has been reported."""


class TokenStream:
    """Tokens one after the other; the last, END, is never passed.

    Attributes:
        now: the token to be read next.
        depth: levels of nesting that are open.
        is_cut_short: it ends in a string or comment that is never closed: that its end is not expected is no news.
    """

    def __init__(
        self, source: Source, tokens: list[Token], diagnostics: Diagnostics, *, is_cut_short: bool = False
    ) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self.now = tokens[0]
        self.depth = 0
        self.is_cut_short = is_cut_short
        self._tokens = tokens + tokens[-1:] * _FARTHEST
        self._at = 0
        self._arms = 0

    @property
    def following(self) -> Token:
        """The one behind `now`."""
        return self._tokens[self._at + 1]

    @property
    def last(self) -> Token:
        """The one read last (at the start, the first)."""
        return self._tokens[self._at - 1 if self._at else 0]

    def peek(self, distance: int) -> Token:
        """The token `distance` behind `now`, up to `_FARTHEST`; END past the end."""
        return self._tokens[self._at + distance]

    def take(self) -> Token:
        """Read the next token."""
        token = self.now
        if token.kind is not _END:
            self._at += 1
            self.now = self._tokens[self._at]
        return token

    def accept(self, mark: str) -> Token | None:
        """Read the next token if it is this symbol or word."""
        return self.take() if self.now.mark == mark else None

    def expect(self, mark: str, where: str, fix: str = "") -> Token:
        """Read `mark`, or report that it is missing."""
        if self.now.mark != mark:
            raise self.failure(f"{mark!r} expected {where}, found {self.now.described()}", fix)
        return self.take()

    def expect_kind(self, kind: TokenKind, where: str) -> Token:
        """Read a token of `kind`, or report that it is missing."""
        if self.now.kind is not kind:
            fix = "put it in quotes" if kind is TokenKind.STRING and self.now.kind in _UNQUOTED else ""
            raise self.failure(f"{kind.value} expected {where}, found {self.now.described()}", fix)
        return self.take()

    def failure(self, message: str, fix: str = "") -> SyntaxFailureError:
        """Report that the next token can't stand here, and give what to raise.

        Raises:
            AbandonedError: it stands there because an earlier string is not closed.
        """
        self.check_strings()
        if self.now.kind is not TokenKind.MISSING and not (self.is_cut_short and self.now.kind is _END):
            name = self._replaced()
            if name:
                message += f": {name!r} is defined, and replaced by its text"
            self.diagnostics.error("syntax", self.now.span, message, fix)
        return SyntaxFailureError()

    def name_failure(self, what: str) -> SyntaxFailureError:
        """Report that `what`, a name, was expected here."""
        fix = "give the definition another name" if self._replaced() else ""
        return self.failure(f"{what} expected, found {self.now.described()}", fix)

    def _replaced(self) -> str:
        """The name of the definition that was written between the token read last and the end of the next one."""
        return self.source.definition_in(Span(self.last.end, self.now.end))

    def check_strings(self) -> None:
        """Report the string in front of what can't be read that took in everything up to the next quote.

        Raises:
            AbandonedError: there is one: from there on what is text and what is not has changed places.
        """
        string = string_run_over(self._tokens, self._at, self.source)
        if string is None:
            return
        first, last = (self.source.position(each).line for each in string.span)
        self.diagnostics.forget_behind(string.start)
        message = f"the string opened at line {first} is not closed before line {last}"
        self.diagnostics.error(
            "unclosed-string", Span(string.start, string.start + 1), message, "add its closing quote"
        )
        raise AbandonedError

    def unclosed(self, opening: Token) -> None:
        """Report that the brace `opening` is never closed."""
        if self.is_cut_short and self.now.kind is _END:
            return
        if self.diagnostics.was_said("unclosed-brace", self.now.span):
            return
        opening = brace_left_open(self._tokens, opening, self.now, self.source)
        line = self.source.position(opening.start).line
        message = f"'{{' opened at line {line} is never closed"
        self.diagnostics.error("unclosed-brace", opening.span, message, cause=self.now.span)

    def check_name(self, token: Token) -> None:
        """Warn when a definition replaces the name that was just read and that something is called by (13, 3)."""
        name = self.source.defined_name(token.start)
        before = self._tokens[self._at - 2].start if self._at > 1 else -1
        if name and token.start not in {before, self.now.start}:
            message = f"the name {name!r} is defined: {token.text!r} stands here"
            self.diagnostics.warning("define-replaces-name", token.span, message, "use another name", cause=name)

    def enter(self) -> None:
        """Go one level down; whoever catches a failure sets `depth` back to what it was.

        Raises:
            AbandonedError: there are more than `MAX_NESTING` levels.
        """
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.check_height(self.depth)

    def leave(self) -> None:
        """Come back up."""
        self.depth -= 1

    def check_height(self, levels: int) -> None:
        """Accept up to `MAX_NESTING` levels.

        Raises:
            AbandonedError: there are more.
        """
        if levels > MAX_NESTING:
            self._abandon(f"nested too deeply: more than {MAX_NESTING} levels")

    @property
    def arms(self) -> int:
        """How many `else if` stand on the way from the route to here.

        Raises (when set):
            AbandonedError: there are more than `MAX_ARMS`.
        """
        return self._arms

    @arms.setter
    def arms(self, count: int) -> None:
        self._arms = count
        if count > MAX_ARMS:
            self._abandon(f"too many 'else if' in one chain: more than {MAX_ARMS}")

    def check_cases(self, count: int) -> None:
        """Accept up to `MAX_ARMS` cases of a switch: they become one chain of `else if`.

        Raises:
            AbandonedError: there are more.
        """
        if count > MAX_ARMS:
            self._abandon(f"too many cases in one switch: more than {MAX_ARMS}")

    def _abandon(self, message: str) -> None:
        self.diagnostics.error("too-deep", self.now.span, message, "call other routes")
        raise AbandonedError

    def at_route(self) -> bool:
        """Whether a route block begins here: inside another, the brace of that one is missing."""
        token = self.now
        if token.mark not in ROUTE_WORDS or not token.starts_line:
            return False
        following = self.following.mark
        return following == "{" or (following == "[" and self.peek(4).mark != ";")  # `route["x"];` is meant as a call

    def skip_balanced(self) -> None:
        """Read one token, and when it opens a bracket everything up to the one that closes it."""
        expected: list[str] = []
        open_count = dict.fromkeys(_CLOSING.values(), 0)
        while self.now.kind is not _END:
            mark = self.take().mark
            if mark in _CLOSING:
                expected.append(_CLOSING[mark])
                open_count[expected[-1]] += 1
            elif open_count.get(mark):
                while open_count[mark]:  # what was opened inside and never closed ends here too
                    closed = expected.pop()
                    open_count[closed] -= 1
                    if closed == mark:
                        break
            if not expected:
                return

    def skip_statement(self) -> None:
        """Skip to behind the next `;`, or to a `}`, with all brackets between."""
        while self.now.kind is not _END and self.now.mark != "}":
            if self.accept(";"):
                return
            opened_block = self.now.mark == "{"
            self.skip_balanced()
            if opened_block:
                return
