"""Read a whole script into its tree (reference language 2.1, 3, 4.1), all its syntax errors in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.diagnostic import Diagnostics
from sertwist.script.lexer import lex
from sertwist.script.nodes import Global, Item, LoadModule, ModParam, Route, Script
from sertwist.script.parse_address import AddressParser
from sertwist.script.parse_expression import route_name
from sertwist.script.parse_statement import ROUTE_WORDS, StatementParser
from sertwist.script.stream import AbandonedError, SyntaxFailureError, TokenStream
from sertwist.script.suggest import did_you_mean
from sertwist.script.tokens import Token, TokenKind

if TYPE_CHECKING:
    from sertwist.script.source import Source, Span

__all__ = ["parse"]

_PATHS: Final = ("loadpath", "mpath")
_ALIASES: Final = ("alias", "domain")
_LATER: Final = ("loadmodulex", "modparamx", "flags", "bool", "avpflags", "include_file", "import_file")
_WORDS: Final = ("loadmodule", "modparam", "listen", *_PATHS, *_LATER, *ROUTE_WORDS)


def parse(source: Source) -> tuple[Script, Diagnostics]:
    """The tree of `source`, as far as it could be read, and every syntax error in it."""
    diagnostics = Diagnostics()
    reader = _ScriptParser(TokenStream(source, lex(source, diagnostics), diagnostics))
    return reader.script(), diagnostics


class _ScriptParser:
    """Reads the items of the top level."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self.statements = StatementParser(stream)
        self.addresses = AddressParser(stream)
        self.items: list[Item] = []

    def script(self) -> Script:
        try:
            while self.stream.now.kind is not TokenKind.END:
                self._recovering()
        except AbandonedError:
            pass  # reported; what was read so far is still worth checking
        return Script(self.stream.source, tuple(self.items))

    def _recovering(self) -> None:
        try:
            self._item()
        except SyntaxFailureError:
            self._skip_item()

    def _skip_item(self) -> None:
        """Skip to the next line that begins with a word, brackets and what is in them left out."""
        while self.stream.now.kind is not TokenKind.END:
            if self.stream.now.starts_line and self.stream.now.kind is TokenKind.NAME:
                return
            self.stream.skip_balanced()

    def _at_global(self) -> bool:
        return self.stream.now.kind is TokenKind.NAME and self.stream.following.is_symbol("=")

    def _item(self) -> None:
        token = self.stream.now
        if self.stream.accept(";"):
            return
        if token.kind is TokenKind.DIRECTIVE:
            self.stream.not_available(self.stream.take().span, f"the preprocessor line {token.text!r}")
        elif token.is_symbol("}"):
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
        if token.text in ROUTE_WORDS and not self.stream.following.is_symbol("="):
            self._route()
        elif token.is_word("loadmodule"):
            self._loadmodule()
        elif token.is_word("modparam"):
            self._modparam()
        elif token.is_word(*_PATHS):
            self._path()
        elif self._at_global():
            self._global()
        elif token.is_word(*_LATER) or self.stream.following.is_symbol(".", "["):
            what = repr(token.text) if token.text in _LATER else "a setting with a group"
            self.stream.not_available(self.stream.take().span, what)
            self._skip_item()
        else:
            fix = did_you_mean(token.text, _WORDS)
            self.stream.take()
            self.stream.diagnostics.error("syntax", token.span, f"{token.text!r} can't stand here", fix)
            self._skip_item()

    def _route(self) -> None:
        start = self.stream.take()
        name, name_span = self._route_name(start)
        if not ROUTE_WORDS[start.text]:
            self.stream.not_available(start.span, f"{start.text!r}")
            if self.stream.now.is_symbol("{"):
                self.stream.skip_balanced()
            return
        body = self.statements.block()
        if name is not None and start.text == "request_route":
            self.stream.diagnostics.error("syntax", name_span, "'request_route' has no name", "write 'route'")
        self.items.append(Route(name, body, start.span.to(body.span), name_span))

    def _route_name(self, start: Token) -> tuple[str | None, Span]:
        if not self.stream.accept("["):
            return None, start.span
        if not ROUTE_WORDS[start.text]:
            while not self.stream.now.is_symbol("]", "{") and self.stream.now.kind is not TokenKind.END:
                self.stream.take()
            self.stream.accept("]")
            return None, start.span
        token = self.stream.now
        if token.kind not in {TokenKind.NAME, TokenKind.NUMBER, TokenKind.STRING}:
            raise self.stream.failure(f"the name of the route expected, found {token.described()}")
        self.stream.take()
        self.stream.expect("]", "after the name of the route")
        return route_name(token), token.span

    def _loadmodule(self) -> None:
        start = self.stream.take()
        opened = self.stream.accept("(")
        name = self.stream.expect_kind(TokenKind.STRING, "after 'loadmodule'")
        if opened:
            if self.stream.accept(","):
                self.stream.expect_kind(TokenKind.STRING, "as the options of 'loadmodule'")
            self.stream.expect(")", "after the module's name")
        self.items.append(LoadModule(name.text, start.span.to(self.stream.last.span), name.span))

    def _modparam(self) -> None:
        start = self.stream.take()
        self.stream.expect("(", "after 'modparam'")
        module = self.stream.expect_kind(TokenKind.STRING, "as the module's name")
        self.stream.expect(",", "after the module's name")
        parameter = self.stream.expect_kind(TokenKind.STRING, "as the parameter's name")
        self.stream.expect(",", "after the parameter's name")
        value, value_span, _ = self._value(words=False)
        end = self.stream.expect(")", "after the value")
        span = start.span.to(end.span)
        self.items.append(ModParam(module.text, parameter.text, value, span, module.span, parameter.span, value_span))

    def _value(self, *, words: bool) -> tuple[int | str, Span, bool]:
        """Read a value: what it is, where, and whether it is a bare word."""
        token = self.stream.now
        sign = self.stream.accept("-")
        if sign or self.stream.now.kind is TokenKind.NUMBER:
            number = self.stream.expect_kind(TokenKind.NUMBER, "after '-'")
            return (-number.number if sign else number.number), token.span.to(number.span), False
        is_word = words and token.kind is TokenKind.NAME and not self._at_global()
        if token.kind in {TokenKind.STRING, TokenKind.ADDRESS} or is_word:
            self.stream.take()
            return token.text, token.span, is_word
        what = "a number, a string or a word" if words else "a number or a string"
        raise self.stream.failure(f"{what} expected as the value, found {token.described()}")

    def _path(self) -> None:
        name = self.stream.take()
        self.stream.accept("=")
        value = self.stream.expect_kind(TokenKind.STRING, f"after {name.text!r}")
        self.items.append(Global(name.text, value.text, name.span.to(value.span), name.span, value.span))

    def _global(self) -> None:
        name = self.stream.take()
        self.stream.take()
        if name.text == "listen":
            self.items.extend(self.addresses.listens())
        elif name.text in _ALIASES:
            for value, value_span in self.addresses.aliases():
                self.items.append(Global(name.text, value, name.span.to(value_span), name.span, value_span))
        else:
            value_, value_span, is_word = self._value(words=True)
            span = name.span.to(value_span)
            self.items.append(Global(name.text, value_, span, name.span, value_span, is_word))
