"""`sertwist`: what is done beside a running server: check a script, make certificates, print the reference."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import click

import sertwist
from sertwist.errors import ConfigError
from sertwist.pki.commands import pki
from sertwist.rehearsal.commands import test_scripts, trace_message
from sertwist.script.suggest import nearest
from sertwist.server.configuration import load_configuration
from sertwist.server.described import describe
from sertwist.server.documentation import reference
from sertwist.server.pki_check import check_certificates

if TYPE_CHECKING:
    from sertwist.modules.declare import Module

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sertwist.__version__, prog_name="sertwist")
def main() -> None:
    """A SIP and XML-RPC server whose behaviour is a routing script.

    The server itself is started by:  twistd -n sertwist --config ser.cfg
    """


@main.command("check")
@click.option("--assume-modules", is_flag=True, help="Take modules that come in a later version as if they were there.")
@click.argument("script", type=click.Path(path_type=Path))
def check_script(script: Path, *, assume_modules: bool) -> None:
    """Check SCRIPT, the routing script, and the files it names.

    The same checks as at a start; nothing is opened or started. Exit status 1 when there are errors.
    """
    try:
        configuration = load_configuration(script, assume_modules=assume_modules)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    for finding in configuration.findings:
        click.echo(finding, err=True)
    names = " ".join(module.name for module in configuration.loaded.modules)
    click.echo(f"{script}: ok, {len(configuration.addresses)} sockets, modules {names}")


@main.command("doc")
@click.argument("name", required=False)
def print_reference(name: str | None) -> None:
    """Print what NAME is, or the reference of all installed modules.

    NAME is a function, @select, $variable, operand word, setting, module.parameter, RPC method, event or module. The
    reference is Markdown. Both come from the modules' own declarations. Exit status 1 when nothing has that name.
    """
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


@main.command("lsp")
def serve_editor() -> None:
    """Serve an editor: the Language Server Protocol over standard input and output.

    Needs the extra of that name: pip install "sertwist[lsp]".
    """
    try:
        from sertwist.editor.language_server import make_server  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise click.ClickException(f"{error.name} is missing: pip install 'sertwist[lsp]'") from None
    make_server().start_io()


pki.add_command(check_certificates)  # it needs the server's loader, which the authority's own code knows nothing of
main.add_command(pki)
main.add_command(trace_message)
main.add_command(test_scripts)
