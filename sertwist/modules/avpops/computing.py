"""`avp_op("$avp(x)", "add;5")`: the operation that the second argument is."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Operation", "read_operation"]

_NUMBER: Final = re.compile(r"(?:i:)?([+-]?[0-9]{1,18})", re.ASCII)
_LARGEST: Final = 2**63 - 1


def _divided(left: int, right: int) -> int:
    """As C does: towards zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _divided,
    "mod": lambda left, right: left - right * _divided(left, right),
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "not": lambda left, _right: ~left,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation with its right side."""

    name: str
    right: int

    def of(self, value: str | int) -> int | None:
        """What comes of `value`; None when it is no number, or there is no result of 64 bits."""
        if isinstance(value, str) or (self.name in ("div", "mod") and self.right == 0):
            return None
        result = _OPERATORS[self.name](value, self.right)
        return result if -_LARGEST - 1 <= result <= _LARGEST else None


def read_operation(text: str) -> Operation:
    """The operation that `op;number` is; `not` needs no number.

    Raises:
        ValueError: it is none.
    """
    name, _, right = text.partition(";")
    if name not in _OPERATORS:
        raise ValueError(f"{name!r} is no operation: {', '.join(_OPERATORS)}")
    match = _NUMBER.fullmatch(right.strip()) if name != "not" else _NUMBER.fullmatch("0")
    if match is None:
        raise ValueError(f"{right!r} is no number")
    return Operation(name, int(match[1]))
