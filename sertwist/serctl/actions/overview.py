"""Numbers of a server, and whether all is well with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from sertwist.client.failure import DeniedError, ExitCode, FaultError, UnreachableError
from sertwist.serctl.health import STATES, Thresholds, check_health
from sertwist.serctl.output import Result

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["flatten", "show_health", "show_statistics"]

# Beside every method that ends in `.stats`.
FIRST: Final = ("core.uptime", "core.shmmem", "core.tcp_info")


def show_statistics(program: Program, group: tuple[str, ...]) -> int:
    """Show every number of the groups that are named, or of all: which method, its name, its value."""

    def work(server: Server) -> Value:
        listed = server.client.methods()
        wanted = [name for name in FIRST if name in listed] + [name for name in listed if name.endswith(".stats")]
        if group:
            wanted = [name for name in wanted if name.partition(".")[0] in group]
        rows: list[Value] = []
        for method in dict.fromkeys(wanted):
            try:
                value = server.ask(method)
            except FaultError as fault:  # one that this person may not call hides no other
                program.warn(f"{method}: {fault}")
                continue
            rows += [{"function": method, "name": name, "value": each} for name, each in flatten(value)]
        return rows

    return program.gather(work, "stat")


def flatten(value: Value, name: str = "") -> Iterator[tuple[str, Value]]:
    """The plain values in `value`, each with the names that lead to it; a struct in a list goes by its `name`."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from flatten(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            label = each.get("name") if isinstance(each, Mapping) else None
            yield from flatten(each, f"{name}[{label if isinstance(label, str) else number}]")
    else:
        yield name, value


def show_health(program: Program, **given: Any) -> int:
    """Check the server, and show each check. Returns 9 or 10 if one of them warns or is critical."""
    limits = Thresholds(**{name: int(value) for name, value in given.items()})
    program.method = "health"

    def work(server: Server) -> Result:
        try:
            checks = check_health(server, limits)
        except DeniedError:
            raise
        except UnreachableError as failure:
            checks = [{"check": "answers", "state": "critical", "detail": str(failure)}]
        worst = max(STATES.index(str(each["state"])) for each in checks)
        status = (ExitCode.OK, ExitCode.WARNING, ExitCode.CRITICAL)[worst]
        return Result(server=server.name, value=list(checks), status=status)

    return program.show(program.each(work), "health")
