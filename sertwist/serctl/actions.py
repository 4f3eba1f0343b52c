"""What each command of serctl asks of the server and how it shows the answer."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from sertwist.client.failure import BadAnswerError, NotFoundError
from sertwist.serctl.arguments import has_prefix, parse_argument

if TYPE_CHECKING:
    from sertwist.client.client import Client
    from sertwist.client.described import Described, Signature
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program

__all__ = ["call_method", "explain_method", "kill_server", "list_methods", "show_result", "show_uptime"]

# Methods that are never called without asking, whichever command calls them.
DESTRUCTIVE: Final = frozenset({"core.kill"})

# The order in which people read them; what else the server says follows.
UPTIME_ORDER: Final = ("uptime", "up_since", "now")


def call_method(program: Program, method: str, arguments: tuple[str, ...]) -> None:
    """Call `method` with what `arguments` stand for, and show the result."""
    if method in DESTRUCTIVE:
        program.confirm(method)
    program.method = method
    with program.connect() as session:
        result = session.call(method, *_typed(session, method, arguments))
    program.show(result, method)


def show_result(program: Program, method: str) -> None:
    """Show what `method` returns without arguments."""
    program.show(program.call(method), method)


def show_uptime(program: Program) -> None:
    """Show what core.uptime returns, in a person's order for a person."""
    value = program.call("core.uptime")
    if isinstance(value, Mapping) and program.settings.output != "json":
        first = [name for name in UPTIME_ORDER if name in value]
        value = {name: value[name] for name in [*first, *(name for name in value if name not in first)]}
    program.show(value)


def list_methods(program: Program, glob: str) -> None:
    """Show the names of the methods that match `glob`; all, if it is empty.

    Raises:
        Failure: none matches, or the server's answer is no list.
    """
    names = program.call("system.listMethods")
    if not isinstance(names, list | tuple):
        raise BadAnswerError("the server's list of methods is no list", code="bad-answer")
    found: list[Value] = [
        name for name in names if isinstance(name, str) and (not glob or fnmatch.fnmatchcase(name, glob))
    ]
    if glob and not found:
        raise NotFoundError(f"no method matches {glob!r}", code="not-found")
    program.show(found)


def explain_method(program: Program, method: str) -> None:
    """Show how `method` is called and what the server says about it."""
    program.method = method
    with program.connect() as session:
        words = session.call("system.methodHelp", method)
        signatures = _signatures(session.describe(method))
    if program.settings.output == "json":
        program.show({"method": method, "help": words, "signatures": [list(each) for each in signatures]})
        return
    usages = [f"{each[0]} {method}({', '.join(each[1:])})" for each in signatures] or [method]
    program.show("\n".join([*usages, "", str(words)]))


def _signatures(described: Described) -> list[Signature]:
    """The ways to call a method, by the types of its result and its parameters."""
    if described.signatures or described.said is None:
        return list(described.signatures)
    types = [str(described.said.get("result", "undef")), *(each.type for each in described.parameters)]
    fewest = sum(not each.is_optional for each in described.parameters)
    return [tuple(types[: count + 1]) for count in range(fewest, len(described.parameters) + 1)]


def kill_server(program: Program, signal: int | None) -> None:
    """Call core.kill, with `signal` unless it is None, once that is confirmed."""
    program.confirm("core.kill")
    result = program.call("core.kill", *([] if signal is None else [signal]))
    if program.settings.output == "json":
        program.show(result)
    elif not program.invocation.quiet:
        click.echo(f"The server accepted core.kill{'' if signal is None else f' with signal {signal}'}.", err=True)


def _typed(session: Client, method: str, arguments: tuple[str, ...]) -> list[Value]:
    """The values of `arguments`; the server is asked only if one of them does not say its type itself."""
    types: list[str | None] = [None] * len(arguments)
    if not all(has_prefix(argument) for argument in arguments):
        types = session.describe(method).types(len(arguments))
    return [parse_argument(text, declared) for text, declared in zip(arguments, types, strict=True)]
