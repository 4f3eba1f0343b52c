"""Which entries are meant: by operator and value (`"sw", "alice"`), or by one text (`~~^alice`)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sertwist.script.linear import is_found
from sertwist.script.pattern import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OPERATORS", "Test", "test_of", "test_of_text"]

Test = "Callable[[str | int], bool]"
OPERATORS: Final = ("eq", "ne", "sw", "ew", "in", "re")


def test_of(operator: str, value: str) -> Callable[[str | int], bool]:
    """Whether a key or value is equal to, other than, starts or ends with, contains or matches `value`.

    Raises:
        ValueError: `value` is no usable pattern.
    """
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
            pattern = compile_pattern(value)
            return lambda given: is_found(pattern, str(given))


@lru_cache(maxsize=256)
def test_of_text(text: str) -> Callable[[str | int], bool]:
    """What `$shtcn` and `$shtcv` count: `~~pattern`, `~%beginning`, `==text`, `eqnumber`, `*`; else a pattern.

    Raises:
        ValueError: there is no usable pattern.
    """
    if text == "*":
        return lambda _given: True
    head, rest = text[:2], text[2:]
    if head == "~%":
        return test_of("sw", rest)
    if head == "==" or (head == "eq" and rest.lstrip("+-").isdecimal()):
        return test_of("eq", rest)
    return test_of("re", rest if head == "~~" else text)
