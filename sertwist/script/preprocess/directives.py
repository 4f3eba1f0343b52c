"""`Preprocessor`: runs the lines that begin with `#!` or `!!` while the script is read (reference language 1.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from sertwist.script.literals import unescape
from sertwist.script.preprocess.condition import ConditionError, evaluate
from sertwist.script.preprocess.definitions import KEYWORDS, Definitions
from sertwist.script.preprocess.includes import Includes
from sertwist.script.preprocess.substitution import Substitution, read_substitution
from sertwist.script.source import Span
from sertwist.script.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.source import Source

__all__ = ["DIRECTIVES", "SIDES", "Preprocessor", "Surroundings"]

_LINE: Final = re.compile(r"(?:#!|!!)(\w+)[ \t]*(.*)", re.DOTALL)
_WORD: Final = re.compile(r"^[ \t]*#!([a-z]{4,6})\b", re.MULTILINE)
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?![\w-])", re.ASCII)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_COMMENT: Final = re.compile(r"""(?:[^"'#/]|"(?:[^"\\]|\\.)*"|'[^']*'|/(?!/))*(\#|//)""", re.DOTALL)
_ENVIRONMENT: Final = re.compile(r"([A-Za-z_]\w*)(?:=([A-Za-z_]\w*))?\s*", re.ASCII)
#: The lines that begin and end what a condition leaves out or takes in.
SIDES: Final = re.compile(r"^[ \t\b\r\f]*(?:#!|!!)(ifn?def|ifexp|else|endif)\b[^\n]*", re.MULTILINE | re.ASCII)


class Surroundings(NamedTuple):
    """What a script gets from where it is read.

    Attributes:
        open_file: the bytes of a file by its path, None when there is none; raises `OSError`. None: no includes.
        defines: names with texts that are defined from the start (`-A NAME=text`).
        environment: variables for `#!defenv`.
        other_sides: conditions that are taken the other way, by name or expression.
    """

    open_file: Callable[[str], bytes | None] | None = None
    defines: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    other_sides: frozenset[str] = frozenset()


class Preprocessor:
    """The state of one script's preprocessor lines.

    Attributes:
        definitions: the names defined so far.
        rules: what is done to each string.
        conditions: what conditions ask for, a name or an expression, with whether it held when it was first asked; one
            that only gives a name its usual text is none.
    """

    def __init__(self, source: Source, diagnostics: Diagnostics, surroundings: Surroundings) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self.definitions = Definitions(surroundings.defines, source, diagnostics)
        self.rules: list[Substitution] = []
        self.conditions: dict[str, bool] = {}
        self._other_sides = surroundings.other_sides
        self.included: list[int] = []  # lengths of files put in since the lexer last asked
        self._environment = surroundings.environment
        self._includes = Includes(source, diagnostics, surroundings.open_file)
        self._is_misspelt = False  # a line that looks like an instruction
        self._open: list[Span] = []  # conditions that are in force

    def run(self, start: int, end: int) -> int:
        """Do what the line from `start` to `end` says. Returns the offset to read on from."""
        match = _LINE.match(self.source.text, start, end)
        word = match[1] if match is not None else ""
        rest = match[2].replace("\\\r\n", "").replace("\\\n", "").rstrip() if match is not None else ""
        span = Span(start, start + len(self.source.text[start:end].rstrip()))
        handler = DIRECTIVES[word]
        return handler(self, word, rest, span) or end

    def include(self, start: int, end: int) -> int:
        """Do what `include_file "name"` from `start` to `end` says. Returns the offset to read on from."""
        word, rest = self.source.text[start:end].split(None, 1)
        return self._include(word, rest, Span(start, end)) or end

    def finish(self) -> bool:
        """The whole script was read: report conditions that nothing closed. Returns whether there are any."""
        texts = self.definitions.texts()
        self.conditions = {name: held for name, held in self.conditions.items() if held or not texts.get(name)}
        for span in self._open:
            self._report_open(span, self._misspelt_end(span) if span is self._open[-1] else "add '#!endif'")
        return bool(self._open)

    # -- definitions ----------------------------------------------------------------------------------------------

    def _define(self, word: str, rest: str, span: Span) -> None:
        name = self._leading_name(word, rest, span)
        if name is not None and self._may_define(word, name, span):
            text = rest[len(name) :].lstrip()
            if _COMMENT.match(text):
                message = f"what looks like a comment is part of what {name!r} stands for"
                self.diagnostics.warning("define-comment", span, message, "put the comment on a line of its own")
            self._put(name, text, span)

    def _may_define(self, word: str, name: str, span: Span) -> bool:
        """Whether a name is free, or may be given a new text, by the word of the line."""
        if word.startswith("re") or name not in self.definitions:
            return True
        if not word.startswith("try"):
            definition = self.definitions.get(name)
            where = f" at {definition.place}" if definition is not None else ""
            message = f"{name!r} is defined already{where}"
            fix = "write '#!redefine' to replace it, '#!trydefine' to keep the first"
            self.diagnostics.error("define-repeated", span, message, fix)
        return False

    def _put(self, name: str, text: str, span: Span) -> None:
        if name in KEYWORDS:
            message = f"{name!r} is a word of the language: it stays what it is"
            self.diagnostics.warning("define-keyword", span, message)
        place = self.source.place(span)
        self.definitions.define(name, text, f"{place.file}:{place.line}")
        if text:
            start = self.source.text.index(name, span.start)
            self.definitions.written[name] = Span(start, start + len(name))

    def _undefine(self, word: str, rest: str, span: Span) -> None:
        name = self._leading_name(word, rest, span)
        if name is None:
            return
        if self.definitions.get(name) is not None:
            self.definitions.undefine(name)
        elif not word.startswith("try"):
            fix = "write '#!tryundef' if that is meant"
            self.diagnostics.error("define-unknown", span, f"{name!r} is not defined", fix)

    def _define_value(self, word: str, rest: str, span: Span) -> None:
        """`#!defexp NAME EXPR`; with an `s` at its end the text is in quotes."""
        name = self._leading_name(word, rest, span)
        if name is None or not self._may_define(word, name, span):
            return
        try:
            value = evaluate(rest[len(name) :], self.definitions)
        except ConditionError as error:
            self._refuse("bad-directive", span, f"the expression can't be worked out: {error}")
            return
        text = "" if value is None else str(value)
        self._put(name, f'"{text}"' if word == "defexps" else text, span)

    def _define_environment(self, word: str, rest: str, span: Span) -> None:
        match = _ENVIRONMENT.fullmatch(rest)
        if match is None:
            self._refuse("bad-directive", span, f"a name expected behind {word!r}, or NAME=VARIABLE")
            return
        name, variable = match[1], match[2] or match[1]
        if not self._may_define(word, name, span):
            return
        text = self._environment.get(variable)
        if text is not None:
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            self._put(name, f'"{quoted}"' if word.endswith("s") else text, span)
        elif not word.startswith("try"):
            fix = "write '#!trydefenv' if it may be missing"
            self._refuse("define-unknown", span, f"the environment variable {variable!r} is not set", fix)

    # -- conditions -----------------------------------------------------------------------------------------------

    def _condition(self, word: str, rest: str, span: Span) -> int | None:
        holds = self._holds(word, rest, span)
        self._open.append(span)
        return None if holds else self._skip(span.end)

    def _holds(self, word: str, rest: str, span: Span) -> bool:
        if word == "ifexp":
            try:
                return self._side(rest.strip(), holds=bool(evaluate(rest, self.definitions)))
            except ConditionError as error:
                self._refuse("bad-directive", span, f"the expression can't be worked out: {error}")
                return False
        name = self._leading_name(word, rest, span)
        if name is None:
            return False
        if rest[len(name) :].strip():
            message = f"only a name can stand behind {word!r}"
            self.diagnostics.warning("bad-directive", span, message, "put a comment on a line of its own")
        return self._side(name, holds=name in self.definitions) is (word == "ifdef")

    def _side(self, asked: str, *, holds: bool) -> bool:
        """Whether a condition is taken to hold; the same for all lines that ask for one name."""
        self.conditions.setdefault(asked, holds)
        return holds is not (asked in self._other_sides)

    def _else(self, word: str, rest: str, span: Span) -> int | None:  # noqa: ARG002 (all of these have one signature)
        """Reached where the lines before were read: those behind are not."""
        if self._open:
            return self._skip(span.end)
        self._report_stray(word, span)
        return None

    def _endif(self, word: str, rest: str, span: Span) -> None:  # noqa: ARG002
        if self._open:
            self._open.pop()
        else:
            self._report_stray(word, span)

    def misspelt(self, word: str, span: Span) -> None:
        """Warn of a line that is a comment, when it looks like an instruction."""
        near = nearest(word, DIRECTIVES)
        if near and abs(len(near) - len(word)) <= 1:
            self._is_misspelt = True
            message = f"'#!{word}' is no instruction, so that this line is a comment"
            self.diagnostics.warning("unknown-directive", span, message, f"did you mean '#!{near}'?")

    def _report_stray(self, word: str, span: Span) -> None:
        if self._is_misspelt:
            return  # which may have been what begins it
        self.diagnostics.warning("stray-directive", span, f"'#!{word}' belongs to no '#!ifdef'", "remove it")

    def _report_open(self, span: Span, fix: str) -> None:
        line = self.source.position(span.start).line
        message = f"the condition of line {line} is never ended"
        self.diagnostics.error("missing-endif", span, message, fix)

    def _misspelt_end(self, span: Span) -> str:
        """What to write to end the condition at `span`."""
        for other in _WORD.finditer(self.source.text, span.end):
            if other[1] not in DIRECTIVES and nearest(other[1], ["endif"]):
                return f"write '#!endif' for '#!{other[1]}' on line {self.source.position(other.start()).line}"
        return "add '#!endif'"

    def _skip(self, at: int) -> int:
        """The offset behind the `#!else` or `#!endif` that ends the lines from `at`, which are not read."""
        depth = 0
        for match in SIDES.finditer(self.source.text, at):
            word = match[1]
            if word.startswith("if"):
                depth += 1
            elif depth == 0:
                if word == "endif":
                    self._open.pop()
                return match.end()
            elif word == "endif":
                depth -= 1
        return len(self.source.text)

    # -- strings and files ----------------------------------------------------------------------------------------

    def _substitute(self, word: str, rest: str, span: Span) -> None:
        """`#!subst`, and `#!substdef` that defines the name which it replaces too."""
        string = _STRING.fullmatch(rest)
        if string is None:
            self._refuse("bad-directive", span, f"""a string expected behind {word!r}: "/pattern/replacement/flags\"""")
            return
        try:
            rule, pattern, text = read_substitution(unescape(string[1]))
        except ValueError as error:
            self._refuse("bad-directive", span, str(error))
            return
        if word != "subst":
            if not _NAME.fullmatch(pattern):
                self._refuse("bad-directive", span, f"{pattern!r} is no name that could be defined")
                return
            if not self._may_define(word, pattern, span):
                return
            self._put(pattern, f'"{text}"' if word == "substdefs" else text, span)
        self.rules.append(rule)
        self.definitions.forget_tokens()

    def substituted(self, text: str, span: Span) -> str:
        """The text of a string by the rules in force."""
        for rule in self.rules:
            try:
                text = rule.apply(text)
            except OverflowError:
                self._refuse("substitution-too-long", span, "the substitutions make this string too long")
                return text
        return text

    def _include(self, word: str, rest: str, span: Span) -> int | None:
        string = _STRING.match(rest)
        if string is None:
            self._refuse("bad-directive", span, f"the name of a file in double quotes expected behind {word!r}")
            return None
        name = self.substituted(unescape(string[1]), span)
        size = self._includes.include(name, span, span.end, must_exist=word == "include_file")
        if size is not None:
            self.included.append(size)
        return span.end

    def close_file(self) -> None:
        """The file that was included last has been read to its end."""
        self._includes.close()

    # -- what is wrong --------------------------------------------------------------------------------------------

    def _leading_name(self, word: str, rest: str, span: Span) -> str | None:
        match = _NAME.match(rest)
        if match is None:
            message = f"a name of letters, digits and '_' expected behind {word!r}"
            self._refuse("bad-directive", span, message)
            return None
        return match.group()

    def _refuse(self, code: str, span: Span, message: str, fix: str = "") -> None:
        self.diagnostics.error(code, span, message, fix)


#: What each word behind `#!` does; it returns the offset to read on from when that is not the end of the line.
DIRECTIVES: Final[dict[str, Callable[[Preprocessor, str, str, Span], int | None]]] = {
    **dict.fromkeys(("define", "def", "trydefine", "trydef", "redefine", "redef"), Preprocessor._define),  # noqa: SLF001
    **dict.fromkeys(("undefine", "undef", "tryundefine", "tryundef"), Preprocessor._undefine),  # noqa: SLF001
    **dict.fromkeys(("ifdef", "ifndef", "ifexp"), Preprocessor._condition),  # noqa: SLF001
    "else": Preprocessor._else,  # noqa: SLF001
    "endif": Preprocessor._endif,  # noqa: SLF001
    **dict.fromkeys(("defexp", "defexps"), Preprocessor._define_value),  # noqa: SLF001
    **dict.fromkeys(("defenv", "defenvs", "trydefenv", "trydefenvs"), Preprocessor._define_environment),  # noqa: SLF001
    **dict.fromkeys(("subst", "substdef", "substdefs"), Preprocessor._substitute),  # noqa: SLF001
    **dict.fromkeys(("include_file", "import_file"), Preprocessor._include),  # noqa: SLF001
}
