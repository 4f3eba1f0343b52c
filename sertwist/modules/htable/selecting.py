"""Which entries are meant: by operator and value (`"sw", "alice"`), or by one text (`~~^alice`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from sertwist.script.linear import is_found
from sertwist.script.pattern import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OPERATORS", "Wanted", "test_of", "test_of_text"]

_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
OPERATORS: Final = ("eq", "ne", "sw", "ew", "in", "re")


class Wanted(NamedTuple):
    """What an operator compares with.

    Attributes:
        text: as the script writes it; what variables gave in it may be escaped, so that it is no pattern.
        is_escaped: it may.
    """

    text: str
    is_escaped: bool = False


def test_of(operator: str, wanted: Wanted) -> Callable[[str | int], bool]:
    """Whether a key or value is equal to, other than, starts or ends with, contains or matches what is `wanted`.

    Raises:
        ValueError: it is no usable pattern.
    """
    value = _ESCAPED.sub(r"\1", wanted.text) if wanted.is_escaped else wanted.text
    match operator:
        case "eq":
            return lambda given: str(given) == value
        case "ne":
            return lambda given: str(given) != value
        case "sw":
            return lambda given: str(given).startswith(value)
        case "ew":
            return lambda given: str(given).endswith(value)
        case "in":
            return lambda given: value in str(given)
        case _:
            pattern = compile_pattern(wanted.text)
            return lambda given: is_found(pattern, str(given))


@lru_cache(maxsize=256)
def test_of_text(text: str) -> Callable[[str | int], bool]:
    """What `$shtcn` and `$shtcv` count: `~~pattern`, `~%beginning`, `==text`, `eqnumber`, `*`; else a pattern.

    What variables give in it is escaped.

    Raises:
        ValueError: there is no usable pattern.
    """
    if text == "*":
        return lambda _given: True
    head, rest = text[:2], text[2:]
    if head == "~%":
        return test_of("sw", Wanted(rest, is_escaped=True))
    if head == "==" or (head == "eq" and rest.lstrip("+-").isdecimal()):
        return test_of("eq", Wanted(rest, is_escaped=True))
    return test_of("re", Wanted(rest if head == "~~" else text))
