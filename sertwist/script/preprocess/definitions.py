"""`Definitions`: names that stand for texts, and the tokens that each becomes where it is used (language 1.3)."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import sertwist
from sertwist.limits import MAX_EXPANDED_TOKENS, MAX_EXPANSION_DEPTH
from sertwist.script.tokens import BLANK, Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.source import Source, Span

__all__ = ["INCLUDE_WORDS", "Definition", "Definitions"]

INCLUDE_WORDS: Final = frozenset({"include_file", "import_file"})
#: Words that are never replaced (reference language 1.3: keywords cannot be defined usefully).
KEYWORDS: Final = frozenset(
    ["if", "else", "while", "switch", "case", "default", "return", "exit", "drop", "break", "route", "loadmodule",
     "modparam"]
)  # fmt: skip
_MODULE_PREFIX: Final = "MOD_"


@dataclass(slots=True)
class Definition:
    """What a name stands for.

    Attributes:
        text: as written behind the name.
        place: where it is defined, in words.
        tokens: of `text`, once it was used.
    """

    text: str
    place: str
    tokens: list[Token] | None = field(default=None, compare=False)


class Definitions:
    """The names defined at one point of the script.

    Attributes:
        watched: the names that the lexer has to look up; the same set all the time.
        written: where each name that stands for a text was given it in the script, last.
    """

    def __init__(self, given: Mapping[str, str], source: Source, diagnostics: Diagnostics) -> None:
        self._source = source
        self._diagnostics = diagnostics
        self._by_name: dict[str, Definition] = {}
        self.watched: set[str] = set(INCLUDE_WORDS)
        self._loaded: set[str] = set()
        self.written: dict[str, Span] = {}
        self._expanded = 0
        for name, text in _predefined().items():
            self.define(name, text, "the start")
        for name, text in given.items():
            self.define(name, text, "the command line")

    def __contains__(self, name: str) -> bool:
        return name in self._by_name or (
            name.startswith(_MODULE_PREFIX) and name[len(_MODULE_PREFIX) :] in self._loaded
        )

    def texts(self) -> dict[str, str]:
        """Every name with its text."""
        return {name: each.text for name, each in self._by_name.items()}

    def get(self, name: str) -> Definition | None:
        """The definition of `name`."""
        return self._by_name.get(name)

    def define(self, name: str, text: str, place: str) -> None:
        """Let `name` stand for `text` from here on."""
        self._by_name[name] = Definition(text, place)
        if name not in KEYWORDS:
            self.watched.add(name)

    def undefine(self, name: str) -> None:
        """Forget `name`."""
        del self._by_name[name]
        if name not in INCLUDE_WORDS:
            self.watched.discard(name)

    def note_module(self, stem: str) -> None:
        """`loadmodule` of this module was read: `MOD_stem` is defined from here on."""
        self._loaded.add(stem)

    def forget_tokens(self) -> None:
        """Read the texts again when they are used: what strings in them mean has changed."""
        for each in self._by_name.values():
            each.tokens = None

    def expand(self, name: str, use: Token, cut: Callable[[str, Span], list[Token]]) -> Iterator[Token]:
        """The tokens that `name` stands for at `use`, those that their names stand for in their place.

        They all have the place of `use`. `cut` makes tokens of a text and reports what is wrong at a place.
        """
        span = use.span
        self._source.note_use(span, name, self._by_name[name].place)
        gap: int | None = use.gap  # of the first token; the others have their own
        open_names = [name]
        waiting = [iter(self._tokens(name, span, cut))]
        while waiting:
            token = next(waiting[-1], None)
            if token is None:
                waiting.pop()
                open_names.pop()
            elif token.kind is TokenKind.NAME and token.text in self._by_name and token.text in self.watched:
                if not self._may_open(token.text, open_names, span):
                    yield Token(TokenKind.MISSING, use.text, "", use.start, use.end, use.gap)
                    return
                gap = min(token.gap, BLANK) if gap is None else gap
                open_names.append(token.text)
                waiting.append(iter(self._tokens(token.text, span, cut)))
            else:
                self._expanded += 1
                if self._expanded > MAX_EXPANDED_TOKENS:
                    self._refuse("expansion-too-large", span, f"more than {MAX_EXPANDED_TOKENS} tokens by definitions")
                    return
                own = min(token.gap, BLANK) if gap is None else gap
                yield Token(token.kind, token.text, token.mark, span.start, span.end, own, token.number)
                gap = None

    def _tokens(self, name: str, span: Span, cut: Callable[[str, Span], list[Token]]) -> list[Token]:
        definition = self._by_name[name]
        if definition.tokens is None:
            definition.tokens = cut(definition.text, span)
        return definition.tokens

    def _may_open(self, name: str, open_names: list[str], span: Span) -> bool:
        if name in open_names:
            chain = " -> ".join([*open_names[open_names.index(name) :], name])
            self._refuse("define-cycle", span, f"{name!r} stands for itself: {chain}", frozenset(open_names))
            return False
        if len(open_names) >= MAX_EXPANSION_DEPTH:
            self._refuse("define-cycle", span, f"definitions inside each other: more than {MAX_EXPANSION_DEPTH}")
            return False
        return True

    def _refuse(self, code: str, span: Span, message: str, cause: object = None) -> None:
        self._diagnostics.error(code, span, message, cause=cause or code)


def _predefined() -> dict[str, str]:
    """Names that every script can ask for."""
    major, minor, patch = (int(part) for part in sertwist.__version__.split(".")[:3])
    return {"SERTWIST": str(major * 1_000_000 + minor * 1_000 + patch), "OS_NAME": f'"{sys.platform}"'}
