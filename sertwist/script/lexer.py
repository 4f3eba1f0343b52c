"""Cut a script into tokens (reference language 1): one compiled pattern, every character looked at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.literals import SELECT_PART, parse_address, parse_number, unescape
from sertwist.script.parse_name import ATTRIBUTE_CLASSES
from sertwist.script.source import Span
from sertwist.script.tokens import BLANK, LINE, Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.source import Source

__all__ = ["lex"]

_DIRECTIVES: Final = (
    "defexps?|(?:try|re)?def(?:ine)?|(?:try)?undef(?:ine)?|(?:try)?defenvs?|ifn?def|ifexp|else|endif|subst(?:defs?)?|"
    "include_file|import_file"
)
_CLASS: Final = "|".join(ATTRIBUTE_CLASSES)
#: White space, then one token. A name or number that could begin an IPv6 address is left to `address`, tried after it.
_TOKENS: Final = re.compile(
    rf"""
    [ \t\b\r\f]*(?:(\n)[ \t\b\r\n\f]*)?
    (?: (?P<name>(?:msg:len|uri:host|uri:port)\b|[A-Za-z_]\w*\b(?!:[0-9A-Fa-f:]*:))
      | (?P<symbol>[){{}};,]|\((?:int\)|str\))?|=[=~]?|!(?!!(?:{_DIRECTIVES})\b)[=~]?|&[&=]?|\|[|=]?|<[<=]?|>[>=]?
                  |\[(?![0-9A-Fa-f.]{{0,4}}:[0-9A-Fa-f.]{{0,4}}:)|[\]+\-*%^~]=?|/(?![/*])=?|:(?!:)=?|\.)
      | (?P<double>"[^"\\]*(?:\\.[^"\\]*)*")
      | (?P<comment>(?:\#|//)(?!!)[^\n]*)
      | (?P<number>\d\w*\b(?!\.\d|:[0-9A-Fa-f:]*:))
      | (?P<variable>\$(?:\?|(?:{_CLASS})\.[A-Za-z_]\w*|[A-Za-z_]\w*)?(?:\[[^\]\n]{{0,256}}\])?)
      | (?P<select>@(?:{SELECT_PART}(?:\.{SELECT_PART})*)?)
      | (?P<single>'[^']*')
      | (?P<quote>["'])
      | (?P<open>/\*)
      | (?P<directive>(?:\#!|!!)(?:{_DIRECTIVES})\b(?:[^\\\n]|\\(?:\r?\n|.)?)*)
      | (?P<marker>(?:\#|//)[^\n]*)
      | (?P<address>\[[0-9A-Fa-f:.]+\]
                   |(?<![\w:])(?=[0-9A-Fa-f:]{{0,40}}::|(?:[0-9A-Fa-f]{{1,4}}:){{7}})(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:\d+(?:\.\d+){{3}}|[0-9A-Fa-f]{{1,4}})?(?![\w:.])
                   |\d+(?:\.\d+){{3}}(?![\w.]))
      | (?P<hex_name>[A-Za-z_]\w*)
      | (?P<hex_number>\d\w*)
      | (?P<left>[:\[])
      | (?P<continuation>\\\r?\n)
      | (?P<strange>[^\x00-\x7f]+|.)
      | (?P<end>\Z)
    )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_NAME: Final = _TOKENS.groupindex["name"]
_SYMBOL: Final = _TOKENS.groupindex["symbol"]
_COMMENT: Final = _TOKENS.groupindex["comment"]
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")
_LINE_PARENTHESIS: Final = re.compile(r"[()\n]")
_INDEX: Final = re.compile(r"\[[^\]\n]{0,256}\]")


def lex(source: Source, diagnostics: Diagnostics) -> list[Token]:
    """The tokens of `source`, the last one END; what can't be a token is reported and left out."""
    return _Lexer(source, diagnostics).run()


class _Lexer:
    """One run over one text."""

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.text = source.text
        self.diagnostics = diagnostics
        self.tokens: list[Token] = []
        self.at = 0
        self.gap = LINE  # at least so much stands before the next token
        self.joinable = False
        handlers = {name: getattr(self, f"_{name}", None) for name in _TOKENS.groupindex}
        self.handlers: list[Callable[[int, int, int], None] | None] = [None, None, *handlers.values()]

    def run(self) -> list[Token]:
        while self.at < len(self.text):
            self._run()
        self.tokens.append(Token(TokenKind.END, "", "", len(self.text), len(self.text), self.gap))
        return self.tokens

    def _run(self) -> None:
        """Read on until the place to read from is moved."""
        text = self.text
        append = self.tokens.append
        name, symbol = TokenKind.NAME, TokenKind.SYMBOL
        for match in _TOKENS.finditer(text, self.at):
            kind = match.lastindex or 0
            start, end = match.span(kind)
            gap = max(self.gap, LINE if match.start(1) >= 0 else BLANK if match.start() < start else 0)
            if kind == _NAME:
                word = text[start:end]
                append(Token(name, word, word, start, end, gap))
            elif kind == _SYMBOL:
                word = text[start:end]
                append(Token(symbol, word, word, start, end, gap))
            elif kind == _COMMENT:
                self.gap = gap or BLANK
                self.joinable = False
                continue
            else:
                self.at = end
                self.handlers[kind](start, end, gap)  # type: ignore[misc]  # only the three above have none
                if self.at != end:
                    return
                continue
            self.gap = 0
            self.joinable = False
        self.at = len(text)

    def _put(self, kind: TokenKind, text: str, start: int, end: int, gap: int, number: int = 0) -> None:
        mark = text if kind is TokenKind.NAME or kind is TokenKind.SYMBOL else ""
        self.tokens.append(Token(kind, text, mark, start, end, gap, number))
        self.gap = 0
        self.joinable = False

    def _pass(self, gap: int) -> None:
        """Something that is no token was read."""
        self.gap = max(gap, BLANK)
        self.joinable = False

    # -- what the pattern names, each with its place and what stands before it ------------------------------------

    def _double(self, start: int, end: int, gap: int) -> None:
        value = unescape(self.text[start + 1 : end - 1])
        self._no_nul(value, start, end)
        if not self.joinable:
            self._put(TokenKind.STRING, value, start, end, gap)
            self.joinable = True
            return
        last = self.tokens[-1]
        if gap != LINE:
            self.diagnostics.warning(
                "joined-strings", Span(start, end), "two strings side by side are joined to one", "is a comma missing?"
            )
        last.text += value
        last.end = end

    def _single(self, start: int, end: int, gap: int) -> None:
        value = self.text[start + 1 : end - 1]
        self._no_nul(value, start, end)
        self._put(TokenKind.STRING, value, start, end, gap)

    def _no_nul(self, value: str, start: int, end: int) -> None:
        if "\0" in value:
            self.diagnostics.error("nul-in-string", Span(start, end), "a string can't hold the character NUL")

    def _quote(self, start: int, end: int, gap: int) -> None:  # noqa: ARG002 (all of these have one signature)
        self._unclosed("unclosed-string", start, end, "string")

    def _unclosed(self, code: str, start: int, end: int, what: str) -> None:
        """No later text can close it either: there is nothing more to read."""
        line = self.source.position(start).line
        self.diagnostics.error(code, Span(start, end), f"{what} opened at line {line} is never closed")
        self.at = len(self.text)

    def _open(self, start: int, end: int, gap: int) -> None:  # noqa: ARG002
        """A block comment, nesting counted; when it is never closed, the rest of the file is inside it."""
        depth = 1
        nested = start
        while depth:
            edge = _COMMENT_EDGE.search(self.text, self.at)
            if edge is None:
                self._unclosed("unclosed-comment", nested, nested + 2, "comment")
                return
            self.at = edge.end()
            if edge.group() == "/*":
                depth += 1
                nested = edge.start()
            else:
                depth -= 1
        self._pass(gap)
        if nested != start:
            message = "'/*' inside a comment: each needs its own '*/'"
            self.diagnostics.warning(
                "nested-comment", Span(nested, nested + 2), message, "remove it if it is only text"
            )

    def _marker(self, start: int, end: int, gap: int) -> None:  # noqa: ARG002
        self._pass(gap)

    def _directive(self, start: int, end: int, gap: int) -> None:
        word = self.text[start:end].split(None, 1)[0]
        message = f"the preprocessor line {word!r} is not available yet in this version"
        self.diagnostics.error("not-available", Span(start, end), message)
        self._pass(gap)

    def _number(self, start: int, end: int, gap: int) -> None:
        text = self.text[start:end]
        span = Span(start, end)
        try:
            number = int(text) if text.isdecimal() and text[0] != "0" and len(text) < 16 else parse_number(text)
        except OverflowError:
            self.diagnostics.error("number-too-large", span, "the number needs more than 64 bits", "write it in quotes")
            number = 0
        if number is None:
            self._put(TokenKind.NAME, text, start, end, gap)  # `3com`: only host names can begin with a digit
            return
        if len(text) > 1 and text[0] == "0" and text[1] not in "xX" and text[-1] != "b":
            self.diagnostics.hint("octal-number", span, f"a number with a leading 0 is octal: {number} is meant")
        self._put(TokenKind.NUMBER, text, start, end, gap, number)

    _hex_number = _number

    def _hex_name(self, start: int, end: int, gap: int) -> None:
        self._put(TokenKind.NAME, self.text[start:end], start, end, gap)

    def _left(self, start: int, end: int, gap: int) -> None:
        self._put(TokenKind.SYMBOL, self.text[start:end], start, end, gap)

    def _address(self, start: int, end: int, gap: int) -> None:
        text = self.text[start:end]
        address = parse_address(text)
        if address is None:
            fix = "octets are decimal, 0 to 255, without leading zeros" if "." in text else ""
            self.diagnostics.error("bad-address", Span(start, end), f"{text!r} is no IP address", fix)
        self._put(TokenKind.ADDRESS, str(address or text), start, end, gap)

    def _select(self, start: int, end: int, gap: int) -> None:
        if end == start + 1:
            self.diagnostics.error("bad-select", Span(start, end), "'@' must be followed by the name of a select")
        self._put(TokenKind.SELECT, self.text[start:end], start, end, gap)

    def _variable(self, start: int, end: int, gap: int) -> None:
        """`$name`, or with all of its balanced parentheses on the line."""
        depth = 0
        if self.text[end : end + 1] == "(":
            for edge in _LINE_PARENTHESIS.finditer(self.text, end):
                depth += {"(": 1, ")": -1}.get(edge.group(), 0)
                if depth == 0 or edge.group() == "\n":
                    self.at = edge.start() if edge.group() == "\n" else edge.end()
                    break
            if index := _INDEX.match(self.text, self.at):
                self.at = index.end()
        self._put(TokenKind.VARIABLE, self.text[start : self.at], start, self.at, gap)

    def _continuation(self, start: int, end: int, gap: int) -> None:  # noqa: ARG002
        self.gap = LINE

    def _strange(self, start: int, end: int, gap: int) -> None:
        text = self.text[start : min(end, start + 20)]
        self.diagnostics.error("strange-character", Span(start, end), f"{text!r} can't stand here", cause=text[:1])
        self._pass(gap)

    def _end(self, start: int, end: int, gap: int) -> None:
        """White space at the end of the text."""
