"""Everything that can be read anew, on every server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import ExitCode, FaultError, NotFoundError
from sertwist.serctl.output import Result
from sertwist.serctl.planned import WRITE

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["reload_modules"]

RELOAD: Final = re.compile(r".*\.(?:reload|\w+Reload|reload_\w+)")
# By themselves they are reloaded last: what they name is then new.
LAST: Final = ("script",)


def reload_modules(program: Program, module: tuple[str, ...]) -> int:
    """Call every method that reads something anew, or those of the modules that are named, on every server.

    Raises:
        NotFoundError: a server has none for a module that is named.
    """
    program.method = "reload"
    is_dry = program.invocation.has("dry_run")
    what = f"everything that {', '.join(module)} can reload" if module else "everything that can be reloaded"
    if not is_dry:
        program.asking.confirm(WRITE, what)

    def work(server: Server) -> Result:
        rows: list[Value] = []
        failed: list[FaultError] = []
        for method in _reloads(server, module):
            if is_dry:
                rows.append({"method": method, "result": "would be called"})
                continue
            try:
                rows.append({"method": method, "result": server.ask(method)})
            except FaultError as fault:
                failed.append(fault)
                rows.append({"method": method, "result": f"failed: {fault.number} {fault}"})
        status = ExitCode.CHANGES if is_dry and rows else failed[0].exit_code if failed else ExitCode.OK
        return Result(server=server.name, value=rows, status=status)

    status = program.show(program.each(work), "reload")
    if status not in {ExitCode.OK, ExitCode.CHANGES}:
        program.warn("something could not be reloaded and works on as before; repeat it when the cause is gone")
    return status


def _reloads(server: Server, modules: tuple[str, ...]) -> list[str]:
    found = [name for name in server.client.methods() if RELOAD.fullmatch(name)]
    for module in modules:
        if not any(name.partition(".")[0] == module for name in found):
            raise NotFoundError(f"nothing of {module!r} can be reloaded there", code="not-found")
    chosen = [name for name in found if not modules or name.partition(".")[0] in modules]
    return sorted(chosen, key=lambda name: (name.partition(".")[0] in LAST, name))
