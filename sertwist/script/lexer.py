"""Cut a script into tokens (reference language 1): one compiled pattern, every character looked at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.record import record
from sertwist.script.diagnostic import Diagnostics
from sertwist.script.literals import parse_address, parse_number, unescape
from sertwist.script.preprocess.definitions import INCLUDE_WORDS
from sertwist.script.preprocess.directives import Preprocessor, Surroundings
from sertwist.script.source import Source, Span
from sertwist.script.token_pattern import TOKENS, comment_end, variable_end
from sertwist.script.tokens import BLANK, LINE, Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["Lexed", "lex"]

_NAME: Final = TOKENS.groupindex["name"]
_SYMBOL: Final = TOKENS.groupindex["symbol"]
_COMMENT: Final = TOKENS.groupindex["comment"]
_MARKER: Final = re.compile(r"(?:#!|//!)(SER|KAMAILIO|OPENSER|MAXCOMPAT|ALL)\s*")
_DIRECTIVE: Final = re.compile(r"#!([a-z_]{4,})\b")
_QUOTES: Final = r"\u2018-\u201f\xab\xbb"  # those of typography
_QUOTED: Final = re.compile(rf'[{_QUOTES}]([^"\n{_QUOTES}]*)[{_QUOTES}]')
_FILE_NAME: Final = re.compile(r'[ \t]*"[^"\n]*"')


@record
class Lexed:
    """What a script was cut into.

    Attributes:
        tokens: in the order in which they take effect, the last one END.
        is_cut_short: a string, a comment or a condition of the preprocessor is never closed.
        definitions: what every name that is defined at the end stands for.
        defined_at: where each name that stands for a text was given it.
        markers: `#!SER`, `#!KAMAILIO` and the like, with their places.
        conditions: what lines such as `#!ifdef` ask for, with whether it held.
    """

    tokens: list[Token]
    is_cut_short: bool
    definitions: dict[str, str]
    markers: list[tuple[str, Span]]
    defined_at: dict[str, Span]
    conditions: dict[str, bool]


def lex(source: Source, diagnostics: Diagnostics, surroundings: Surroundings | None = None) -> Lexed:
    """The tokens of `source`, which grows by what it includes; what can't be a token is reported and left out."""
    preprocessor = Preprocessor(source, diagnostics, surroundings or Surroundings())
    lexer = _Lexer(source, diagnostics, preprocessor)
    lexer.run()
    is_cut_short = preprocessor.finish() or lexer.is_cut_short
    found = preprocessor.definitions
    return Lexed(lexer.tokens, is_cut_short, found.texts(), lexer.markers, found.written, preprocessor.conditions)


