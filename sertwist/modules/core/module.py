"""The core module: settings and operand words from their tables, core functions, and the methods of `methods`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sertwist.modules.core.attribute_flags import CoreAttributeFlags
from sertwist.modules.core.branches import CoreBranches
from sertwist.modules.core.flags import CoreFlags
from sertwist.modules.core.forward import CoreForward
from sertwist.modules.core.grouped import Grouped
from sertwist.modules.core.logging import CoreLogging
from sertwist.modules.core.methods import CoreMethods
from sertwist.modules.core.next_hop import CoreNextHop
from sertwist.modules.core.operands import OPERANDS
from sertwist.modules.core.request_uri import CoreRequestUri
from sertwist.modules.core.script_methods import ScriptMethods
from sertwist.modules.core.settings import SETTINGS
from sertwist.modules.core.ways import CoreWays
from sertwist.modules.declare import Module, select
from sertwist.script.declare import Event, Kind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.declare import Operand

__all__ = ["CoreModule"]


class CoreModule(
    CoreAttributeFlags,
    CoreFlags,
    CoreRequestUri,
    CoreBranches,
    CoreNextHop,
    CoreForward,
    CoreWays,
    CoreLogging,
    Grouped,
    CoreMethods,
    ScriptMethods,
    Module,
):
    """The core."""

    name = "core"
    help = "Global settings, operand words, core functions and the core.* methods."
    parameters = SETTINGS
    events: ClassVar[tuple[Event, ...]] = (
        Event(name="core:worker-one-init", at_start=True, help="The server has started."),
    )

    def operands(self) -> list[Operand]:
        """See `Module.operands`."""
        return list(OPERANDS)

    @select("method")
    def method_select(self, ctx: RouteContext) -> str:
        """The request method."""
        return ctx.method

    @select("ruri")
    def ruri_select(self, ctx: RouteContext) -> str | None:
        """The Request-URI as it is now; of an HTTP request its target."""
        return ctx.request_uri

    @select("src.ip")
    def source_ip_select(self, ctx: RouteContext) -> str:
        """The address that the message came from."""
        return ctx.source_ip

    @select("src.port", kind=Kind.NUMBER)
    def source_port_select(self, ctx: RouteContext) -> int:
        """The port that the message came from."""
        return ctx.source_port

    @select("received.ip")
    def received_ip_select(self, ctx: RouteContext) -> str:
        """The address of ours that the message came to."""
        return ctx.local_ip

    @select("received.port", kind=Kind.NUMBER)
    def received_port_select(self, ctx: RouteContext) -> int:
        """The port of ours that the message came to."""
        return ctx.local_port

    @select("received.proto")
    def received_proto_select(self, ctx: RouteContext) -> str:
        """How the message came, in lower case."""
        return ctx.protocol.lower()
