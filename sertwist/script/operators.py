"""Arithmetic of the script: 64 bits with a sign; what has no result is an error, never a wrong number (1.5, 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.runtime import number, text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = [
    "OperandError",
    "add",
    "checked",
    "divide",
    "failed",
    "remainder",
    "shift_left",
    "shift_right",
]

_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**63 - 1
_BITS: Final = 64


class OperandError(Exception):
    """An operation has no result; `args[0]` says why. The condition that it stands in is false."""


def failed(ctx: RouteContext, error: OperandError, place: str) -> bool:
    """Count and log what could not be worked out at `place`; False, which the condition then is."""
    ctx.environment.count("script.failed-operations")
    ctx.environment.complain(f"{place}: {error.args[0]}")
    return False


def checked(value: int) -> int:
    """`value`, when 64 bits hold it.

    Raises:
        OperandError: they do not.
    """
    if _SMALLEST <= value <= _LARGEST:
        return value
    raise OperandError("the result does not fit into 64 bits")


def add(left: str | int | None, right: str | int | None) -> str | int:
    """`+` where the left side is known only now: a number adds, anything else joins (reference language 6.3)."""
    return checked(left + number(right)) if isinstance(left, int) else text(left) + text(right)


def divide(left: int, right: int) -> int:
    """The quotient, cut off toward 0.

    Raises:
        OperandError: it is divided by 0, or the result is too large.
    """
    if right == 0:
        raise OperandError("division by 0")
    quotient = abs(left) // abs(right)
    return checked(quotient if (left < 0) is (right < 0) else -quotient)


def remainder(left: int, right: int) -> int:
    """What `divide` leaves; it has the sign of the left side.

    Raises:
        OperandError: it is divided by 0.
    """
    if right == 0:
        raise OperandError("division by 0")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def shift_left(left: int, count: int) -> int:
    """`<<`.

    Raises:
        OperandError: the count is not 0 to 63, or the result is too large.
    """
    return checked(left << _shift(count))


def shift_right(left: int, count: int) -> int:
    """`>>`; the sign stays.

    Raises:
        OperandError: the count is not 0 to 63.
    """
    return left >> _shift(count)


def _shift(count: int) -> int:
    if 0 <= count < _BITS:
        return count
    raise OperandError(f"shifted by {count}, which is not 0 to {_BITS - 1}")
