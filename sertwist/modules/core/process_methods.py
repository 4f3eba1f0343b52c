"""The `core.*` RPC methods about the process: what runs, since when, and how it ends (reference rpc 10.1)."""

from __future__ import annotations

import os
import platform
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import sertwist
from sertwist.modules.declare import Module, method
from sertwist.modules.process_memory import read_memory
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.rpc.dispatch import CallContext

__all__ = ["ProcessMethods", "processes", "running_on"]

_UNITS: Final = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_STOPS: Final = (signal.SIGTERM, signal.SIGINT)
_OTHERS: Final = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_SECRET_OPTIONS: Final = ("password", "secret", "token", "passphrase")
_VALUES: Final = Param(name="value", type=Type.ANY, rest=True, optional=True)


def running_on() -> str:
    """What the server runs on."""
    import twisted  # noqa: PLC0415 (a check does not need it)

    return f"Python {platform.python_version()}, Twisted {twisted.__version__}"


def processes(host: Host) -> list[tuple[int, str]]:
    """Number and description of everything that runs: one process, and what it does."""
    pid = os.getpid()
    sockets = [(pid, f"receiver sock={each.name}") for each in host.listeners()]
    return [(pid, "main process - reactor"), *sockets]


class ProcessMethods(Module):
    """What an operator asks of the process."""

    host: Host

    @method("core.runinfo", result=Type.STRUCT)
    def runinfo(self, _request: object) -> dict[str, Any]:
        """What runs, and since when: name, version, sourceid, compiler, compiled, time_now, time_started, uptime."""
        now, since = self.host.environment.wall_clock(), self.host.started_at
        seconds = int(now - since)
        days, rest = divmod(seconds, 86_400)
        hours, rest = divmod(rest, 3_600)
        return {
            "name": "sertwist",
            "version": sertwist.__version__,
            "sourceid": sertwist.__version__,
            "compiler": running_on(),
            "compiled": time.asctime(time.localtime(since)),
            "time_now": time.asctime(time.localtime(now)),
            "time_started": time.asctime(time.localtime(since)),
            "uptime_secs": seconds,
            "utime_days": f"{days} days {hours:02}:{rest // 60:02}:{rest % 60:02}",
        }

    @method("core.flags")
    def flags(self, _request: object) -> str:
        """What the server was made with: the modules that are loaded."""
        return ", ".join(self.host.module_names)

    @method("core.psa", result=Type.ARRAY)
    def psa(self, _request: object) -> list[dict[str, Any]]:
        """What runs in the process, a struct each: index, pid, status, rank, description."""
        return [
            {"index": index, "pid": pid, "status": 1, "rank": index, "description": text}
            for index, (pid, text) in enumerate(processes(self.host))
        ]

    @method("core.pwd", result=Type.ARRAY)
    def pwd(self, _request: object) -> list[str]:
        """The working directory."""
        return [os.getcwd()]  # noqa: PTH109 (a text is wanted)

    @method("core.arg", result=Type.ARRAY)
    def arg(self, _request: object) -> list[str]:
        """The command line; what could be a secret in it is `***`."""
        return redacted_arguments(sys.argv)

    @method("core.prints", _VALUES, result=Type.ANY)
    def prints(self, _request: object, *values: Any) -> Any:
        """The values given, which must be texts: one as itself, several as an array."""
        return _same(values, str)

    @method("core.printi", _VALUES, result=Type.ANY)
    def printi(self, _request: object, *values: Any) -> Any:
        """The values given, which must be integers: one as itself, several as an array."""
        return _same(values, int)

    @method(
        "core.shmmem",
        Param(name="unit", type=Type.STRING, optional=True, help="`b`, `k`, `m` or `g`; bytes"),
        result=Type.STRUCT,
        errors=((400, "bad unit"),),
    )
    def shmmem(self, _request: object, unit: str = "b") -> dict[str, int]:
        """The process's memory as exporters ask for it: total, free, used, real_used, max_used, fragments.

        Nothing is shared between processes here: `total` is what this one may have, `used` what it has.
        """
        size = _UNITS.get(unit.lower())
        if size is None:
            raise Fault(400, "bad unit: use b, k, m or g")
        memory = read_memory()
        values = {
            "total": memory.total,
            "free": max(0, memory.total - memory.resident),
            "used": memory.resident,
            "real_used": memory.resident,
            "max_used": memory.most,
        }
        return {name: value // size for name, value in values.items()} | {"fragments": 0}

    @method(
        "core.kill",
        Param(name="signal", type=Type.INT, optional=True, help="15, 2, 1, 10 or 12; 15"),
        result=Type.BOOLEAN,
        effect=Effect.DESTRUCTIVE,
        errors=((400, "Unsupported signal"),),
    )
    def kill(self, request: CallContext, number: int = signal.SIGTERM) -> None:
        """Stop the server, or send it another signal: this answer is delivered first.

        15 (the default) and 2 stop it: what is being answered is finished, and the process ends with exit status 0. 1
        reads again what can be read again, 10 writes the counters into the log, 12 the memory. 9 is not among them: it
        would lose what is being answered, and the end of the audit log.
        """
        if number in _STOPS:
            request.after_reply.append(lambda: self.host.stop("core.kill"))
        elif number in _OTHERS:
            request.after_reply.append(lambda: self.host.signal(number))
        else:
            raise Fault(400, "Unsupported signal: use 15, 2, 1, 10 or 12")


def redacted_arguments(arguments: list[str]) -> list[str]:
    """`arguments` of a command line without what options that sound secret have as their value."""
    shown: list[str] = []
    hide = False
    for each in arguments:
        name, equals, _ = each.partition("=")
        is_secret = name.startswith("-") and any(word in name.lower() for word in _SECRET_OPTIONS)
        if hide:
            shown.append("***")
        elif is_secret and equals:
            shown.append(f"{name}=***")
        else:
            shown.append(each)
        hide = is_secret and not equals and not hide
    return shown


def _same(values: tuple[Any, ...], kind: type) -> Any:
    """The values, all of one kind.

    Raises:
        Fault: one is another.
    """
    if not all(isinstance(each, kind) and not isinstance(each, bool) for each in values):
        raise Fault(400, "Invalid Parameter Type")
    return values[0] if len(values) == 1 else list(values)
