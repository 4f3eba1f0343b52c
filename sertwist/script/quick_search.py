"""`finder`: what tells whether a pattern is found in a value, in the quickest way that says the same.

Most patterns of scripts are simple: a list of words is looked for word by word, a beginning is compared, and what
begins with `^` is tried at one place only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sertwist.errors import TooLargeError
from sertwist.limits import MAX_SUBJECT
from sertwist.script.linear import search_beyond
from sertwist.script.runtime import text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Finder", "finder"]

Finder: TypeAlias = "Callable[[str | int | None], bool]"
"""Whether a pattern is found in a value of a script; never in an undefined one.

It raises `TooLargeError` for a value of more than `MAX_SUBJECT` characters.
"""

#: `word|word|...` with nothing in it that means more than itself, as `compile_pattern` writes it.
_WORDS: Final = re.compile(r"(?:[A-Za-z0-9 _%@:;,=/!<>-]|\\[-.])+(?:\|(?:[A-Za-z0-9 _%@:;,=/!<>-]|\\[-.])+)+")
_FEWEST: Final = 3  # words from which on this is quicker than the pattern


def finder(pattern: re.Pattern[str]) -> Finder:
    """What tells whether `pattern` is found in a value."""
    words = _words(pattern)
    if len(words) >= _FEWEST:
        return _find_words(pattern, words)
    if pattern.flags & re.MULTILINE or not pattern.pattern.startswith("^"):
        return _find(pattern, pattern.search)
    tree = list(re._parser.parse(pattern.pattern, pattern.flags))  # type: ignore[attr-defined]  # noqa: SLF001
    if str(tree[0][0]) != "AT":  # `^a|b`
        return _find(pattern, pattern.search)
    beginning = _literal(tree[1:], any_case=bool(pattern.flags & re.IGNORECASE))
    return _find_beginning(pattern, beginning) if beginning else _find(pattern, pattern.match)


def _find(pattern: re.Pattern[str], search: Callable[[str], object]) -> Finder:
    short, beyond = search_beyond(pattern)
    most = min(short, MAX_SUBJECT)

    def found(value: Any) -> bool:
        if value.__class__ is str and len(value) <= most:
            return search(value) is not None
        return _found_otherwise(pattern, beyond, short, value)

    return found


def _find_words(pattern: re.Pattern[str], words: tuple[str, ...]) -> Finder:
    """Outside of ASCII the cases of letters are other ones than `lower` knows: there the pattern itself is asked."""

    def found(value: Any) -> bool:
        if value.__class__ is str and value.isascii() and len(value) <= MAX_SUBJECT:
            lower = value.lower()
            for word in words:  # noqa: SIM110 (a generator takes three times as long)
                if word in lower:
                    return True
            return False
        return _found_otherwise(pattern, pattern.search, MAX_SUBJECT, value)

    return found


def _find_beginning(pattern: re.Pattern[str], beginning: str) -> Finder:
    def found(value: Any) -> bool:
        if value.__class__ is str and len(value) <= MAX_SUBJECT:
            return bool(value.startswith(beginning))
        return _found_otherwise(pattern, pattern.search, MAX_SUBJECT, value)

    return found


def _found_otherwise(
    pattern: re.Pattern[str], beyond: Callable[[str], object], short: int, value: str | int | None
) -> bool:
    """The same for what is undefined, a number, or longer than the pattern's own matcher is given."""
    if value is None:
        return False
    subject = text(value)
    if len(subject) > MAX_SUBJECT:
        raise TooLargeError("a value is too long to be matched", code="subject-too-large")
    return (pattern.search if len(subject) <= short else beyond)(subject) is not None


def _words(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The words, lower case, that a pattern without a case is a list of; none when it is something else."""
    written = pattern.pattern
    if not pattern.flags & re.IGNORECASE or not _WORDS.fullmatch(written):
        return ()
    return tuple(word.replace("\\", "").lower() for word in written.split("|"))


def _literal(tree: list[tuple[Any, Any]], *, any_case: bool) -> str:
    """The text that `tree` is, when it is nothing else and has no letters whose case is all one."""
    if any(str(operator) != "LITERAL" for operator, _ in tree):
        return ""
    written = "".join(chr(code) for _, code in tree)
    return written if not any_case or (written.isascii() and written.lower() == written.upper()) else ""
