"""`log.*` and `timer.list`: what the server says of itself, and what it does by the clock (reference rpc 10.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import MAX_LOG_TAIL
from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.modules.host import Host

__all__ = ["LogMethods"]

_SCRIPT: Final = "script"


class LogMethods(Module):
    """What an operator asks of the log and of timers."""

    host: Host

    @method("log.level", result=Type.STRUCT)
    def log_level(self, _request: object) -> dict[str, int]:
        """The level of each part of the log that has one: lines of the script of this level and below are written."""
        return {_SCRIPT: self.host.environment.debug}

    @method(
        "log.set",
        Param(name="module", type=Type.STRING, help="`script`"),
        Param(name="level", type=Type.INT, minimum=-5, maximum=9),
        Param(name="dry_run", type=Type.BOOLEAN, optional=True, help="change nothing"),
        result=Type.STRUCT,
        effect=Effect.WRITE,
        errors=((404, "No such module"),),
    )
    def set_log_level(
        self,
        _request: object,
        module: str,
        level: int,
        dry_run: bool | None = None,  # noqa: FBT001 (as calls have it)
    ) -> dict[str, int]:
        """Write lines of the script of this level and below from now on, until a restart: old, new."""
        if module != _SCRIPT:
            raise Fault(404, "No such module: the script has a level, `script`")
        old = self.host.environment.debug
        if not dry_run:
            self.host.environment.debug = level
        return {"old": old, "new": level}

    @method(
        "log.tail",
        Param(name="n", type=Type.INT, optional=True, minimum=1, maximum=MAX_LOG_TAIL, help="lines; 50"),
        result=Type.ARRAY,
    )
    def log_tail(self, _request: object, n: int = 50) -> list[dict[str, Any]]:
        """The last lines of the log, the oldest first: time, level, text."""
        return [{"time": each.time, "level": each.level, "text": each.text} for each in self.host.log_tail(n)]

    @method("timer.list", result=Type.ARRAY)
    def timers(self, _request: object) -> list[dict[str, Any]]:
        """What is done by the clock: name, interval and next in seconds, last_duration in milliseconds, errors."""
        return [
            {
                "name": each.name,
                "interval": each.interval,
                "next": round(max(0.0, each.next_in), 3),
                "last_duration": round(each.last_seconds * 1_000, 3),
                "errors": each.errors,
                "runs": each.runs,
            }
            for each in self.host.timers()
        ]
