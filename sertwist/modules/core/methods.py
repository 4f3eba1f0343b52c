"""The `core.*` RPC methods (reference rpc 10.1)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import sertwist
from sertwist.errors import UnavailableError
from sertwist.limits import MAX_TRACE_SECONDS, MAX_TRACED_MESSAGES
from sertwist.modules.core.process_methods import processes, running_on
from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Cost, Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.modules.host import Host

__all__ = ["CoreMethods"]


class CoreMethods(Module):
    """What an operator asks of the server as a whole."""

    host: Host

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    @method("core.version")
    def version(self, _request: object) -> str:
        """Name and version of the server, and what it runs on."""
        return f"sertwist {sertwist.__version__} ({running_on()})"

    @method("core.info", result=Type.STRUCT)
    def info(self, _request: object) -> dict[str, str]:
        """Version, build and modules: version, id, compiler, compiled, flags."""
        return {
            "version": f"sertwist {sertwist.__version__}",
            "id": sertwist.__version__,
            "compiler": running_on(),
            "compiled": time.asctime(time.localtime(self.host.started_at)),
            "flags": " ".join(self.host.module_names),
        }

    @method("core.uptime", result=Type.STRUCT)
    def uptime(self, _request: object) -> dict[str, Any]:
        """Now, when the server started (both in local time), and the seconds between."""
        now, since = self.host.environment.wall_clock(), self.host.started_at
        return {
            "now": time.asctime(time.localtime(now)),
            "up_since": time.asctime(time.localtime(since)),
            "uptime": int(now - since),
            "now_iso": _iso(now),
            "since_iso": _iso(since),
        }

    @method("core.ps", result=Type.ARRAY)
    def ps(self, _request: object) -> list[Any]:
        """Process numbers and what runs in them, as a flat list: pid, description, pid, description ..."""
        return [value for row in processes(self.host) for value in row]

    @method("core.psx", result=Type.ARRAY)
    def psx(self, _request: object) -> list[dict[str, Any]]:
        """Process numbers and what runs in them, a struct each: IDX, PID, DSC."""
        return [{"IDX": i, "PID": pid, "DSC": text} for i, (pid, text) in enumerate(processes(self.host))]

    @method("core.echo", Param(name="value", type=Type.ANY, rest=True, optional=True), result=Type.ANY)
    def echo(self, _request: object, *values: Any) -> Any:
        """The values given, as they were understood: one as itself, several as an array."""
        return values[0] if len(values) == 1 else list(values)

    @method(
        "core.trace",
        Param(name="source", type=Type.STRING, optional=True, help="address that the messages come from"),
        Param(name="count", type=Type.INT, optional=True, minimum=1, maximum=MAX_TRACED_MESSAGES),
        Param(name="seconds", type=Type.INT, optional=True, minimum=1, maximum=MAX_TRACE_SECONDS),
        result=Type.ARRAY,
        effect=Effect.WRITE,
        cost=Cost.WAITS,
        errors=((500, "somebody else is waiting"),),
    )
    async def trace(
        self, _request: object, source: str = "", count: int = 1, seconds: int = 10
    ) -> list[dict[str, object]]:
        """Wait for the next messages, of `source` or of anybody, and tell what the script does with them.

        Each with the lines of the script that were taken and the values that they saw: source, message, lines. The
        answer comes when there were `count` (1), or after `seconds` (10). One trace at a time. It slows every message
        meanwhile and shows what is in them, so who may only read may not call it: its effect is that of a write.
        """
        try:
            traced = await self.host.tracer.trace(source, count, seconds)
        except UnavailableError as error:
            raise Fault(500, str(error)) from None
        return [{"source": each.source, "message": each.message, "lines": list(each.lines)} for each in traced]

    @method("core.modules", result=Type.ARRAY)
    def modules(self, _request: object) -> list[str]:
        """Names of the loaded modules, in order."""
        return list(self.host.module_names)

    @method("metrics.text")
    def metrics_text(self, _request: object) -> str:
        """All numbers of the server in Prometheus's text form."""
        return self.host.metrics_text()


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
