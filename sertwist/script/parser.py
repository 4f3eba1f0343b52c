"""Read a whole script into its tree (reference language 2.1, 3, 4.1), all its syntax errors in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.diagnostic import Diagnostics
from sertwist.script.lexer import lex
from sertwist.script.nodes import Item, Script
from sertwist.script.parse_route import RouteParser
from sertwist.script.parse_setting import SETTING_WORDS, SettingParser
from sertwist.script.stream import AbandonedError, SyntaxFailureError, TokenStream
from sertwist.script.suggest import did_you_mean
from sertwist.script.tokens import Token, TokenKind
from sertwist.script.words import ROUTE_WORDS

if TYPE_CHECKING:
    from sertwist.script.preprocess.directives import Surroundings
    from sertwist.script.source import Source

__all__ = ["parse"]

_WORDS: Final = ("listen", *SETTING_WORDS, *ROUTE_WORDS)


def parse(source: Source, surroundings: Surroundings | None = None) -> tuple[Script, Diagnostics]:
    """The tree of `source`, as far as it could be read, and every syntax error in it.

    `source` grows by the files that the script includes.
    """
    diagnostics = Diagnostics()
    lexed = lex(source, diagnostics, surroundings)
    items = _ScriptParser(TokenStream(source, lexed.tokens, diagnostics, is_cut_short=lexed.is_cut_short)).items()
    return Script(source, items, lexed.definitions, tuple(lexed.markers)), diagnostics


class _ScriptParser:
    """Reads the items of the top level."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self.routes = RouteParser(stream)
        self.settings = SettingParser(stream)
        self._items: list[Item] = []

    def items(self) -> tuple[Item, ...]:
        try:
            while self.stream.now.kind is not TokenKind.END:
                self._recovering()
        except AbandonedError:
            pass  # reported; what was read so far is still worth checking
        return tuple(self._items)

    def _recovering(self) -> None:
        try:
            self._item()
        except SyntaxFailureError:
            self.stream.depth = 0
            self._skip_item()

    def _skip_item(self) -> None:
        """Skip to the next line that begins with a word, brackets and what is in them left out."""
        while self.stream.now.kind is not TokenKind.END:
            if self.stream.now.starts_line and self.stream.now.kind is TokenKind.NAME:
                return
            self.stream.skip_balanced()

    def _item(self) -> None:
        token = self.stream.now
        if self.stream.accept(";"):
            return
        if token.mark == "}":
            self.stream.take()
            self.stream.diagnostics.error("unmatched-brace", token.span, "'}' closes nothing")
        elif token.kind is TokenKind.NAME:
            self._by_word(token)
        else:
            self.stream.take()
            self.stream.diagnostics.error(
                "syntax", token.span, f"a setting, module or route expected, found {token.described()}"
            )
            self._skip_item()

    def _by_word(self, token: Token) -> None:
        if self.settings.at_global() and token.text not in {"loadpath", "mpath"}:
            self._items.extend(self.settings.global_())
        elif self.settings.at_group():
            self._items.append(self.settings.group())
        elif token.text in ROUTE_WORDS:
            self._items.append(self.routes.route())
        elif token.text in SETTING_WORDS:
            self._items.extend(self.settings.setting())
        else:
            fix = did_you_mean(token.text, _WORDS)
            self.stream.take()
            self.stream.diagnostics.error("syntax", token.span, f"{token.text!r} can't stand here", fix)
            self._skip_item()
