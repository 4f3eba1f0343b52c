"""`cut_pieces`: a script's text as it is written, comments and preprocessor lines too, for laying it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sertwist.script.preprocess.directives import SIDES
from sertwist.script.token_pattern import TOKENS, comment_end, variable_end

__all__ = ["Piece", "PieceError", "cut_pieces"]

_LONG: Final = frozenset({"double", "single", "open"})  # that may hold line ends
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
            (`marker` when it begins with `#!`), `block` for one in `/* */`; `directive`; `verbatim`.
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
        return self.kind in _LINE_COMMENTS or self.kind in {"directive", "verbatim"}


def cut_pieces(text: str) -> list[Piece]:
    """The pieces of `text` in order.

    A side of an `#!ifdef` that can't be cut is one piece of kind `verbatim`: it may be no script at all.

    Raises:
        PieceError: a string or comment is never closed, or a character can stand nowhere.
    """
    return _Cutter(text).run()


class _Cutter:
    """One run over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces: list[Piece] = []
        self.sides: list[tuple[int, int]] = []  # of each open condition: pieces before its side, and where it begins

    def run(self) -> list[Piece]:
        at = before = 0
        while (match := TOKENS.match(self.text, at)) is not None:
            kind = match.lastgroup or "end"
            start = match.start(kind)
            if kind == "end":
                break
            if kind == "continuation":
                at = match.end()
                continue
            try:
                at = self._end(kind, start, match.end())
            except PieceError:
                if not self.sides:
                    raise
                at = before = self._take_verbatim()
                continue
            newlines = self.text.count("\n", before, start)
            self.pieces.append(Piece(_KINDS.get(kind, kind), self.text[start:at].rstrip(), newlines, before == start))
            before = at
            if kind == "directive":
                self._note(self.pieces[-1].text, at)
        return self.pieces

    def _end(self, kind: str, start: int, end: int) -> int:
        """Where the piece that begins at `start` ends."""
        if kind == "open":
            end = _closed(self.text, start)
        elif kind == "variable":
            end = variable_end(self.text, end, len(self.text))
        elif kind in {"quote", "strange"}:
            what = "a string is never closed" if kind == "quote" else f"{self.text[start]!r} can't stand here"
            raise PieceError(what, self.text.count("\n", 0, start) + 1)
        if self.sides and kind in _LONG and SIDES.search(self.text, start, end):
            raise PieceError("a string reaches over the side of a condition", 0)
        return end

    def _note(self, directive: str, at: int) -> None:
        match = SIDES.match(directive)
        word = match[1] if match else ""
        if self.sides and not word.startswith("if") and word:
            self.sides.pop()
        if word and word != "endif":
            self.sides.append((len(self.pieces), at))

    def _take_verbatim(self) -> int:
        """Make all of the side of a condition one piece. Returns where it ends."""
        count, start = self.sides[-1]
        del self.pieces[count:]
        depth = 0
        end = len(self.text)
        for match in SIDES.finditer(self.text, start):
            if depth == 0 and not match[1].startswith("if"):
                end = match.start()
                break
            depth += {"i": 1, "e": -1}[match[1][0]] if match[1] != "else" else 0
        lines = self.text[start:end].strip("\r\n").replace("\r\n", "\n").split("\n")
        self.pieces.append(Piece("verbatim", "\n".join(line.rstrip() for line in lines), 1, touches=False))
        return end


def _closed(text: str, start: int) -> int:
    end, opened = comment_end(text, start, len(text))
    if end is None:
        raise PieceError("a comment is never closed", text.count("\n", 0, opened) + 1)
    return end
