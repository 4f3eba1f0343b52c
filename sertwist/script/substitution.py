r"""`/re/replacement/flags` as sed has it: what textops' `subst` functions and `{re.subst}` are given (language 9.5).

The separator is the first character. Flags: `i` in any case, `g` every match, `s` lines mean nothing. `\1` to `\9` in
the replacement are the groups, `\0` is the whole match.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.record import record
from sertwist.script.linear import substitute
from sertwist.script.pattern import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Slot", "Substitution", "make_substitution", "parse_substitution", "split_substitution"]

_FLAGS: Final = "gis"
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t"}


@record
class Slot:
    """A place in a replacement for the value of a variable: the number of it."""

    number: int


@record
class Substitution:
    """One substitution, ready.

    Attributes:
        pattern: what is looked for.
        pieces: the replacement: texts, numbers of groups, and slots that are still to be filled.
        every: each match is replaced, not just the first.
    """

    pattern: re.Pattern[str]
    pieces: tuple[str | int | Slot, ...]
    every: bool = False

    def filled(self, *values: str) -> Substitution:
        """The same with `values` in the slots; what stands in them is text and nothing else."""
        pieces = tuple([values[piece.number] if isinstance(piece, Slot) else piece for piece in self.pieces])
        return Substitution(self.pattern, pieces, self.every)

    def apply(self, subject: str) -> str | None:
        """`subject` with the replacement, None when nothing matches."""
        changed, count = substitute(self.pattern, self._replacement, subject, 0 if self.every else 1)
        return changed if count else None

    def _replacement(self, match: re.Match[str]) -> str:
        return "".join([match[piece] or "" if isinstance(piece, int) else str(piece) for piece in self.pieces])


def parse_substitution(text: str) -> Substitution:
    """The substitution that `text` is, without variables.

    Raises:
        PatternError: its pattern can't be used.
        ValueError: it has not three parts, an unknown flag, or names a group that the pattern has not.
    """
    pattern, replacement, flags = split_substitution(text)
    return make_substitution(pattern, [replacement], flags)


def make_substitution(pattern: str, replacement: Sequence[str | Slot], flags: str) -> Substitution:
    r"""A substitution of its parts; `\1` in the texts of `replacement` is a group.

    Raises:
        PatternError: its pattern can't be used.
        ValueError: an unknown flag, or a group that the pattern has not.
    """
    unknown = flags.strip(_FLAGS)
    if unknown:
        raise ValueError(f"unknown flag {unknown[0]!r} of a substitution; there are g, i and s")
    compiled = compile_pattern(pattern, lines="s" not in flags, any_case="i" in flags)
    pieces = tuple(piece for each in replacement for piece in (_pieces(each) if isinstance(each, str) else (each,)))
    highest = max((piece for piece in pieces if isinstance(piece, int)), default=0)
    if highest > compiled.groups:
        raise ValueError(f"the replacement names group {highest}, the pattern has {compiled.groups}")
    return Substitution(compiled, pieces, "g" in flags)


def split_substitution(text: str) -> tuple[str, str, str]:
    """Pattern, replacement and flags.

    Raises:
        ValueError: it has not three parts.
    """
    parts = _split(text)
    if len(parts) != 3:
        raise ValueError(f"{text!r} is no substitution; write it as /pattern/replacement/flags")
    return parts[0], parts[1], parts[2]


def _split(text: str) -> list[str]:
    """The parts between separators; one behind a backslash is no separator, and loses the backslash."""
    if not text or text[0].isalnum() or text[0] == "\\":
        return []
    separator, parts, at = text[0], [""], 1
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            parts[-1] += text[at + 1] if text[at + 1] == separator else text[at : at + 2]
            at += 2
            continue
        if text[at] == separator:
            parts.append("")
        else:
            parts[-1] += text[at]
        at += 1
    return parts


def _pieces(replacement: str) -> tuple[str | int, ...]:
    pieces: list[str | int] = []
    at = 0
    for match in _ESCAPE.finditer(replacement):
        pieces.append(replacement[at : match.start()])
        letter = match[1]
        pieces.append(int(letter) if letter in "0123456789" else _ESCAPED.get(letter, letter))
        at = match.end()
    pieces.append(replacement[at:])
    return tuple(piece for piece in pieces if piece != "")
