"""Turn the pattern of `=~` (POSIX extended, any case, unanchored) into Python's (reference language 13, 1)."""

from __future__ import annotations

import re
from typing import Any, Final

from sertwist.script.linear import ALWAYS_TWIN, REPEATS, add_twin

__all__ = ["PatternError", "compile_pattern"]

_CLASSES: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t\\r\\n\\v\\f",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
#: What is left of Python's own syntax after POSIX's: escapes with a meaning, and brackets.
_PIECE: Final = re.compile(r"\\(.)|\[(\^?)(\]?)((?:\[:\w*:\]|[^\]])*)\]|([*+?}])[?+]|\(\?|(.)", re.DOTALL)
_IN_BRACKETS: Final = re.compile(r"\[:(\w*):\]|(.)", re.DOTALL)
_KEPT_ESCAPES: Final = "dDsSwWbBnrt"
#: `$` of a pattern on lines: before a line end, or at the end of all.
_LINE_END: Final = r"(?=\r?(?:\n|\Z))"
#: `$` of other patterns; this group makes it no part of a longer escape. Python's own `$` would let a line end follow.
_END: Final = r"(?:\Z)"
_UNBOUNDED: Final = 1_000  # repetitions from here on count as without bound


class PatternError(ValueError):
    """A pattern can't be used; `is_slow` tells that it is well formed but could take exponential time."""

    def __init__(self, message: str, *, is_slow: bool = False) -> None:
        super().__init__(message)
        self.is_slow = is_slow


def compile_pattern(
    pattern: str, *, lines: bool = False, any_case: bool = True, only_found: bool = False
) -> re.Pattern[str]:
    """The compiled form of a script's pattern.

    Args:
        pattern: POSIX extended.
        lines: it is matched line by line: `^` and `$` match at each one's begin and end, `.` and `[^x]` never pass
            one, as in the functions of textops.
        any_case: letters match in either case, as in `=~`.
        only_found: it is asked by `linear.searcher` alone whether it is found: one that could take exponential time is
            then matched in linear time, always.

    Raises:
        PatternError: it is malformed, uses what POSIX has not (look-around, lazy repetition), or repeats without
            bound what repeats without bound itself, as `(a+)+`, or alternatives that begin alike, as `(a|a.)*`.
    """
    translated = "".join(_translate(match, lines=lines) for match in _PIECE.finditer(pattern))
    flags = (re.IGNORECASE if any_case else 0) | (re.MULTILINE if lines else re.DOTALL)
    try:
        tree = re._parser.parse(translated, flags)  # type: ignore[attr-defined]  # noqa: SLF001
        is_slow = _is_slow(tree, inside=False)
        compiled = re.compile(translated, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"invalid regular expression: {error}") from None
    # In the notation of RE2.
    twin = translated.replace(_LINE_END, r"(?:\r?$)") if lines else translated.replace(_END, r"\z")
    repetitions = ALWAYS_TWIN if is_slow else _repetitions(tree)
    has_twin = add_twin(compiled, twin, repetitions, lines=lines)
    if is_slow and not (only_found and has_twin):
        raise PatternError("a pattern that repeats a repetition may take exponential time", is_slow=True)
    return compiled


def _translate(match: re.Match[str], *, lines: bool) -> str:
    escaped, negated, first, inside, repetition, plain = match.groups()
    if escaped is not None:
        return f"\\{escaped}" if escaped in _KEPT_ESCAPES else re.escape(escaped)
    if inside is not None:
        line_end = "\\r\\n" if negated and lines else ""
        return f"[{negated}{re.escape(first)}{_IN_BRACKETS.sub(_translate_member, inside)}{line_end}]"
    if repetition is not None:
        raise PatternError(f"invalid regular expression: {match.group()!r} is not POSIX", is_slow=False)
    if plain is None:
        raise PatternError("invalid regular expression: '(?' is not POSIX")
    if plain == "." and lines:
        return r"[^\r\n]"
    if plain == "$":
        return _LINE_END if lines else _END
    return plain


def _translate_member(match: re.Match[str]) -> str:
    name, plain = match.groups()
    if name is None:
        return f"\\{plain}" if plain in "[\\&|~" else str(plain)
    if name not in _CLASSES:
        raise PatternError(f"invalid regular expression: unknown class '[:{name}:]'")
    return _CLASSES[name]


def _is_slow(tree: Any, *, inside: bool) -> bool:
    """Whether an unbounded repetition holds another one, or alternatives that may begin alike.

    The tree is that of Python's own parser, which has already drawn common beginnings out of alternatives.
    """
    for operator, argument in tree:
        repeats = str(operator) in {"MAX_REPEAT", "MIN_REPEAT"} and int(argument[1]) >= _UNBOUNDED
        if inside and (repeats or (str(operator) == "BRANCH" and _overlaps(argument[1]))):
            return True
        if any(_is_slow(part, inside=inside or repeats) for part in _subtrees(argument)):
            return True
    return False


def _repetitions(tree: Any) -> int:
    """How many repetitions that may go on for long are in the pattern."""
    count = 0
    for operator, argument in tree:
        if str(operator) in {"MAX_REPEAT", "MIN_REPEAT"} and int(argument[1]) - int(argument[0]) >= REPEATS:
            count += 1
        count += sum(_repetitions(part) for part in _subtrees(argument))
    return count


def _overlaps(alternatives: Any) -> bool:
    """Whether two alternatives may match at one place: only different first letters are sure not to."""
    firsts = [next(iter(alternative), None) for alternative in alternatives]
    letters = {chr(first[1]).lower() for first in firsts if first is not None and str(first[0]) == "LITERAL"}
    return len(letters) < len(firsts)


def _subtrees(argument: Any) -> list[Any]:
    """The sequences inside one node's argument, whatever its operator."""
    if isinstance(argument, re._parser.SubPattern):  # type: ignore[attr-defined]  # noqa: SLF001
        return [argument]
    if isinstance(argument, tuple | list):
        return [tree for part in argument for tree in _subtrees(part)]
    return []
