"""`Token`: the smallest pieces of a script, and what each kind carries."""

from __future__ import annotations

import enum
from typing import Final

from sertwist.script.source import Span

__all__ = ["ADJACENT", "BLANK", "LINE", "Token", "TokenKind"]

#: What stands before a token: nothing, white space or a comment, or the beginning of its line.
ADJACENT: Final = 0
BLANK: Final = 1
LINE: Final = 2


class TokenKind(enum.Enum):
    """Kinds of token; the value is how a diagnostic calls it."""

    NAME = "a name"
    NUMBER = "a number"
    STRING = "a string"
    ADDRESS = "an address"
    SELECT = "a select"
    VARIABLE = "a variable"
    SYMBOL = "a symbol"
    MISSING = "something missing"  # stands for what was reported already
    END = "end of file"


class Token:
    """One token; a script of 100,000 lines has a million of them.

    Attributes:
        kind: what it is.
        text: as written; of a string, its value; of an address, its canonical form.
        mark: the text of a NAME or SYMBOL, which the grammar asks for; empty for the others.
        start: where it begins, in characters of the source.
        end: where it ends.
        gap: what stands before it: ADJACENT, BLANK or LINE.
        number: the value of a NUMBER.
    """

    __slots__ = ("end", "gap", "kind", "mark", "number", "start", "text")

    def __init__(  # noqa: PLR0913, PLR0917 (positional: made for every token)
        self, kind: TokenKind, text: str, mark: str, start: int, end: int, gap: int, number: int = 0
    ) -> None:
        self.kind = kind
        self.text = text
        self.mark = mark
        self.start = start
        self.end = end
        self.gap = gap
        self.number = number

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.end)

    @property
    def starts_line(self) -> bool:
        """Whether nothing but white space stands before it on its line."""
        return self.gap == LINE

    @property
    def touches(self) -> bool:
        """Whether nothing stands between it and the token before."""
        return self.gap == ADJACENT

    def described(self) -> str:
        """How a diagnostic names it."""
        if self.kind is TokenKind.END:
            return "end of file"
        if self.kind is TokenKind.STRING:
            return "a string"
        return repr(self.text)
