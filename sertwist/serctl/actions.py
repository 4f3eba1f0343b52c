"""What each command of serctl asks of the server and how it shows the answer."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from sertwist.serctl.arguments import has_prefix, parse_argument
from sertwist.serctl.exit_codes import ExitCode, Failure
from sertwist.serctl.signatures import declared_types, fetch_signatures

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program
    from sertwist.serctl.session import Session
    from sertwist.serctl.signatures import Signature

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
        raise Failure(ExitCode.BAD_ANSWER, "the server's list of methods is no list", code="bad-answer")
    found: list[Value] = [
        name for name in names if isinstance(name, str) and (not glob or fnmatch.fnmatchcase(name, glob))
    ]
    if glob and not found:
        raise Failure(ExitCode.NOT_FOUND, f"no method matches {glob!r}", code="not-found")
    program.show(found)


def explain_method(program: Program, method: str) -> None:
    """Show how `method` is called and what the server says about it."""
    program.method = method
    with program.connect() as session:
        words = session.call("system.methodHelp", method)
        signatures = fetch_signatures(session, method)
    if program.settings.output == "json":
        program.show({"method": method, "help": words, "signatures": [list(each) for each in signatures]})
        return
    usages = [f"{each[0]} {method}({', '.join(each[1:])})" for each in signatures] or [method]
    program.show("\n".join([*usages, "", str(words)]))


def kill_server(program: Program, signal: int | None) -> None:
    """Call core.kill, with `signal` unless it is None, once that is confirmed."""
    program.confirm("core.kill")
    result = program.call("core.kill", *([] if signal is None else [signal]))
    if program.settings.output == "json":
        program.show(result)
    elif not program.invocation.quiet:
        click.echo(f"The server accepted core.kill{'' if signal is None else f' with signal {signal}'}.", err=True)


def _typed(session: Session, method: str, arguments: tuple[str, ...]) -> list[Value]:
    """The values of `arguments`; the server is asked only if one of them does not say its type itself."""
    signatures: list[Signature] = []
    if not all(has_prefix(argument) for argument in arguments):
        signatures = fetch_signatures(session, method)
    types = declared_types(signatures, len(arguments))
    return [parse_argument(text, declared) for text, declared in zip(arguments, types, strict=True)]
