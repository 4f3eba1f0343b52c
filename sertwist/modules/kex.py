"""Module kex: what Kamailio's core had beside its language (reference language 9.9).

Flags of branches and scripts, `setdsturi`, `is_myself` and the like are the core's here, whatever is loaded (13, 22).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import Module, function
from sertwist.modules.formatted import Formatted
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["KexModule"]


class KexModule(Formatted, Module):
    """Extensions of the core."""

    name = "kex"
    help = "Core extensions of Kamailio."

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._debug = host.environment.debug

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
