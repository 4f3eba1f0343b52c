"""`pv_isset`, `is_int` and the like: what a variable holds (reference language 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import Module, function
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["Asking"]

_VARIABLE = Argument(name="variable", kind=Kind.VARIABLE)


class Asking(Module):
    """Functions that take a variable itself, not its value."""

    @function("pv_isset", _VARIABLE, routes=RouteKind.ANY)
    def is_set(self, ctx: RouteContext, variable: Reference) -> int:
        """Whether `variable` is defined; an empty text is."""
        return -1 if variable.get(ctx) is None else 1

    @function("pv_unset", _VARIABLE, routes=RouteKind.ANY)
    def unset(self, ctx: RouteContext, variable: Reference) -> int:
        """Write `$null` to `variable`. Returns -1 when it is read-only."""
        if variable.put is None:
            return -1
        variable.put(ctx, None)
        return 1

    @function(
        "pv_evalx", _VARIABLE, Argument(name="format"), refused="a value is never taken as a format; use pv_printf"
    )
    def evaluate_twice(self, _ctx: RouteContext, _variable: Reference, _text: str) -> int:
        """Take what a format gives as a format again."""
        return -1

    @function("is_int", _VARIABLE, routes=RouteKind.ANY)
    def is_number(self, ctx: RouteContext, variable: Reference) -> int:
        """Whether `variable` holds a number; the text of one is none."""
        return 1 if isinstance(variable.get(ctx), int) else -1

    @function("not_empty", _VARIABLE, routes=RouteKind.ANY)
    def is_not_empty(self, ctx: RouteContext, variable: Reference) -> int:
        """Whether `variable` is defined and no empty text."""
        return -1 if variable.get(ctx) in (None, "") else 1

    @function("typeof", _VARIABLE, Argument(name="type", words=("int", "str", "null")), routes=RouteKind.ANY)
    def has_type(self, ctx: RouteContext, variable: Reference, kind: str) -> int:
        """Whether the value of `variable` is of `type`: `int` a number, `str` a text, `null` undefined."""
        value = variable.get(ctx)
        found = "null" if value is None else "int" if isinstance(value, int) else "str"
        return 1 if found == kind else -1
