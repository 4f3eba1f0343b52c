"""Any method: called, listed, described, and whether one may call it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import ExitCode, NotFoundError
from sertwist.client.placing import place
from sertwist.serctl.output import Result
from sertwist.serctl.planned import DESTRUCTIVE, READ, Planned
from sertwist.serctl.shape import fact_text
from sertwist.serctl.typed import plan_call

if TYPE_CHECKING:
    from sertwist.client.described import Described, Signature
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.server import Server

__all__ = ["call_method", "can_call", "explain", "help_method", "kill_server", "list_methods", "show_uptime"]

# The order in which people read them; what else the server says follows.
UPTIME_ORDER: Final = ("uptime", "up_since", "now")
# A call's number has no group before a dot.
METHOD: Final = re.compile(r"[A-Za-z_]\w*\.[\w.]+")


def call_method(program: Program, method: str, arguments: tuple[str, ...]) -> int:
    """Call `method` with what `arguments` stand for, and show the result."""
    program.asking.refuse_guessed(method)
    program.method = method
    return program.run(plan_call(program, method, arguments))


def show_uptime(program: Program) -> int:
    """Show what core.uptime returns, in a person's order for a person."""

    def work(server: Server) -> Value:
        value = server.ask("core.uptime")
        if not isinstance(value, Mapping) or program.settings.output == "json":
            return value
        first = [name for name in UPTIME_ORDER if name in value]
        return {name: value[name] for name in [*first, *(name for name in value if name not in first)]}

    if program.invocation.given("print"):
        return program.run(Planned(method="core.uptime", effect=READ))
    return program.gather(work, "core.uptime")


def list_methods(program: Program, glob: str) -> int:
    """Show the names of the methods that match `glob`; all, if it is empty.

    Raises:
        NotFoundError: none matches.
    """

    def work(server: Server) -> Value:
        found: list[Value] = [name for name in server.client.methods() if not glob or fnmatch.fnmatchcase(name, glob)]
        if glob and not found:
            raise NotFoundError(f"no method matches {glob!r}", code="not-found")
        return found

    return program.gather(work, "system.listMethods")


def help_method(program: Program, method: str) -> int:
    """Show how `method` is called and what the server says about it."""

    def work(server: Server) -> Value:
        words = server.ask("system.methodHelp", method)
        described = server.client.describe(method)
        signatures = _signatures(described)
        if program.settings.output in {"json", "yaml"}:
            return {"method": method, "help": words, "signatures": [list(each) for each in signatures]}
        usages = [f"{each[0]} {method}({', '.join(each[1:])})" for each in signatures] or [method]
        return "\n".join([*usages, "", str(words), *_details(described)])

    return program.gather(work, "system.methodHelp")


def explain(program: Program, what: str | None) -> int:
    """Explain a call by its number: which line and rule decided. Of a method: what it does, and may I call it."""
    if what is not None and METHOD.fullmatch(what):
        return program.gather(lambda server: _explain_method(server, what), "system.can")
    params = () if what is None else (what,)
    if program.invocation.given("print") or not program.is_plain:
        return program.run(Planned(method="rpc.explain", params=params, effect=READ))
    return program.gather(lambda server: explanation(server.ask("rpc.explain", *params)), "rpc.explain")


def explanation(value: Value) -> Value:
    """What rpc.explain says for a person: the facts, then each method with the lines of the script that judged it."""
    if not isinstance(value, Mapping):
        return value
    lines = [f"{name}: {fact_text(each)}" for name, each in value.items() if name != "runs"]
    runs = value.get("runs")
    for run in runs if isinstance(runs, list | tuple) else ():
        if isinstance(run, Mapping):
            lines += ["", f"{run.get('method')!s}: {run.get('decision')!s}"]
            judged = run.get("lines")
            lines += [f"  {each!s}" for each in judged] if isinstance(judged, list | tuple) else []
    return "\n".join(lines)


def can_call(program: Program, method: str, arguments: tuple[str, ...]) -> int:
    """Say whether the server would let us call `method`. Returns 4 where it would not."""
    given = plan_call(program, method, arguments, READ)
    placed = place(program.describe(method), given.params, given.named) if given.named else given.params
    params: tuple[Value, ...] = (method, *placed)
    if program.invocation.given("print"):
        return program.run(Planned(method="system.can", params=params, effect=READ))

    def work(server: Server) -> Result:
        value = server.ask("system.can", *params)
        return Result(server=server.name, value=value, status=ExitCode.OK if is_allowed(value) else ExitCode.DENIED)

    program.method = "system.can"
    return program.show(program.each(work), "system.can")


def kill_server(program: Program, signal: int | None) -> int:
    """Call core.kill, with `signal` unless it is None, once that is confirmed."""
    params = () if signal is None else (signal,)
    status = program.run(Planned(method="core.kill", params=params, effect=DESTRUCTIVE))
    if status == ExitCode.OK and program.is_plain:
        program.note(f"The server accepted core.kill{'' if signal is None else f' with signal {signal}'}.")
    return status


def is_allowed(value: Value) -> bool:
    """What an answer of system.can says."""
    return value.get("allowed") is True if isinstance(value, Mapping) else value is True


def _explain_method(server: Server, method: str) -> Value:
    described = server.client.describe(method)
    if not described.is_known:
        raise NotFoundError(f"the server does not tell of a method {method}", code="no-method")
    said: dict[str, Value] = dict(described.said or {"signatures": [list(each) for each in described.signatures]})
    if server.has("system.can"):
        decision = server.ask("system.can", method)
        said |= (
            {f"can_{name}": each for name, each in decision.items()}
            if isinstance(decision, Mapping)
            else {"can": decision}
        )
    return said


def _signatures(described: Described) -> list[Signature]:
    """The ways to call a method, by the types of its result and its parameters."""
    if described.signatures or described.said is None:
        return list(described.signatures)
    types = [str(described.said.get("result", "undef")), *(each.type for each in described.parameters)]
    fewest = sum(not each.is_optional for each in described.parameters)
    return [tuple(types[: count + 1]) for count in range(fewest, len(described.parameters) + 1)]


def _details(described: Described) -> list[str]:
    """What is known beside the signatures: parameters, effect."""
    width = max((len(each.name) for each in described.parameters), default=0)
    lines = [
        f"  {each.name:<{width}}  {each.type}{', optional' if each.is_optional else ''}"
        f"{', any number' if each.is_repeated else ''}{f': {each.words}' if each.words else ''}"
        for each in described.parameters
    ]
    effect = described.effect and f"Effect: {described.effect}{'; may be repeated' if described.is_idempotent else ''}."
    return [*(["", "Parameters:", *lines] if lines else []), *(["", effect] if effect else [])]
