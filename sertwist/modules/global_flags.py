"""`GlobalFlags`: thirty-two flags that all messages share; modules `gflags` and `cfgutils` each have their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import Module, function
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["FLAG", "GlobalFlags"]

FLAG: Final = Argument(name="flag", kind=Kind.NUMBER, minimum=0, maximum=31)


class GlobalFlags(Module):
    """Flags by number, set and asked for by scripts and operators.

    Attributes:
        flags: bit n for flag n.
    """

    first_value = ""

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.flags: int = self.settings[self.first_value] if self.first_value else 0

    def write(self, number: int, *, on: bool) -> bool:
        """Set or reset a flag; False when there is no such flag."""
        if not 0 <= number <= 31:
            return False
        self.flags = self.flags | 1 << number if on else self.flags & ~(1 << number)
        return True

    def is_on(self, number: int) -> bool:
        """Whether a flag is set."""
        return 0 <= number <= 31 and bool(self.flags >> number & 1)

    @function("set_gflag", FLAG, routes=RouteKind.ANY)
    def set_flag(self, _ctx: RouteContext, number: int) -> int:
        """Set a flag that all messages share."""
        return 1 if self.write(number, on=True) else -1

    @function("reset_gflag", FLAG, routes=RouteKind.ANY)
    def reset_flag(self, _ctx: RouteContext, number: int) -> int:
        """Reset it."""
        return 1 if self.write(number, on=False) else -1

    @function("is_gflag", FLAG, routes=RouteKind.ANY)
    def has_flag(self, _ctx: RouteContext, number: int) -> int:
        """Whether it is set."""
        return 1 if self.is_on(number) else -1
