"""`log`, `len_gt`, and the actions that are refused (reference language 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.declare import function
from sertwist.modules.log_levels import severity
from sertwist.printable import escape_controls
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["CoreLogging"]

_DEBUG: Final = 4
_TEXT = Argument(name="text", expands=False)


class CoreLogging:
    """Functions that look at or tell of a message without changing it."""

    host: Host
    settings: dict[str, Any]

    @function(
        "log",
        Argument(name="level", kind=Kind.NUMBER, minimum=-5, maximum=9),
        _TEXT,
        forms=((_TEXT,),),
        routes=RouteKind.ANY,
    )
    def log(self, ctx: RouteContext, level_or_text: int | str, text: str | None = None) -> int:
        """Write `text` to the log, at an optional level in front; without one it is 4, debug.

        -2 is critical, -1 an error; 0 a warning, 1 a notice, 2 information and 3 debug in scripts of Kamailio, each one
        more in those of SER and OpenSER.

        No variables are replaced in it. It is written when the level is not above `debug`.
        """
        level, words = (_DEBUG, str(level_or_text)) if text is None else (int(level_or_text), text)
        if level <= ctx.environment.debug:
            name = severity(level, ctx.environment.log_scale)
            self.host.log(name, "script: {words}", words=escape_controls(words.rstrip("\n")))
        return 1

    @function("len_gt", Argument(name="length", kind=Kind.NUMBER, minimum=0, help="bytes"), routes=RouteKind.ANY)
    def len_gt(self, ctx: RouteContext, length: int) -> int:
        """Whether the message has `length` bytes or more: 1 or -1."""
        return 1 if ctx.message_length >= length else -1

    @function("error", Argument(name="code"), Argument(name="text"), refused="it never did anything; use send_reply")
    def error(self, _ctx: RouteContext, _code: str, _text: str) -> int:
        """Refused: no server ever did anything for it."""
        return -1

    @function("exec", Argument(name="command"), refused="scripts start no programs")
    def exec(self, _ctx: RouteContext, _command: str) -> int:
        """Refused: a script starts no programs."""
        return -1

    @function(
        "forward_sctp",
        Argument(name="host", optional=True),
        Argument(name="port", optional=True),
        refused="SCTP is not available",
    )
    def forward_sctp(self, _ctx: RouteContext, _host: str = "", _port: str = "") -> int:
        """Refused: there is no SCTP."""
        return -1
