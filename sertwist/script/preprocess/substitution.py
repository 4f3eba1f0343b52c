"""`Substitution`: a rule of `#!subst` that changes strings (reference language 1.3)."""

from __future__ import annotations

import re
from typing import Final

from sertwist.limits import MAX_SUBSTITUTED
from sertwist.record import record
from sertwist.script.linear import substitute
from sertwist.script.pattern import PatternError, compile_pattern

__all__ = ["Substitution", "read_substitution"]

_PIECES: Final = re.compile(r"\\(.)|(.)", re.DOTALL)
_REFERENCE: Final = re.compile(r"\\([0-9])|\\(.)|([^\\]+)", re.DOTALL)


@record
class Substitution:
    """One rule: pattern, replacement, whether all matches are replaced."""

    pattern: re.Pattern[str]
    replacement: str
    everywhere: bool

    def apply(self, text: str) -> str:
        """`text` with the match, or all, replaced.

        Raises:
            OverflowError: the result is longer than `MAX_SUBSTITUTED` characters.
        """
        changed, _ = substitute(self.pattern, self._value, text, 0 if self.everywhere else 1)
        if len(changed) > max(MAX_SUBSTITUTED, len(text)):
            raise OverflowError
        return changed

    def _value(self, match: re.Match[str]) -> str:
        r"""The replacement; `\1` to `\9` are what the pattern's groups matched, `\0` the whole."""
        return _REFERENCE.sub(lambda piece: self._piece(piece, match), self.replacement)

    @staticmethod
    def _piece(piece: re.Match[str], match: re.Match[str]) -> str:
        group, escaped, plain = piece.groups()
        if group is None:
            return str(plain or escaped)
        return (match[int(group)] or "") if int(group) <= (match.re.groups or 0) else ""


def read_substitution(text: str) -> tuple[Substitution, str, str]:
    """Take `/pattern/replacement/flags` apart: the rule, and its pattern and replacement as text.

    Raises:
        ValueError: it has not three separators, a flag is unknown, or the pattern can't be used.
    """
    parts = _split(text)
    if len(parts) != 3:
        raise ValueError("'/pattern/replacement/flags' expected; the first character separates the parts")
    pattern, replacement, flags = parts
    if not pattern:
        raise ValueError("the pattern is empty")
    if set(flags) - {"g", "i"}:
        raise ValueError(f"unknown flags {flags!r}: 'g' replaces all, 'i' ignores case")
    try:
        compiled = compile_pattern(pattern, any_case="i" in flags)
    except PatternError as error:
        raise ValueError(str(error)) from None
    return Substitution(compiled, replacement, "g" in flags), pattern, replacement


def _split(text: str) -> list[str]:
    """The parts between separators, which a backslash takes their meaning; what precedes the first is nothing."""
    separator = text[:1]
    parts = [""]
    for escaped, plain in _PIECES.findall(text[1:]):
        if plain == separator:
            parts.append("")
        elif escaped:
            parts[-1] += escaped if escaped == separator else f"\\{escaped}"
        else:
            parts[-1] += plain
    return parts
