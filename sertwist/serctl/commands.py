"""The commands of serctl: names, arguments and help. What they do is in `actions`, imported when one runs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import click

from sertwist.serctl.invocation import OUTPUTS, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from sertwist.serctl.program import Program

__all__ = ["COMMANDS"]

CALL_EPILOG: Final = """\b
Prefixes that force an argument's type:
  s:TEXT  text       i:42  integer    d:1.5  double     b:true  boolean
  n:      nil        t:2026-01-31T12:00:00Z  time       json:[1, {"a": 2}]  any structure
  @FILE   the text in FILE, @- the text on standard input; s:@x is the text @x

\b
Examples:
  serctl call core.version
  serctl call core.echo 42 s:42 -1.5 'json:{"list": [1, 2]}'
  serctl call -o json core.uptime
"""

METHODS_EPILOG: Final = """\b
Example:
  serctl methods 'core.*'
"""

KILL_EPILOG: Final = """\b
Examples:
  serctl kill
  serctl kill --yes 15
"""


def _set_output(context: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Invocation).output = value


def _set_yes(context: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        context.ensure_object(Invocation).yes = True


output_option: Callable[..., Any] = click.option(
    "-o",
    "--output",
    type=click.Choice(OUTPUTS),
    expose_value=False,
    callback=_set_output,
    help="As the option of the same name before the command.",
)
yes_option: Callable[..., Any] = click.option(
    "--yes", is_flag=True, expose_value=False, callback=_set_yes, help="Do not ask before a destructive method."
)


def acts(function: Callable[..., None]) -> Callable[..., None]:
    """`function(actions, program, ...)` as a command's callback."""

    @functools.wraps(function)
    def run(**given: Any) -> None:
        # 100 ms of codecs and TLS that help and completion do without.
        from sertwist.serctl import actions  # noqa: PLC0415
        from sertwist.serctl.program import Program  # noqa: PLC0415

        invocation = click.get_current_context().ensure_object(Invocation)
        invocation.program = Program(invocation)
        function(actions, invocation.program, **given)

    return run


@click.command(epilog=CALL_EPILOG, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@output_option
@yes_option
@click.argument("method")
@click.argument("arguments", metavar="[ARG]...", nargs=-1, type=click.UNPROCESSED)
@acts
def call(actions: ModuleType, program: Program, method: str, arguments: tuple[str, ...]) -> None:
    """Call METHOD with any arguments and show its result.

    The server is asked for the method's signature, which decides the arguments' types. Where it says nothing, plain
    integers and decimals are numbers and everything else is text. What follows METHOD is never an option.
    """
    actions.call_method(program, method, arguments)


@click.command()
@output_option
@acts
def ps(actions: ModuleType, program: Program) -> None:
    """List the server's processes and listeners (core.ps)."""
    actions.show_result(program, "core.ps")


@click.command()
@output_option
@acts
def version(actions: ModuleType, program: Program) -> None:
    """Show the server's version (core.version)."""
    actions.show_result(program, "core.version")


@click.command()
@output_option
@acts
def uptime(actions: ModuleType, program: Program) -> None:
    """Show since when the server runs (core.uptime)."""
    actions.show_uptime(program)


@click.command(epilog=METHODS_EPILOG)
@output_option
@click.argument("glob", default="")
@acts
def methods(actions: ModuleType, program: Program, glob: str) -> None:
    """List the methods of the server, or those that match GLOB; whether you may call one the server decides."""
    actions.list_methods(program, glob)


@click.command("help")
@output_option
@click.argument("method")
@acts
def help_command(actions: ModuleType, program: Program, method: str) -> None:
    """Show what METHOD does and how it is called."""
    actions.explain_method(program, method)


@click.command(epilog=KILL_EPILOG)
@output_option
@yes_option
@click.argument("signal", type=click.IntRange(1, 64), required=False)
@acts
def kill(actions: ModuleType, program: Program, signal: int | None) -> None:
    """Stop the server, or send it SIGNAL (core.kill).

    Asks first; without a terminal to ask on it refuses unless --yes is given.
    """
    actions.kill_server(program, signal)


COMMANDS: Final[tuple[click.Command, ...]] = (call, ps, version, uptime, methods, help_command, kill)