class _Lexer:
    """One run over one text; in that of a definition (not `is_main`) names stay and preprocessor lines are comments."""

    def __init__(
        self, source: Source, diagnostics: Diagnostics, preprocessor: Preprocessor, *, is_main: bool = True
    ) -> None:
        self.is_main = is_main
        self.source = source
        self.text = source.text
        self.diagnostics = diagnostics
        self.preprocessor = preprocessor
        self.watched: Collection[str] = preprocessor.definitions.watched if is_main else ()
        self.tokens: list[Token] = []
        self.markers: list[tuple[str, Span]] = []
        self.at = 0
        self.ends = [len(self.text)]  # of the files that are being read, the innermost last
        self.gap = LINE  # at least so much stands before the next token
        self.joinable = False
        self.is_cut_short = False
        handlers = {name: getattr(self, f"_{name}", None) for name in TOKENS.groupindex}
        self.handlers: list[Callable[[int, int, int], None] | None] = [None, None, *handlers.values()]

    def run(self) -> None:
        while self.ends:
            while self.at < self.ends[-1]:
                self._run(self.ends[-1])
            self.ends.pop()
            if self.ends:
                self.preprocessor.close_file()
                self._pass(LINE)
        end = len(self.text)
        self.tokens.append(Token(TokenKind.END, "", "", end, end, self.gap))

    def _run(self, stop: int) -> None:
        """Read on until `stop`, or until the place to read from is moved."""
        text = self.text
        append = self.tokens.append
        watched = self.watched
        name, symbol = TokenKind.NAME, TokenKind.SYMBOL
        for match in TOKENS.finditer(text, self.at, stop):
            kind = match.lastindex or 0
            start, end = match.span(kind)
            gap = self.gap if match.start() == start else LINE if match.start(1) >= 0 else self.gap or BLANK
            if kind == _NAME:
                word = text[start:end]
                if word in watched:
                    self.at = end
                    self._watched(word, start, end, gap)
                    if self.at != end or self.text is not text:
                        return
                    continue
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
                if self.at != end or self.text is not text:
                    return
                continue
            self.gap = 0
            self.joinable = False
        self.at = max(self.at, stop)

    def _put(self, kind: TokenKind, text: str, start: int, end: int, gap: int, number: int = 0) -> None:
        mark = text if kind is TokenKind.NAME or kind is TokenKind.SYMBOL else ""
        self.tokens.append(Token(kind, text, mark, start, end, gap, number))
        self.gap = 0
        self.joinable = False

    def _pass(self, gap: int) -> None:
        """Something that is no token was read."""
        self.gap = max(gap, BLANK)
        self.joinable = False

    # -- names with a meaning, and lines of the preprocessor -------------------------------------------------------

    def _watched(self, word: str, start: int, end: int, gap: int) -> None:
        """A name that is defined, or the word that includes a file."""
        use = Token(TokenKind.NAME, word, word, start, end, gap)
        if word in INCLUDE_WORDS:
            name = _FILE_NAME.match(self.text, end)
            if name is None:
                self._put(TokenKind.NAME, word, start, end, gap)
            else:
                self._preprocessed(self.preprocessor.include(start, name.end()))
            return
        self.tokens.extend(self.preprocessor.definitions.expand(word, use, self._cut))
        self.gap = 0 if self.tokens and self.tokens[-1].start == start else max(gap, BLANK)
        self.joinable = False

    def _cut(self, text: str, span: Span) -> list[Token]:
        """The tokens of a definition's text; what is wrong with it is reported at `span`."""
        found = Diagnostics()
        lexer = _Lexer(Source.from_text("", text), found, self.preprocessor, is_main=False)
        lexer.run()
        for each in found:
            self.diagnostics.add(each.code, each.severity, span, each.message, each.fix)
        return lexer.tokens[:-1]

    def _preprocessed(self, at: int) -> None:
        """Read on at `at`, where the preprocessor may have put in a file."""
        self.at = at
        self._pass(LINE)
        if self.preprocessor.included:
            size = self.preprocessor.included.pop()
            self.text = self.source.text
            self.ends = [end + size for end in self.ends]
            self.ends.append(at + size)

    def _directive(self, start: int, end: int, gap: int) -> None:
        if self.is_main:
            self._preprocessed(self.preprocessor.run(start, end))
        else:
            self._pass(gap)

    def _marker(self, start: int, end: int, gap: int) -> None:
        if marker := _MARKER.fullmatch(self.text, start, end):
            self.markers.append((marker[1], Span(start, end)))
        elif self.is_main and (word := _DIRECTIVE.match(self.text, start, end)):
            self.preprocessor.misspelt(word[1], Span(start, word.end()))
        self._pass(gap)

    # -- what the pattern names, each with its place and what stands before it ------------------------------------

    def _double(self, start: int, end: int, gap: int) -> None:
        value = unescape(self.text[start + 1 : end - 1])
        if self.preprocessor.rules:
            value = self.preprocessor.substituted(value, Span(start, end))
        self._no_nul(value, start, end)
        if not self.joinable:
            self._note_module(value)
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

    def _note_module(self, path: str) -> None:
        """Tell the preprocessor of a module when `path` stands behind `loadmodule`: `#!ifdef MOD_tls`."""
        before = [token.mark for token in self.tokens[-2:]]
        if before[-1:] == ["loadmodule"] or before == ["loadmodule", "("]:
            self.preprocessor.definitions.note_module(path.rstrip("/").rpartition("/")[2].removesuffix(".so"))

    def _single(self, start: int, end: int, gap: int) -> None:
        value = self.text[start + 1 : end - 1]
        if self.preprocessor.rules:
            value = self.preprocessor.substituted(value, Span(start, end))
        self._no_nul(value, start, end)
        self._put(TokenKind.STRING, value, start, end, gap)

    def _no_nul(self, value: str, start: int, end: int) -> None:
        if "\0" in value:
            self.diagnostics.error("nul-in-string", Span(start, end), "a string can't hold the character NUL")

    def _quote(self, start: int, end: int, gap: int) -> None:  # noqa: ARG002 (all of these have one signature)
        self._unclosed("unclosed-string", start, end, "string")

    def _unclosed(self, code: str, start: int, end: int, what: str) -> None:
        """No later text of the file can close it either: there is nothing more to read in it."""
        line = self.source.position(start).line
        self.diagnostics.error(code, Span(start, end), f"{what} opened at line {line} is never closed")
        self.at = self.ends[-1]
        self.is_cut_short = True

    def _open(self, start: int, end: int, gap: int) -> None:  # noqa: ARG002
        """A block comment, nesting counted; when it is never closed, the rest of the file is inside it."""
        found, nested = comment_end(self.text, start, self.ends[-1])
        if found is None:
            self._unclosed("unclosed-comment", nested, nested + 2, "comment")
            return
        self.at = found
        self._pass(gap)
        if nested != start:
            message = "'/*' inside a comment: each needs its own '*/'"
            self.diagnostics.warning(
                "nested-comment", Span(nested, nested + 2), message, "remove it if it is only text"
            )

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
        self.at = variable_end(self.text, end, self.ends[-1])
        text = self.text[start : self.at]
        if self.preprocessor.rules:
            text = self.preprocessor.substituted(text, Span(start, self.at))
        self._put(TokenKind.VARIABLE, text, start, self.at, gap)

    def _continuation(self, start: int, end: int, gap: int) -> None:  # noqa: ARG002
        self.gap = LINE

    def _strange(self, start: int, end: int, gap: int) -> None:
        if quoted := _QUOTED.match(self.text, start, self.ends[-1]):
            message = f"{quoted[0][0]!r} is no quote of this language"
            self.diagnostics.error(
                "strange-character", Span(start, start + 1), message, """write '"'""", cause="quotes"
            )
            self._put(TokenKind.STRING, quoted[1], start, quoted.end(), gap)
            self.at = quoted.end()
            return
        text = self.text[start : min(end, start + 20)]
        self.diagnostics.error("strange-character", Span(start, end), f"{text!r} can't stand here", cause=text[:1])
        self._pass(gap)

    def _end(self, start: int, end: int, gap: int) -> None:
        """White space at the end of the text."""
