"""`cut_pieces`: a script's text as it is written, comments and preprocessor lines too, for laying it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.script.token_pattern import TOKENS, comment_end, variable_end

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Piece", "PieceError", "cut_pieces"]

_LINE_COMMENTS: Final = frozenset({"comment", "marker"})
#: Groups of the pattern that are one kind here.
_KINDS: Final = {
    "hex_name": "name",
    "hex_number": "number",
    "left": "symbol",
    "double": "string",
    "single": "string",
    "open": "block",
}


class PieceError(ValueError):
    """The text can't be cut; `line` is where, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Piece:
    """One token, comment or preprocessor line.

    Attributes:
        kind: `name`, `symbol`, `string`, `number`, `variable`, `select`, `address`; `comment` to the end of its line
            (`marker` when it begins with `#!`), `block` for one in `/* */`; `directive`.
        text: as written, without white space at its end.
        newlines: line ends between it and the one before.
        touches: whether nothing stands between it and the one before.
    """

    kind: str
    text: str
    newlines: int
    touches: bool

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment of any kind."""
        return self.kind in _LINE_COMMENTS or self.kind == "block"

    @property
    def ends_line(self) -> bool:
        """Whether nothing can stand behind it on its line."""
        return self.kind in _LINE_COMMENTS or self.kind == "directive"


def cut_pieces(text: str) -> Iterator[Piece]:
    """The pieces of `text` in order.

    Raises:
        PieceError: a string or comment is never closed, or a character can stand nowhere.
    """
    at = before = 0
    while (match := TOKENS.match(text, at)) is not None:
        kind = match.lastgroup or "end"
        start, at = match.span(kind)
        if kind == "end":
            return
        if kind == "continuation":
            continue
        if kind == "open":
            at = _closed(text, start)
        elif kind == "variable":
            at = variable_end(text, at, len(text))
        elif kind in {"quote", "strange"}:
            what = "a string is never closed" if kind == "quote" else f"{text[start]!r} can't stand here"
            raise PieceError(what, text.count("\n", 0, start) + 1)
        newlines = text.count("\n", before, start)
        yield Piece(_KINDS.get(kind, kind), text[start:at].rstrip(), newlines, before == start)
        before = at


def _closed(text: str, start: int) -> int:
    end, opened = comment_end(text, start, len(text))
    if end is None:
        raise PieceError("a comment is never closed", text.count("\n", 0, opened) + 1)
    return end
