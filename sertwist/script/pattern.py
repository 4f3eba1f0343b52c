"""Turn the pattern of `=~` (POSIX extended, any case, unanchored) into Python's (reference language 13, 1)."""

from __future__ import annotations

import re
from typing import Any, Final

from sertwist.record import record
from sertwist.script.linear import ALWAYS_TWIN, REPEATS, add_twin, has_twin

__all__ = ["PatternError", "ReadPattern", "compile_pattern", "read_pattern"]

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
_REPEATS: Final = frozenset((re._constants.MAX_REPEAT, re._constants.MIN_REPEAT))  # type: ignore[attr-defined]  # noqa: SLF001
_BRANCH: Final = re._constants.BRANCH  # type: ignore[attr-defined]  # noqa: SLF001
_LITERAL: Final = re._constants.LITERAL  # type: ignore[attr-defined]  # noqa: SLF001


class PatternError(ValueError):
    """A pattern can't be used; `is_slow` tells that it is well formed but could take exponential time."""

    def __init__(self, message: str, *, is_slow: bool = False) -> None:
        super().__init__(message)
        self.is_slow = is_slow


@record
class ReadPattern:
    """A pattern that can be used, as `read_pattern` has read it; what is only checked need not be compiled.

    Attributes:
        written: for Python's matcher.
        twin: the same in the notation of RE2.
        flags: of `re`.
        repetitions: how many may go on for long; `ALWAYS_TWIN` when it could take Python's matcher exponential time.
    """

    written: str
    twin: str
    flags: int
    repetitions: int

    @property
    def is_twin_alone(self) -> bool:
        """Whether Python's matcher never gets to see this pattern."""
        return self.repetitions >= ALWAYS_TWIN

    def compiled(self) -> re.Pattern[str]:
        """What looks for it: that Python reads it is known."""
        compiled = re.compile(self.written, self.flags)
        add_twin(compiled, self.twin, self.repetitions)
        return compiled


def compile_pattern(pattern: str, *, lines: bool = False, any_case: bool = True) -> re.Pattern[str]:
    """The compiled form of a script's pattern.

    Args:
        pattern: POSIX extended.
        lines: as of `read_pattern`.
        any_case: letters match in either case, as in `=~`.

    Raises:
        PatternError: as of `read_pattern`.
    """
    return read_pattern(pattern, lines=lines, any_case=any_case).compiled()


def read_pattern(pattern: str, *, lines: bool = False, any_case: bool = True, only_found: bool = False) -> ReadPattern:
    """What a script's pattern says.

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
        is_slow, repetitions = _repetitions(tree, inside=False)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"invalid regular expression: {error}") from None
    twin = translated.replace(_LINE_END, r"(?:\r?$)") if lines else translated.replace(_END, r"\z")
    if is_slow and not (only_found and has_twin(twin, flags)):
        raise PatternError("a pattern that repeats a repetition may take exponential time", is_slow=True)
    return ReadPattern(translated, twin, int(flags), ALWAYS_TWIN if is_slow else repetitions)


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


def _repetitions(tree: Any, *, inside: bool) -> tuple[bool, int]:
    """Whether an unbounded repetition holds another one, or alternatives that may begin alike; and how many go on.

    The tree is that of Python's own parser, which has already drawn common beginnings out of alternatives. Counted are
    repetitions that may go on for long.
    """
    is_slow, count = False, 0
    for operator, argument in tree.data:
        repeats = False
        if operator in _REPEATS:
            least, most, _ = argument
            repeats = most >= _UNBOUNDED
            count += most - least >= REPEATS
        if inside and (repeats or (operator == _BRANCH and _overlaps(argument[1]))):
            is_slow = True
        for part in _subtrees(argument):
            part_slow, part_count = _repetitions(part, inside=inside or repeats)
            is_slow = is_slow or part_slow
            count += part_count
    return is_slow, count


def _overlaps(alternatives: Any) -> bool:
    """Whether two alternatives may match at one place: only different first letters are sure not to."""
    firsts = [next(iter(alternative), None) for alternative in alternatives]
    letters = {chr(first[1]).lower() for first in firsts if first is not None and first[0] == _LITERAL}
    return len(letters) < len(firsts)


def _subtrees(argument: Any) -> list[Any]:
    """The sequences inside one node's argument, whatever its operator."""
    if isinstance(argument, tuple):
        return [tree for part in argument for tree in _subtrees(part)]
    if isinstance(argument, re._parser.SubPattern):  # type: ignore[attr-defined]  # noqa: SLF001
        return [argument]
    if isinstance(argument, list):
        return [tree for part in argument for tree in _subtrees(part)]
    return []
