"""Where a quote or brace was forgotten: far in front of the place where that can no longer be read over."""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from sertwist.script.tokens import TokenKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.script.source import Source
    from sertwist.script.tokens import Token

__all__ = ["brace_left_open", "indent", "string_run_over"]

_NEAR: Final = 3  # tokens behind a string that are taken for what stood in the next one
_GOES_ON: Final = frozenset({",", ")", ";", "{", "}"})  # what is written behind a string that is meant to end there
_FIRST_LINE: Final = re.compile(r"(?:\\.|[^\\\n])*")


def string_run_over(tokens: Sequence[Token], at: int, source: Source) -> Token | None:
    """The string that took in the lines up to the next one's opening quote, when that is why `tokens[at]` is wrong."""
    for index in range(at - 1, max(-1, at - 1 - _NEAR), -1):
        token = tokens[index]
        if token.kind is TokenKind.STRING and tokens[index + 1].mark not in _GOES_ON and _runs_over(token, source):
            return token
    return None


def _runs_over(string: Token, source: Source) -> bool:
    """Whether a quote that is opened on the first line of `string` is closed on another."""
    written = source.written(string.span)
    first = _FIRST_LINE.match(written)
    return first is not None and first.end() < len(written) and first[0].replace('\\"', "").count('"') % 2 == 1


def brace_left_open(tokens: Sequence[Token], opening: Token, end: Token, source: Source) -> Token:
    """The brace behind `opening` that is closed by one further left than its line, else `opening` itself."""
    opened: list[Token] = []
    for index in range(bisect_left(tokens, opening.start, key=attrgetter("start")), len(tokens)):
        token = tokens[index]
        if token.start >= end.start:
            break
        if token.mark == "{":
            opened.append(token)
        elif token.mark == "}" and opened:
            brace = opened.pop()
            if token.starts_line and indent(token, source) < indent(brace, source):
                return brace
    return opening


def indent(token: Token, source: Source) -> int:
    """Columns of white space in front of the line of `token`."""
    line = source.line_at(token.start).expandtabs()
    return len(line) - len(line.lstrip())
