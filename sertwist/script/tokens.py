"""`Token`: the smallest pieces of a script, and what each kind carries."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.source import Span

__all__ = ["Token", "TokenKind"]


class TokenKind(enum.Enum):
    """Kinds of token; the value is how a diagnostic calls it."""

    NAME = "a name"
    NUMBER = "a number"
    STRING = "a string"
    ADDRESS = "an address"
    SELECT = "a select"
    VARIABLE = "a variable"
    DIRECTIVE = "a preprocessor line"
    SYMBOL = "a symbol"
    END = "end of file"


@dataclass(slots=True)
class Token:
    """One token.

    Attributes:
        kind: what it is.
        text: as written; of a string, its value; of an address, its canonical form.
        span: where it stands.
        number: the value of a NUMBER.
        starts_line: nothing but white space stands before it on its line.
    """

    kind: TokenKind
    text: str
    span: Span
    number: int = 0
    starts_line: bool = False

    def is_symbol(self, *texts: str) -> bool:
        """Whether it is one of these operators or brackets."""
        return self.kind is TokenKind.SYMBOL and self.text in texts

    def is_word(self, *texts: str) -> bool:
        """Whether it is one of these words."""
        return self.kind is TokenKind.NAME and self.text in texts

    def described(self) -> str:
        """How a diagnostic names it."""
        if self.kind is TokenKind.END:
            return "end of file"
        if self.kind is TokenKind.STRING:
            return "a string"
        return repr(self.text)
