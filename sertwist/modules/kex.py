"""Module kex: what Kamailio's core had beside its language (reference language 9.9).

Flags of branches and scripts, `setdsturi`, `is_myself` and the like are the core's here, whatever is loaded (13, 22).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.modules.declare import Module, function
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["KexModule"]

_VARIABLE = Argument(name="variable", kind=Kind.VARIABLE)
_FORMAT = Argument(name="text", kind=Kind.FORMAT)


class KexModule(Module):
    """Extensions of the core."""

    name = "kex"
    help = "Core extensions of Kamailio."

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._debug = host.environment.debug

    @function("pv_printf", _VARIABLE, _FORMAT, aliases=("avp_printf",), routes=RouteKind.ANY)
    def pv_printf(self, ctx: RouteContext, variable: Reference, text: Callable[[Any], str]) -> int:
        """Put `text`, with the values of the variables in it, into `variable`."""
        if variable.put is None:
            return -1
        variable.put(ctx, text(ctx))
        return 1

    @function("setdebug", Argument(name="level", kind=Kind.NUMBER, minimum=-5, maximum=9), routes=RouteKind.ANY)
    def setdebug(self, ctx: RouteContext, level: int) -> int:
        """Write log lines of the script of this level and below from now on, for all messages, as `debug` says."""
        ctx.environment.debug = level
        return 1

    @function("resetdebug", routes=RouteKind.ANY)
    def resetdebug(self, ctx: RouteContext) -> int:
        """Write log lines by the setting `debug` again."""
        ctx.environment.debug = self._debug
        return 1
