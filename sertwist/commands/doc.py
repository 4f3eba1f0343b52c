"""`sertwist doc`: the reference, or one entry of it."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import click

from sertwist.script.suggest import nearest
from sertwist.server.described import describe
from sertwist.server.diagnostics_page import diagnostics_page
from sertwist.server.documentation import reference

if TYPE_CHECKING:
    from sertwist.modules.declare import Module

__all__ = ["print_reference"]


@click.command("doc")
@click.option("--diagnostics", is_flag=True, help="Print the page of all findings of the checker instead.")
@click.argument("name", required=False)
def print_reference(name: str | None, *, diagnostics: bool) -> None:
    """Print what NAME is, or the reference of all installed modules.

    NAME is a function, @select, $variable, operand word, setting, module.parameter, RPC method, event or module. The
    reference is Markdown. Both come from the modules' own declarations. Exit status 1 when nothing has that name.
    """
    if diagnostics:
        click.echo(diagnostics_page(), nl=False)
        return
    classes = [point.load() for point in entry_points(group="sertwist.modules")]
    if name is None:
        click.echo(reference(classes), nl=False)
        return
    modules = [each() for each in classes]
    entries = describe(name, modules)
    if not entries:
        click.echo(f"nothing is called {name!r}{_nearest_name(name, modules)}", err=True)
        raise SystemExit(1)
    click.echo("\n\n".join(entries))


def _nearest_name(name: str, modules: list[Module]) -> str:
    known = [each.name for module in modules for each in module.functions()]
    known += [each.name for module in modules for each in module.selects()]
    known += [each.name for module in modules for each in module.variables()]
    near = nearest(name, [*known, *(module.name for module in modules)])
    return f"; did you mean {near}?" if near else ""
