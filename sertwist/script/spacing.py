"""Whether a blank stands between two tokens of a laid out script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.parse_expression import BINARY, UNARY

if TYPE_CHECKING:
    from sertwist.script.pieces import Piece

__all__ = ["is_spaced"]

#: Words with a blank before a parenthesis; others are names of what is called.
_WORDS: Final = frozenset(word for word in (*BINARY, *UNARY) if word.isalpha())
_BEFORE_PARENTHESIS: Final = _WORDS | {"if", "while", "switch", "case"}
_LEAVING: Final = frozenset({"return", "exit", "drop"})
_NEVER_BEFORE: Final = frozenset({";", ",", ")", "]"})
_NEVER_BEHIND: Final = frozenset({"(", "[", "(int)", "(str)", "~"})
#: Part of addresses, names and the like: what is written decides.
_AS_WRITTEN: Final = frozenset({".", ":", "%"})
_TIGHT_OR_SPACED: Final = frozenset({"-", "/"})
_OPERATORS: Final = frozenset(word for word in BINARY if not word.isalpha()) | {
    "=",
    ":=",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "|=",
    "&=",
    "^=",
    "!~",
}
_CASTS: Final = frozenset({"int", "str"})
_GROWING: Final = frozenset({"variable", "select"})


def is_spaced(before: Piece | None, last: Piece, piece: Piece, following: Piece | None) -> bool:
    """Whether a blank stands between `last` and `piece`; the other two are around them."""
    text = piece.text
    if last.is_comment or piece.is_comment:
        return True
    if last.text in _AS_WRITTEN and last.kind == "symbol":
        return not piece.touches
    if piece.kind == "symbol":
        return _before_symbol(before, last, piece, following)
    if last.kind != "symbol":
        return True
    if last.text == "(" and text in _CASTS and following is not None and following.text == ")":
        return not piece.touches  # together they would be the operator `(int)`
    return _behind_symbol(before, last, piece)


def _before_symbol(  # noqa: C901, PLR0911, PLR0912 (one rule after the other)
    before: Piece | None, last: Piece, piece: Piece, following: Piece | None
) -> bool:
    text = piece.text
    if text in _NEVER_BEFORE:
        return False
    if text in _AS_WRITTEN and not (text == "%" and _begins_operand(last)):
        return not piece.touches
    if text == "[":
        return last.kind in _GROWING and not piece.touches
    if text == "(" and last.kind != "symbol":
        if last.text in _BEFORE_PARENTHESIS:
            return True
        return not piece.touches if last.text in _LEAVING or last.kind != "name" else False
    if text == "{":
        return True
    is_tight = piece.touches and following is not None and following.touches
    if text in _TIGHT_OR_SPACED and is_tight and last.text in _WORDS:
        return False  # `event_route[htable:mod-init]`
    if not _is_sign(last, piece):
        if text in _TIGHT_OR_SPACED and is_tight:
            return False
        if text in _OPERATORS:
            return True
    if last.kind != "symbol":
        return True
    return _behind_symbol(before, last, piece)


def _behind_symbol(before: Piece | None, last: Piece, piece: Piece) -> bool:
    """Whether a blank stands behind the operator or bracket `last`."""
    if last.text in _NEVER_BEHIND:
        return False
    if last.text == "!":
        return piece.text == "~" or (piece.text == "!" and not piece.touches)
    if last.text == "/" and piece.text[0] in "/*":
        return True  # together they would begin a comment
    if last.text in _TIGHT_OR_SPACED:
        if before is not None and _is_sign(before, last):
            return False
        return not (last.touches and piece.touches)
    return True


def _is_sign(last: Piece, piece: Piece) -> bool:
    """Whether `piece` is a minus, or the slash of a label, that has nothing on its left."""
    return piece.text in _TIGHT_OR_SPACED and _begins_operand(last)


def _begins_operand(last: Piece) -> bool:
    """Whether what stands behind `last` can't be an operator with two sides."""
    if last.kind == "name":
        return last.text in _BEFORE_PARENTHESIS or last.text in _LEAVING
    return last.kind == "symbol" and last.text not in {")", "]"}
