"""`Machine`: the stack and the registers of one message. Position 0 is the top of the stack, -1 the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sertwist.limits import MAX_EVAL_STACK

if TYPE_CHECKING:
    from sertwist.modules.eval.operators import Operator

__all__ = ["Machine"]

Value: TypeAlias = "str | int"


class Machine:
    """Values, newest last, and registers by name."""

    __slots__ = ("registers", "stack")

    def __init__(self) -> None:
        self.stack: list[Value] = []
        self.registers: dict[str, Value] = {}

    def insert(self, value: Value, position: int) -> bool:
        """Put `value` so that it stands at `position`; False when there is no room or no such position."""
        size = len(self.stack)
        at = size - position if position >= 0 else -1 - position
        if size >= MAX_EVAL_STACK or not 0 <= at <= size:
            return False
        self.stack.insert(at, value)
        return True

    def get(self, position: int) -> Value | None:
        """The value at `position`; None when there is none."""
        at = self._index(position)
        return None if at is None else self.stack[at]

    def put(self, value: Value, position: int) -> bool:
        """Put `value` in the place of the one at `position`; whether there is one."""
        at = self._index(position)
        if at is None:
            return False
        self.stack[at] = value
        return True

    def pop(self, position: int) -> Value | None:
        """Take the value at `position` out."""
        at = self._index(position)
        return None if at is None else self.stack.pop(at)

    def remove(self, position: int, count: int) -> bool:
        """Take `count` values out, from `position` on downwards; whether there were so many."""
        at = self._index(position)
        if at is None or count < 0 or at + 1 < count:
            return False
        del self.stack[at + 1 - count : at + 1]
        return True

    def exchange(self, position: int) -> bool:
        """Let the top and the value at `position` change places; whether there is one."""
        at = self._index(position)
        if at is None:
            return False
        self.stack[at], self.stack[-1] = self.stack[-1], self.stack[at]
        return True

    def apply(self, operator: Operator, position: int) -> bool:
        """Put the result of an operator in the place of its values, the newest of which is at `position`.

        Without enough values or a result nothing changes, and it is False.
        """
        count, function = operator
        at = self._index(position)
        if at is None or at + 1 < count:
            return False
        result = function(*self.stack[at + 1 - count : at + 1])
        if result is None:
            return False
        self.stack[at + 1 - count : at + 1] = [result]
        return True

    def _index(self, position: int) -> int | None:
        size = len(self.stack)
        at = size - 1 - position if position >= 0 else -1 - position
        return at if 0 <= at < size else None
