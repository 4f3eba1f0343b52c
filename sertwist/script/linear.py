"""Patterns on long values, in time that grows with the value and no faster (RE2).

Python's own matcher may try every place of a value as the beginning of a match and go to its end from each: 60,000
letters `a` take it half a minute for `a.*b`, and a peer could send them. On short values it is the quicker one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ALWAYS_TWIN", "REPEATS", "add_twin", "has_twin", "is_found", "search_beyond", "substitute"]

#: Characters up to which Python's matcher is used, by how many repetitions a pattern has; none beyond the last.
_SHORT: Final = (65_535, 256, 64)
ALWAYS_TWIN: Final = 1_000_000  # so many repetitions are never left to Python's matcher
_NO_TWIN: Final[tuple[int, Any]] = (2**63, None)
REPEATS: Final = 16  # a repetition that may go on for longer counts as one
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_twins: Final[WeakKeyDictionary[re.Pattern[str], tuple[int, Any]]] = WeakKeyDictionary()


def add_twin(pattern: re.Pattern[str], written: str, repetitions: int) -> None:
    """Let `pattern` be matched by its twin where that is better.

    Args:
        pattern: of Python.
        written: the same for RE2.
        repetitions: how many it has.
    """
    if not repetitions:
        return
    twin = _twin_of(written, pattern.flags)
    if twin is None:
        return
    short = _SHORT[repetitions] if repetitions < len(_SHORT) else 0
    _twins[pattern] = (-1 if repetitions >= ALWAYS_TWIN else short, twin)


def has_twin(written: str, flags: int) -> bool:
    """Whether RE2 takes a pattern, which it does not when that has too many repetitions."""
    return _twin_of(written, flags) is not None


def _twin_of(written: str, flags: int) -> Any:
    import re2  # noqa: PLC0415 (a script that is only checked rarely needs it)

    lines = flags & re.MULTILINE
    options = re2.Options()
    options.case_sensitive = not flags & re.IGNORECASE
    options.dot_nl = not lines
    options.log_errors = False
    try:
        return re2.compile(f"(?m){written}" if lines else written, options)
    except re2.error:
        return None


def is_found(pattern: re.Pattern[str], subject: str) -> bool:
    """Whether `pattern` is found anywhere in `subject`."""
    short, twin = _twins.get(pattern, _NO_TWIN)
    if len(subject) > short:
        return twin.search(_readable(subject)) is not None
    return pattern.search(subject) is not None


def search_beyond(pattern: re.Pattern[str]) -> tuple[int, Callable[[str], object]]:
    """Characters up to which Python's matcher is asked, and what gives None when a longer subject has no match."""
    short, twin = _twins.get(pattern, _NO_TWIN)
    if twin is _NO_TWIN[1]:
        return short, pattern.search

    def search(subject: str) -> object:
        return twin.search(_readable(subject))

    return short, search


def substitute(
    pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str], subject: str, most: int
) -> tuple[str, int]:
    """`subject` with the first `most` matches (0: all) replaced, and how many there were."""
    short, twin = _twins.get(pattern, _NO_TWIN)
    if len(subject) <= short:
        return pattern.subn(replacement, subject, most)
    pieces: list[str] = []
    end = count = 0
    for match in _matches(pattern, twin, subject):
        pieces += (subject[end : match.start()], replacement(match))
        end, count = match.end(), count + 1
        if count == most:
            break
    return "".join([*pieces, subject[end:]]), count


def _matches(pattern: re.Pattern[str], twin: Any, subject: str) -> Iterator[re.Match[str]]:
    """Where matches begin is found by the twin; each is then made by Python, which knows line ends better."""
    end = 0
    for found in twin.finditer(_readable(subject)):
        match = pattern.match(subject, found.start()) if found.start() >= end else None
        if match is not None:
            end = match.end()
            yield match


def _readable(subject: str) -> str:
    """`subject` as RE2 reads it: octets that are no UTF-8 count as one character, and match no letter."""
    return subject if subject.isascii() else _SURROGATE.sub("\ufffd", subject)
