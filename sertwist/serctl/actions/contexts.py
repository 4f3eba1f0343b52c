"""`ctx`: the contexts of serctl.toml, listed, chosen, changed and tried."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from sertwist.client.failure import FaultError
from sertwist.serctl.context_file import parse_pairs, remove_context, set_context, use_context, writable_file
from sertwist.serctl.output import Result

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["choose", "list_contexts", "remove", "store", "try_context"]


def list_contexts(program: Program) -> int:
    """Show every context with its servers; the current one is marked."""
    contexts = program.contexts
    rows: list[Value] = []
    for name, settings in sorted(contexts.named.items()):
        urls = settings.get("urls") or settings.get("url", "")
        rows.append(
            {
                "current": "*" if name == (program.invocation.context or contexts.current) else "",
                "name": name,
                "servers": " ".join(urls) if isinstance(urls, list) else str(urls),
                "cert": str(settings.get("cert", "")),
                "confirm": bool(settings.get("confirm", False)),
            }
        )
    return program.show_value(rows)


def choose(program: Program, name: str) -> int:
    """Make the context `name` the current one."""
    use_context(writable_file(program.invocation.config), name)
    program.note(f"The current context is {name}.")
    return 0


def store(program: Program, name: str, settings: tuple[str, ...]) -> int:
    """Set settings of the context `name`."""
    path = writable_file(program.invocation.config)
    set_context(path, name, parse_pairs(settings))
    program.note(f"The context {name} is in {path}.")
    return 0


def remove(program: Program, name: str) -> int:
    """Take the context `name` away."""
    remove_context(writable_file(program.invocation.config), name)
    program.note(f"The context {name} is removed.")
    return 0


def try_context(program: Program, name: str | None) -> int:
    """Connect to every server of the context and show what came of it."""
    if name:
        program.invocation.context = name

    def work(server: Server) -> Result:
        started = monotonic()
        methods = server.client.methods()
        took = monotonic() - started
        try:
            version = server.ask("core.version")
        except FaultError as fault:
            version = f"{fault.number} {fault}"
        row: dict[str, Value] = {
            "version": version,
            "protocol": server.client.endpoint.protocol.words,
            "methods": len(methods),
            "milliseconds": round(1000 * took),
        }
        return Result(server=server.name, value=row)

    program.method = "system.listMethods"
    return program.show(program.each(work), "ctx test")
