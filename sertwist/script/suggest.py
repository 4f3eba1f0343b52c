"""The nearest known name to a misspelt one (reference language 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]

_MAX_DISTANCE = 2
_MIN_PREFIX = 4


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` for the nearest of `known`, or empty when nothing is near."""
    found = nearest(word, known)
    return f"did you mean {found!r}?" if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The name within a Damerau distance of 2, nearest first, else the one with most leading letters alike (4).

    Names of four letters and less must be within distance 1: at 2 anything is near them.
    """
    names = sorted(set(known))
    limit = _MAX_DISTANCE if len(word) > 4 else 1
    near = [(distance, name) for name in names if (distance := _distance(word.lower(), name.lower())) <= limit]
    if near:
        return min(near)[1]
    prefixes = [(_shared_prefix(word, name), name) for name in names]
    length, name = max(prefixes, default=(0, ""), key=lambda each: each[0])
    return name if length >= _MIN_PREFIX else ""


def _shared_prefix(one: str, other: str) -> int:
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared


def _distance(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours; not exact past the limit."""
    if abs(len(one) - len(other)) > _MAX_DISTANCE:
        return _MAX_DISTANCE + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
