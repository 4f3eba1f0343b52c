"""Module print: a line in the log; scripts of twenty years load it, and hardly one calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sertwist.modules.declare import Module, function
from sertwist.printable import escape_controls
from sertwist.script.declare import Argument, Parameter, RouteKind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["PrintModule"]


class PrintModule(Module):
    """Writes a line."""

    name = "print"
    help = "A line in the log."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="print_msg", ignored="nothing is written before a script asks for it"),
    )

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._host = host

    @function("print", Argument(name="text", expands=False), routes=RouteKind.ANY)
    def print(self, _ctx: RouteContext, text: str) -> int:
        """Write `text` into the log at level info."""
        self._host.log("info", "{words}", words=f"script: {escape_controls(text.rstrip())}")
        return 1
