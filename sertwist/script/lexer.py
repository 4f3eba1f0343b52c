"""Cut a script into tokens (reference language 1): one compiled pattern, every character looked at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sertwist.script.literals import SELECT_PART, parse_address, parse_number, unescape
from sertwist.script.source import Span
from sertwist.script.tokens import Token, TokenKind

if TYPE_CHECKING:
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.source import Source

__all__ = ["lex"]

_DIRECTIVES = (
    "defexps?|(?:try|re)?def(?:ine)?|(?:try)?undef(?:ine)?|(?:try)?defenvs?|ifn?def|ifexp|else|endif|subst(?:defs?)?|"
    "include_file|import_file"
)
_TOKENS = re.compile(
    rf"""
      (?P<blank>(?:[ \t\b\r\n\f]|\\\r?\n)+)
    | (?P<directive>(?:\#!|!!)(?:{_DIRECTIVES})\b(?:[^\\\n]|\\(?:\r?\n|.)?)*)
    | (?P<comment>(?:\#|//)[^\n]*)
    | (?P<open>/\*)
    | (?P<double>"[^"\\]*(?:\\.[^"\\]*)*")
    | (?P<single>'[^']*')
    | (?P<quote>["'])
    | (?P<address>\[(?=[0-9A-Fa-f.]{{0,4}}:[0-9A-Fa-f.]{{0,4}}:)[0-9A-Fa-f:.]+\]
                 |(?<![\w:])(?=[0-9A-Fa-f:]{{0,40}}::|(?:[0-9A-Fa-f]{{1,4}}:){{7}})(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:\d+(?:\.\d+){{3}}|[0-9A-Fa-f]{{1,4}})?(?![\w:.])
                 |\d+(?:\.\d+){{3}}(?![\w.]))
    | (?P<name>(?:msg:len|uri:host|uri:port)\b|[A-Za-z_]\w*)
    | (?P<number>\d\w*)
    | (?P<select>@(?:{SELECT_PART}(?:\.{SELECT_PART})*)?)
    | (?P<variable>\$(?:\?|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?(?:\[[^\]\n]{{0,256}}\])?)?)
    | (?P<symbol>\((?:int|str)\)|=~|!~|[=!<>:+\-*/]?=|<<|>>|&&|\|\||[=(){{}}\[\],;:.<>!+\-*/%|&^~])
    | (?P<strange>[^\x00-\x7f]+|.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LINE_PARENTHESIS = re.compile(r"[()\n]")


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
        self.fresh_line = True
        self.joinable = False

    def run(self) -> list[Token]:
        match_at = _TOKENS.match
        while (match := match_at(self.text, self.at)) is not None:
            self.at = match.end()
            span = Span(match.start(), match.end())
            getattr(self, f"_{match.lastgroup}")(match.group(), span)
        self._put(TokenKind.END, "", Span(len(self.text), len(self.text)))
        return self.tokens

    def _put(self, kind: TokenKind, text: str, span: Span, number: int = 0) -> None:
        self.tokens.append(Token(kind, text, span, number, self.fresh_line))
        self.fresh_line = self.joinable = False

    def _blank(self, text: str, span: Span) -> None:  # noqa: ARG002 (all of these have one signature)
        self.fresh_line = self.fresh_line or "\n" in text

    def _comment(self, text: str, span: Span) -> None:  # noqa: ARG002
        self.joinable = False

    def _directive(self, text: str, span: Span) -> None:
        self._put(TokenKind.DIRECTIVE, text.split(None, 1)[0], span)

    def _open(self, text: str, span: Span) -> None:
        """A block comment, nesting counted; when it is never closed, the rest of the file is inside it."""
        depth = 1
        nested: Span | None = None
        while depth:
            edge = _COMMENT_EDGE.search(self.text, self.at)
            if edge is None:
                self._unclosed("unclosed-comment", nested or span, "comment")
                return
            self.at = edge.end()
            if edge.group() == "/*":
                depth += 1
                nested = Span(edge.start(), edge.end())
            else:
                depth -= 1
        self._comment(text, span)
        if nested:
            self.diagnostics.warning(
                "nested-comment",
                nested,
                "'/*' inside a comment: each needs its own '*/'",
                "remove it if it is only text",
            )

    def _quote(self, text: str, span: Span) -> None:  # noqa: ARG002
        self._unclosed("unclosed-string", span, "string")

    def _unclosed(self, code: str, span: Span, what: str) -> None:
        """No later text can close it either: there is nothing more to read."""
        line = self.source.position(span.start).line
        self.diagnostics.error(code, span, f"{what} opened at line {line} is never closed")
        self.at = len(self.text)

    def _double(self, text: str, span: Span) -> None:
        value = unescape(text[1:-1])
        self._no_nul(value, span)
        if not self.joinable:
            self._put(TokenKind.STRING, value, span)
            self.joinable = True
            return
        last = self.tokens[-1]
        if not self.fresh_line:
            self.diagnostics.warning(
                "joined-strings", span, "two strings side by side are joined to one", "is a comma missing?"
            )
        last.text += value
        last.span = last.span.to(span)
        self.fresh_line = False

    def _single(self, text: str, span: Span) -> None:
        self._no_nul(text, span)
        self._put(TokenKind.STRING, text[1:-1], span)

    def _no_nul(self, value: str, span: Span) -> None:
        if "\0" in value:
            self.diagnostics.error("nul-in-string", span, "a string can't hold the character NUL")

    def _address(self, text: str, span: Span) -> None:
        address = parse_address(text)
        if address is None:
            fix = "octets are decimal, 0 to 255, without leading zeros" if "." in text else ""
            self.diagnostics.error("bad-address", span, f"{text!r} is no IP address", fix)
        self._put(TokenKind.ADDRESS, str(address or text), span)

    def _name(self, text: str, span: Span) -> None:
        self._put(TokenKind.NAME, text, span)

    def _number(self, text: str, span: Span) -> None:
        try:
            number = parse_number(text)
        except OverflowError:
            self.diagnostics.error("number-too-large", span, "the number needs more than 64 bits", "write it in quotes")
            number = 0
        if number is None:
            self._put(TokenKind.NAME, text, span)  # `3com`: only host names can begin with a digit
            return
        if len(text) > 1 and text[0] == "0" and text[1] not in "xX" and text[-1] != "b":
            self.diagnostics.hint("octal-number", span, f"a number with a leading 0 is octal: {number} is meant")
        self._put(TokenKind.NUMBER, text, span, number)

    def _select(self, text: str, span: Span) -> None:
        if text == "@":
            self.diagnostics.error("bad-select", span, "'@' must be followed by the name of a select")
        self._put(TokenKind.SELECT, text, span)

    def _variable(self, text: str, span: Span) -> None:
        """`$name`, or with all of its balanced parentheses on the line."""
        depth = 0
        if self.text[self.at : self.at + 1] == "(":
            for edge in _LINE_PARENTHESIS.finditer(self.text, self.at):
                depth += {"(": 1, ")": -1}.get(edge.group(), 0)
                if depth == 0 or edge.group() == "\n":
                    self.at = edge.start() if edge.group() == "\n" else edge.end()
                    break
        self._put(TokenKind.VARIABLE, self.text[span.start : self.at] or text, Span(span.start, self.at))

    def _symbol(self, text: str, span: Span) -> None:
        self._put(TokenKind.SYMBOL, text, span)

    def _strange(self, text: str, span: Span) -> None:
        self.diagnostics.error("strange-character", span, f"{text[:20]!r} can't stand here", cause=text[:1])
        self.fresh_line = False
