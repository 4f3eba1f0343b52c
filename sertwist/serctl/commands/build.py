"""Build click's commands from data. What a command does is named, and imported when it runs."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any, Final

import click

from sertwist.serctl.invocation import OUTPUTS, PRINTS, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["argument", "command", "first_sentence", "flag", "group", "names_of", "option"]

NOTHING: Final[Mapping[str, Any]] = {}
ACTIONS: Final = "sertwist.serctl.actions"


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value and parameter.name:
        context.ensure_object(Invocation).after[parameter.name] = value


def _make_shared() -> list[click.Parameter]:
    kinds: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (("-o", "--output"), {"type": click.Choice(OUTPUTS)}),
        (("-t", "output"), {"flag_value": "table"}),
        (("--columns",), {}),
        (("--no-headers",), {"is_flag": True}),
        (("--raw",), {"is_flag": True}),
        (("--limit",), {}),
        (("--all",), {"is_flag": True}),
        (("--rolling",), {"is_flag": True}),
        (("--parallel",), {}),
        (("--dry-run",), {"is_flag": True}),
        (("--print",), {"type": click.Choice(PRINTS)}),
        (("--yes",), {"is_flag": True}),
        (("-q", "--quiet"), {"is_flag": True}),
        (("-v", "--verbose"), {"is_flag": True}),
        (("--no-color",), {"is_flag": True}),
    )
    return [
        click.Option(names, expose_value=False, hidden=True, callback=_keep, **more) for names, more in kinds
    ]  # fmt: skip


#: Options of serctl that may stand after a command as well; not shown in its help. One of each serves every command.
SHARED: Final = _make_shared()


def argument(metavar: str, *, name: str = "", many: bool = False, complete: Any = None, **more: Any) -> click.Argument:
    """An argument; `[NAME]` may be left out. Actions get it by its `name`, else by the metavar in small letters."""
    optional = metavar.startswith("[")
    name = name or metavar.strip("[].").lower()
    shown = f"{metavar}..." if many else metavar
    return click.Argument(
        [name], required=not optional, nargs=-1 if many else 1, metavar=shown, shell_complete=complete, **more
    )


def option(*names: str, text: str, **more: Any) -> click.Option:
    """An option of one command."""
    return click.Option(names, help=text, **more)


def flag(*names: str, text: str) -> click.Option:
    """An option without a value."""
    return click.Option(names, is_flag=True, help=text)


def command(
    name: str, deed: str, text: str, *parameters: click.Parameter, fixed: Mapping[str, Any] = NOTHING, **more: Any
) -> click.Command:
    """A command that does `deed`, `MODULE.FUNCTION` of the actions.

    Args:
        name: of the command.
        deed: `function(program, **parameters, **fixed) -> status`.
        text: help.
        parameters: click's.
        fixed: what the function gets beside what is typed.
        more: for click, as `epilog`.
    """

    def run(**given: Any) -> Any:
        from sertwist.serctl.program import Program  # noqa: PLC0415 - 100 ms that help and completion do without

        module, _, function = deed.partition(".")
        invocation = click.get_current_context().ensure_object(Invocation)
        if invocation.program is None:
            invocation.program = Program(invocation)
        return getattr(importlib.import_module(f"{ACTIONS}.{module}"), function)(invocation.program, **given, **fixed)

    text = inspect.cleandoc(text)
    return click.Command(
        name, callback=run, params=[*parameters, *SHARED], help=text, short_help=first_sentence(text), **more
    )


def group(name: str, text: str, commands: Sequence[click.Command]) -> click.Group:
    """A command with commands below it."""
    return click.Group(name, help=text, short_help=first_sentence(text), commands=commands)


def first_sentence(text: str) -> str:
    """What a list of commands shows of a help text."""
    return text.partition("\n\n")[0].replace("\n", " ").strip().removesuffix(".")


def names_of(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Completes with the names of this kind that the server has: `methods`, `cfg`, `groups`, `tables` ..."""

    def complete(context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
        from sertwist.serctl.live_names import live_names  # noqa: PLC0415 - only for completion

        return [name for name in live_names(context, kind) if name.startswith(typed)]

    return complete
