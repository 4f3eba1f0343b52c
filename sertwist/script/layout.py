"""`lay_out`: a script with its lines, blanks and indentation put in order, and nothing else changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from sertwist.script.parse_setting import SETTING_WORDS
from sertwist.script.pieces import Piece, cut_pieces
from sertwist.script.spacing import is_spaced
from sertwist.script.words import ROUTE_WORDS

__all__ = ["lay_out"]

_INDENT: Final = "    "
_HEADS: Final = frozenset({"if", "while", "else", "switch"})
_LABELS: Final = frozenset({"case", "default"})
_INCLUDES: Final = frozenset({"include_file", "import_file"})
_ITEM_WORDS: Final = SETTING_WORDS | ROUTE_WORDS | _INCLUDES
_KEYWORDS: Final = _HEADS | _LABELS | frozenset({"return", "exit", "drop", "break"})
#: Symbols that an item may end with; behind all others it goes on, also on the next line.
_CLOSING: Final = frozenset({")", "]", "}", "*"})
_DIRECTIVE: Final = re.compile(r"(?:#!|!!)(\w+)")


def lay_out(text: str) -> str:
    """`text` with one statement a line, indented by braces; blank lines are kept, one at most.

    Lines of the preprocessor stand at the margin. Where a statement is broken into lines, it stays so.

    Raises:
        PieceError: a string or comment is never closed, or a character can stand nowhere.
    """
    return _Layout(cut_pieces(text)).run()


@dataclass(slots=True)
class _Brace:
    """An open brace.

    Attributes:
        indent: of the statements in it.
        is_switch: it is that of a `switch`.
        is_labelled: a label of the switch came before, which the statements are indented behind.
        ifs: of the statement around it, as in `_State`.
    """

    indent: int
    is_switch: bool
    ifs: list[int]
    is_labelled: bool = False


@dataclass(slots=True)
class _State:
    """Where in the script the next piece stands.

    Attributes:
        braces: that are open.
        ifs: indentation of each `if` that an `else` could follow, the innermost last.
        head: indentation of the last `if`, `else`, `while` or `switch` of the statement.
        parentheses: open in the statement.
        count: tokens of the statement so far.
        is_switch: a `switch` is among them.
        is_label: it is `case ...:`.
        ended: the statement is complete.
    """

    braces: list[_Brace] = field(default_factory=list)
    ifs: list[int] = field(default_factory=list)
    head: int | None = None
    parentheses: int = 0
    count: int = 0
    is_switch: bool = False
    is_label: bool = False
    ended: bool = True

    def copy(self) -> _State:
        return replace(self, braces=[replace(each, ifs=list(each.ifs)) for each in self.braces], ifs=list(self.ifs))

    @property
    def indent(self) -> int:
        """Levels that a statement is indented here."""
        return self.braces[-1].indent + self.braces[-1].is_labelled if self.braces else 0

    @property
    def in_switch(self) -> bool:
        return bool(self.braces) and self.braces[-1].is_switch

    def begin(self) -> None:
        """A new statement, or a part of one, begins."""
        self.parentheses = self.count = 0
        self.head = None
        self.is_switch = self.is_label = self.ended = False


class _Layout:
    """One run over the pieces of one script."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces
        self._at = 0
        self._state = _State()
        self._conditions: list[_State] = []
        self._lines: list[str] = []
        self._line = ""
        self._indent = 0
        self._before: Piece | None = None  # the token before the last
        self._last: Piece | None = None  # the piece last on the line, None at its beginning
        self._opened = True  # nothing stands before the next line but the brace that encloses it

    def run(self) -> str:
        for at, piece in enumerate(self._pieces):
            self._at = at
            if piece.kind in {"directive", "verbatim"}:
                self._directive(piece)
            elif piece.is_comment:
                self._comment(piece)
            else:
                self._token(piece)
        self._break()
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return "".join(f"{line}\n" for line in self._lines)

    def _following(self) -> Piece | None:
        """The next token."""
        ahead = (each for each in self._pieces[self._at + 1 : self._at + 20] if not each.is_comment)
        return next(ahead, None)

    # -- lines ----------------------------------------------------------------------------------------------------

    def _break(self) -> None:
        """End the line, if one has begun."""
        if self._last is not None:
            self._lines.append(_INDENT * self._indent + self._line)
            self._opened = self._last.text == "{"
        self._line = ""
        self._last = None

    def _begin(self, piece: Piece, indent: int, *, keeps_blank: bool) -> None:
        """Begin a line with `piece`, and keep a blank line before it."""
        if keeps_blank and piece.newlines > 1 and not self._opened and self._lines and self._lines[-1]:
            self._lines.append("")
        self._line, self._indent, self._last = piece.text, indent, replace(piece, touches=False)
        self._opened = False

    def _append(self, piece: Piece) -> None:
        if self._last is None:
            raise AssertionError("the line has begun")
        blank = is_spaced(self._before, self._last, piece, self._following())
        if self._state.is_label and piece.text == ":":
            blank = False
        self._line += f" {piece.text}" if blank else piece.text
        self._before, self._last = self._last, replace(piece, touches=not blank)

    # -- pieces ---------------------------------------------------------------------------------------------------

    def _directive(self, piece: Piece) -> None:
        self._break()
        self._begin(piece, 0, keeps_blank=True)
        self._break()
        match = _DIRECTIVE.match(piece.text) if piece.kind == "directive" else None
        word = match[1] if match else ""
        if word.startswith("if"):
            self._conditions.append(self._state.copy())
        elif word == "else" and self._conditions:
            self._state = self._conditions[-1].copy()
        elif word == "endif" and self._conditions:
            self._conditions.pop()

    def _comment(self, piece: Piece) -> None:
        if piece.newlines == 0 and self._last is not None and piece.kind != "marker":
            self._append(piece)
        else:
            self._break()
            is_between = self._state.ended or not self._state.count
            indent = 0 if piece.kind == "marker" else self._continued() if not is_between else self._state.indent
            self._begin(piece, indent, keeps_blank=is_between)
        if piece.ends_line:
            self._break()

    def _token(self, piece: Piece) -> None:
        state = self._state
        if piece.text == "}" and piece.kind == "symbol":
            self._close(piece)
            return
        if self._attaches(piece):
            if piece.text == "else":
                self._else()
            self._append(piece)
        elif state.ended or self._begins(piece):
            self._break()
            self._start(piece)
        elif self._last is None or piece.newlines:
            self._break()
            is_brace = piece.text == "{" and piece.kind == "symbol"
            self._begin(piece, self._base() if is_brace else self._continued(), keeps_blank=False)
        else:
            self._append(piece)
        self._note(piece)

    def _attaches(self, piece: Piece) -> bool:
        """Whether `piece` goes on the line that is there, wherever it is written."""
        last = self._last
        if last is None or last.ends_line:
            return False
        if piece.text == "else":
            ifs = self._state.ifs
            return last.text == "}" and last.kind == "symbol" and bool(ifs) and ifs[-1] == self._indent
        if piece.kind != "symbol":
            return False
        if piece.text == ";":
            return not self._state.ended or last.text in {"}", ";"}
        return piece.text == "{" and not self._state.ended

    def _begins(self, piece: Piece) -> bool:
        """Whether a statement or item begins here without an end of the one before."""
        state, last = self._state, self._last
        if state.parentheses or piece.kind != "name":
            return False
        if state.braces:  # a definition that stands for a statement has no `;`
            alone = state.count == 1 and state.head is None and last is not None and last.kind == "name"
            return alone and piece.newlines > 0 and last is not None and last.text not in _KEYWORDS
        if last is not None and last.kind == "symbol" and last.text not in _CLOSING:
            return False
        following = self._following()
        behind = "" if following is None else following.text
        if piece.newlines:
            return behind != ":"
        return behind == "=" or (piece.text in _ITEM_WORDS and behind != ":")

    def _start(self, piece: Piece) -> None:
        """Begin a statement, or go on with the `else` of one."""
        state = self._state
        if piece.text == "else" and state.ifs:
            indent = self._else()
        else:
            state.begin()
            state.ifs.clear()
            if piece.text in _LABELS and state.in_switch:
                state.is_label = True
                state.braces[-1].is_labelled = False
            indent = state.indent
        self._begin(piece, indent, keeps_blank=True)

    def _else(self) -> int:
        """An `else` belongs to the innermost `if`. Returns its indentation."""
        indent = self._state.ifs.pop() if self._state.ifs else self._state.indent
        self._state.begin()
        return indent

    def _base(self) -> int:
        """The indentation of the brace that may follow here."""
        return self._state.indent if self._state.head is None else self._state.head

    def _continued(self) -> int:
        """The indentation of a line in the middle of a statement."""
        is_inside = self._state.head is not None and self._state.parentheses > 0
        return self._base() + 1 + is_inside

    def _note(self, piece: Piece) -> None:
        """What `piece` says about where the next one stands."""
        state = self._state
        before = self._before if self._line != piece.text else None
        if piece.kind == "name" and not state.parentheses and piece.text in _HEADS:
            state.head = self._indent
            state.is_switch = state.is_switch or piece.text == "switch"
            if piece.text == "if":
                state.ifs.append(self._indent)
        state.count += 1
        if piece.kind == "symbol":
            self._note_symbol(piece.text)
        elif piece.kind == "string" and state.count == 2 and before is not None and before.text in _INCLUDES:
            state.ended = True

    def _note_symbol(self, text: str) -> None:
        state = self._state
        if text == "(":
            state.parentheses += 1
        elif text == ")":
            state.parentheses = max(0, state.parentheses - 1)
        elif text == "{":
            state.braces.append(_Brace(self._base() + 1, state.is_switch, state.ifs))
            state.ifs = []
            state.begin()
            state.ended = True
        elif state.parentheses:
            pass
        elif text == ";":
            state.ended = True
        elif text == ":" and state.is_label:
            state.braces[-1].is_labelled = True
            state.ended = True

    def _close(self, piece: Piece) -> None:
        """`}`: on a line of its own, or right behind the `{` that nothing follows."""
        state = self._state
        is_empty = self._last is not None and self._last.text == "{" and self._last.kind == "symbol"
        indent = max(0, state.braces[-1].indent - 1) if state.braces else 0
        state.ifs = state.braces.pop().ifs if state.braces else []
        if is_empty and self._last is not None:
            self._line += "}"
            self._before, self._last = self._last, piece
        else:
            self._break()
            self._begin(piece, indent, keeps_blank=False)
        state.begin()
        state.ended = True
