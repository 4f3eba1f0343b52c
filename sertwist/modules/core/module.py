"""The core module: settings and operand words from their tables, core functions, and the methods of `methods`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.core.forward import CoreForward
from sertwist.modules.core.grouped import Grouped
from sertwist.modules.core.methods import CoreMethods
from sertwist.modules.core.operands import OPERANDS
from sertwist.modules.core.script_methods import ScriptMethods
from sertwist.modules.core.settings import SETTINGS
from sertwist.modules.declare import Module, function, select
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.declare import Operand

__all__ = ["CoreModule"]


class CoreModule(Grouped, CoreForward, CoreMethods, ScriptMethods, Module):
    """The core."""

    name = "core"
    help = "Global settings, operand words, core functions and the core.* methods."
    parameters = SETTINGS

    def operands(self) -> list[Operand]:
        """See `Module.operands`."""
        return list(OPERANDS)

    @function("force_rport", aliases=("add_rport",), bare=True)
    def force_rport(self, ctx: RouteContext) -> int:
        """Answer to the address and port that the request came from, whatever its Via says (RFC 3581)."""
        ctx.force_rport = True
        return 1

    @function("set_reply_close", routes=RouteKind.ANY, bare=True)
    def set_reply_close(self, ctx: RouteContext) -> int:
        """Close the connection once the reply is sent."""
        ctx.close_after_reply = True
        return 1

    @function("set_reply_no_connect", routes=RouteKind.ANY, bare=True)
    def set_reply_no_connect(self, ctx: RouteContext) -> int:
        """Never open a connection to deliver a response of the next hop: only the request's own connection is taken.

        Replies made here always take that one.
        """
        ctx.wish().no_connect = True
        return 1

    @function(
        "log",
        Argument(name="level_or_text"),
        Argument(name="text", optional=True),
        routes=RouteKind.ANY,
    )
    def log(self, _ctx: RouteContext, level_or_text: str, text: str | None = None) -> int:
        """Write `text` to the log, at an optional level (-3 alert ... 4 debug) in front; without one it is debug."""
        words = level_or_text if text is None else text
        level = 4 if text is None else _level(level_or_text)
        if level <= self.settings["debug"]:
            self.host.log(
                _LEVELS.get(level, "debug" if level > 3 else "critical"), "script: {words}", words=words.rstrip("\n")
            )
        return 1

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


# Script log levels (reference language 2.2, `debug`) to ours.
_LEVELS = {-3: "critical", -2: "critical", -1: "error", 0: "warn", 1: "warn", 2: "info", 3: "info"}


def _level(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 4
