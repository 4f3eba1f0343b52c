"""The operators of `eval_oper`: a number of values to one; None where there is no result."""

from __future__ import annotations

import hashlib
import operator
from typing import TYPE_CHECKING, Final, TypeAlias

from sertwist.script.runtime import number, text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OPERATORS", "Operator", "read_operators"]

Value: TypeAlias = "str | int"
#: Number of values, oldest first, and what is made of them.
Operator: TypeAlias = "tuple[int, Callable[..., Value | None]]"

_LARGEST: Final = 2**63 - 1
_LONGEST: Final = 65_535  # characters of a text


def _of_numbers(function: Callable[[int, int], int | None]) -> Callable[[Value, Value], Value | None]:
    def apply(left: Value, right: Value) -> Value | None:
        result = function(number(left), number(right))
        return result if result is not None and -_LARGEST - 1 <= result <= _LARGEST else None

    return apply


def _of_truths(function: Callable[[bool, bool], bool]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        return int(function(_is_true(left), _is_true(right)))

    return apply


def _order(compare: Callable[..., bool]) -> Callable[[Value, Value], Value]:
    """As numbers when both are; else as texts."""

    def apply(left: Value, right: Value) -> Value:
        if _is_number(left) and _is_number(right):
            return int(compare(number(left), number(right)))
        return int(compare(text(left), text(right)))

    return apply


def _is_number(value: Value) -> bool:
    return isinstance(value, int) or (value.strip("+-").isdecimal() and value.isascii())


def _is_true(value: Value) -> bool:
    """A number other than 0, a text that is not empty."""
    return number(value) != 0 if _is_number(value) else value != ""


def _divide(left: int, right: int) -> int | None:
    """As C does: towards zero."""
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int | None:
    quotient = _divide(left, right)
    return None if quotient is None else left - right * quotient


def _shift(left: int, right: int, step: Callable[[int, int], int]) -> int | None:
    return step(left, right) if 0 <= right < 64 else None


def _join(left: Value, right: Value) -> Value | None:
    joined = text(left) + text(right)
    return joined if len(joined) <= _LONGEST else None


def _md5(value: Value) -> Value:
    data = text(value).encode("utf-8", "surrogateescape")
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


OPERATORS: Final[dict[str, Operator]] = {
    "+": (2, _of_numbers(operator.add)),
    "-": (2, _of_numbers(operator.sub)),
    "*": (2, _of_numbers(operator.mul)),
    "/": (2, _of_numbers(_divide)),
    "%": (2, _of_numbers(_remainder)),
    "&": (2, _of_numbers(operator.and_)),
    "|": (2, _of_numbers(operator.or_)),
    "^": (2, _of_numbers(operator.xor)),
    "<<": (2, _of_numbers(lambda left, right: _shift(left, right, operator.lshift))),
    ">>": (2, _of_numbers(lambda left, right: _shift(left, right, operator.rshift))),
    "&&": (2, _of_truths(lambda left, right: left and right)),
    "||": (2, _of_truths(lambda left, right: left or right)),
    "==": (2, _order(operator.eq)),
    "!=": (2, _order(operator.ne)),
    "<": (2, _order(operator.lt)),
    "<=": (2, _order(operator.le)),
    ">": (2, _order(operator.gt)),
    ">=": (2, _order(operator.ge)),
    ".": (2, _join),
    "concat": (2, _join),
    "~": (1, lambda value: ~number(value)),
    "!": (1, lambda value: int(not _is_true(value))),
    "neg": (1, lambda value: -number(value)),
    "(int)": (1, number),
    "(str)": (1, text),
    "(strlen)": (1, lambda value: len(text(value))),
    "(strempty)": (1, lambda value: int(text(value) == "")),
    "(hex)": (1, lambda value: format(number(value), "x")),
    "(lower)": (1, lambda value: text(value).lower()),
    "(upper)": (1, lambda value: text(value).upper()),
    "(md5)": (1, _md5),
}


def read_operators(written: str) -> tuple[Operator, ...]:
    """The operators of a list with commas.

    Raises:
        ValueError: one of them is none.
    """
    names = [name.strip() for name in written.split(",")]
    unknown = [name for name in names if name not in OPERATORS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no operator; there are {' '.join(OPERATORS)}")
    return tuple(OPERATORS[name] for name in names)
