"""Read a whole script into its tree (reference language 2.1, 3, 4.1), all its syntax errors in one run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sertwist.script.diagnostic import Diagnostics
from sertwist.script.lexer import lex
from sertwist.script.mismatch import indent
from sertwist.script.nodes import Item, Route, Script
from sertwist.script.parse_route import RouteParser
from sertwist.script.parse_setting import SETTING_WORDS, SettingParser
from sertwist.script.start_values import value_at_start
from sertwist.script.stream import AbandonedError, SyntaxFailureError, TokenStream
from sertwist.script.suggest import did_you_mean
from sertwist.script.tokens import Token, TokenKind
from sertwist.script.words import ROUTE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sertwist.script.preprocess.directives import Surroundings
    from sertwist.script.source import Source

__all__ = ["parse"]

_STATEMENT_WORDS: Final = frozenset({"if", "else", "while", "switch", "exit", "drop", "return", "break"})
_WORDS: Final = ("listen", *SETTING_WORDS, *ROUTE_WORDS)


def parse(source: Source, surroundings: Surroundings | None = None) -> tuple[Script, Diagnostics]:
    """The tree of `source`, as far as it could be read, and every syntax error in it.

    `source` grows by the files that the script includes.
    """
    diagnostics = Diagnostics()
    lexed = lex(source, diagnostics, surroundings)
    environment: Mapping[str, str] = {} if surroundings is None else surroundings.environment
    at_start = partial(value_at_start, definitions=lexed.definitions, environment=environment)
    stream = TokenStream(source, lexed.tokens, diagnostics, is_cut_short=lexed.is_cut_short)
    parser = _ScriptParser(stream, at_start)
    items = parser.items()
    has_all = not (lexed.is_cut_short or parser.has_skipped)
    is_whole = has_all and not diagnostics.has("syntax", "unclosed-brace")
    markers = tuple(lexed.markers)
    script = Script(
        source,
        items,
        lexed.definitions,
        markers,
        lexed.defined_at,
        has_all_items=has_all,
        is_whole=is_whole,
        conditions=lexed.conditions,
        environment=environment,
    )
    return script, diagnostics


class _ScriptParser:
    """Reads the items of the top level.

    Attributes:
        has_skipped: some of it could not be read and was left out.
    """

    def __init__(self, stream: TokenStream, at_start: Callable[[str], str]) -> None:
        self.stream = stream
        self.routes = RouteParser(stream)
        self.settings = SettingParser(stream, at_start)
        self.has_skipped = False
        self._items: list[Item] = []
        self._last_brace: Token | None = None  # that ended the last route

    def items(self) -> tuple[Item, ...]:
        try:
            while self.stream.now.kind is not TokenKind.END:
                self._recovering()
        except AbandonedError:
            self.has_skipped = True  # reported; what was read so far is still worth checking
            if self._items and self.stream.diagnostics.within("unclosed-string", self._items[-1].span):
                self._items.pop()
        return tuple(self._items)

    def _recovering(self) -> None:
        try:
            self._item()
        except SyntaxFailureError:
            self.stream.depth = 0
            self._skip_item()

    def _skip_item(self) -> None:
        """Skip to the next line that begins with a word, brackets and what is in them left out."""
        self.has_skipped = True
        while self.stream.now.kind is not TokenKind.END:
            if self.stream.now.starts_line and self.stream.now.kind is TokenKind.NAME:
                return
            self.stream.skip_balanced()

    def _item(self) -> None:
        token = self.stream.now
        if self.stream.accept(";"):
            return
        if token.mark == "}":
            self._unmatched(self.stream.take())
        elif token.kind is TokenKind.NAME:
            self._by_word(token)
        else:
            raise self.stream.name_failure("a setting, module or route")

    def _by_word(self, token: Token) -> None:
        if self.settings.at_global() and token.text not in {"loadpath", "mpath"}:
            self._items.extend(self.settings.global_())
        elif self.settings.at_group():
            self._items.append(self.settings.group())
        elif token.text in ROUTE_WORDS:
            self._items.append(self.routes.route())
            self._last_brace = self.stream.last
        elif token.text in SETTING_WORDS:
            self._items.extend(self.settings.setting())
        elif self._at_statement():
            self._stray_statements()
        else:
            fix = did_you_mean(token.text, _WORDS)
            self.stream.take()
            self.stream.diagnostics.error("syntax", token.span, f"{token.text!r} can't stand here", fix)
            self._skip_item()

    def _unmatched(self, brace: Token) -> None:
        """Report a brace that closes nothing; when that is because a deeper one ended the route, that one."""
        stream = self.stream
        self.has_skipped = True  # it belongs to something that ended before
        ending = self._last_brace
        if ending is not None and indent(ending, stream.source) > indent(brace, stream.source):
            stream.diagnostics.error("unmatched-brace", ending.span, "this '}' ends the route", "is it one too many?")
        else:
            stream.diagnostics.error("unmatched-brace", brace.span, "'}' closes nothing")
        self._last_brace = None

    def _at_statement(self) -> bool:
        """Whether a statement stands where the last item was a route: that has ended too early."""
        stream = self.stream
        is_one = stream.now.mark in _STATEMENT_WORDS or stream.following.mark == "("
        return is_one and stream.last.mark == "}" and bool(self._items) and isinstance(self._items[-1], Route)

    def _stray_statements(self) -> None:
        """Report the brace in front of statements that no route holds, and skip up to the one that ends them."""
        stream = self.stream
        line = stream.source.position(stream.now.start).line
        message = f"this '}}' ends the route, and statements follow on line {line}"
        stream.diagnostics.error("unmatched-brace", stream.last.span, message, "is it one too many?")
        self.has_skipped = True
        while stream.now.kind is not TokenKind.END and not stream.at_route():
            if stream.accept("}"):
                return
            stream.skip_balanced()
