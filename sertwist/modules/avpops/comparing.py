"""`avp_check("$avp(x)", "op/value/flags")`: the test that the second argument is."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sertwist.script.linear import is_found
from sertwist.script.pattern import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Check", "read_check", "typed"]

_ORDER: Final = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_BITS: Final = {"and": operator.and_, "or": operator.or_, "xor": operator.xor}
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_WILD: Final = {"*": ".*", "?": "."}


@dataclass(frozen=True, slots=True)
class Check:
    """A test of one value.

    Attributes:
        passes: whether it holds for a value.
        every_value: one of all values must pass, not the newest.
    """

    passes: Callable[[str | int], bool]
    every_value: bool


def typed(text: str) -> str | int:
    """`i:5` as a number, `s:text` and all else as text."""
    head, rest = text[:2], text[2:]
    if head == "i:" and _NUMBER.fullmatch(rest):
        return int(rest)
    return rest if head == "s:" else text


def read_check(text: str, *, is_escaped: bool = False) -> Check:
    """The test that `op/value` or `op/value/flags` is; operators eq ne lt le gt ge re fm and or xor, flags g and i.

    Args:
        text: the test.
        is_escaped: what variables gave in it is, so that it is no pattern.

    Raises:
        ValueError: it is none.
    """
    name, slash, rest = text.partition("/")
    value, _, flags = rest.partition("/")
    value = value.replace("\0", "/")
    if not slash or flags.strip("gi"):
        raise ValueError("write op/value or op/value/flags; flags are g and i")
    if name not in (*_ORDER, *_BITS, "re", "fm"):
        raise ValueError(f"{name!r} is no operator: eq, ne, lt, le, gt, ge, re, fm, and, or, xor")
    if is_escaped and name != "re":
        value = _ESCAPED.sub(r"\1", value)
    return Check(_test(name, value, any_case="i" in flags), "g" in flags)


def _test(name: str, value: str, *, any_case: bool) -> Callable[[str | int], bool]:
    if name == "re":
        pattern = compile_pattern(value)
        return lambda given: is_found(pattern, str(given))
    if name == "fm":
        wild = _wild(value, any_case=any_case)
        return lambda given: wild.fullmatch(str(given)) is not None
    wanted = typed(value)
    if name in _BITS:
        bits = int(wanted) if isinstance(wanted, int) or _NUMBER.fullmatch(wanted) else 0
        return lambda given: isinstance(given, int) and bool(_BITS[name](given, bits))
    return lambda given: _ordered(_ORDER[name], given, wanted, any_case=any_case)


def _ordered(compare: Callable[..., bool], given: str | int, wanted: str | int, *, any_case: bool) -> bool:
    """Numbers when the value is one and the other can be; else texts."""
    if isinstance(given, int) and (isinstance(wanted, int) or _NUMBER.fullmatch(wanted)):
        return compare(given, int(wanted))
    left, right = str(given), str(wanted)
    return compare(left.lower(), right.lower()) if any_case else compare(left, right)


@lru_cache(maxsize=256)
def _wild(text: str, *, any_case: bool) -> re.Pattern[str]:
    """`*` for anything, `?` for one character; neighbours of a `*` are drawn into it, so it can't take long."""
    parts = re.split(r"([*?])", re.sub(r"\*+", "*", text))
    pattern = "".join(_WILD.get(part, re.escape(part)) for part in parts)
    return re.compile(pattern, re.DOTALL | (re.IGNORECASE if any_case else 0))
