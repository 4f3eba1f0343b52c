"""The quickest way to look for a pattern: one that is a list of words is looked for word by word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.record import record
from sertwist.script.linear import searcher

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WordSearch", "quickest_search"]

#: `word|word|...` with nothing in it that means more than itself, as `compile_pattern` writes it.
_WORDS: Final = re.compile(r"(?:[A-Za-z0-9 _%@:;,=/!<>-]|\\[-.])+(?:\|(?:[A-Za-z0-9 _%@:;,=/!<>-]|\\[-.])+)+")
_FEWEST: Final = 3  # words from which on this is quicker than the pattern


@record
class WordSearch:
    """Looks for any of `words`, lower case, where `pattern` looks for them in any case; the same in meaning.

    Outside of ASCII the cases of letters are other ones than `lower` knows: there the pattern itself is asked.
    """

    pattern: re.Pattern[str]
    words: tuple[str, ...]

    def __call__(self, subject: str) -> object:
        """As `pattern.search`: None when nothing is found."""
        if not subject.isascii():
            return self.pattern.search(subject)
        lower = subject.lower()
        for word in self.words:
            if word in lower:
                return True
        return None


def quickest_search(pattern: re.Pattern[str]) -> Callable[[str], object]:
    """What gives None when `pattern`, which minds no case, is not found in a text."""
    written = pattern.pattern
    if not pattern.flags & re.IGNORECASE or not _WORDS.fullmatch(written):
        return searcher(pattern)
    words = tuple(word.replace("\\", "").lower() for word in written.split("|"))
    return WordSearch(pattern, words) if len(words) >= _FEWEST else searcher(pattern)
