"""`pv_printf`, `avp_printf`: a text with variables in it to a variable; modules `kex` and `avpops` have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["Formatted"]

_VARIABLE: Final = Argument(name="variable", kind=Kind.VARIABLE)
_FORMAT: Final = Argument(name="text", kind=Kind.FORMAT)


class Formatted:
    """What two modules declare is one function when it is the same one."""

    @function("pv_printf", _VARIABLE, _FORMAT, aliases=("avp_printf",), routes=RouteKind.ANY)
    def pv_printf(self, ctx: RouteContext, variable: Reference, text: Callable[[RouteContext], str]) -> int:
        """Put `text`, with the values of the variables in it, into `variable`. Returns -1 when it is read-only."""
        if variable.put is None:
            return -1
        variable.put(ctx, text(ctx))
        return 1
