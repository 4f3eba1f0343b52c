"""`sertwist`: what is done beside a running server: check a script, make certificates, print the reference."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import click

import sertwist
from sertwist.errors import ConfigError
from sertwist.pki.commands import pki
from sertwist.server.configuration import load_configuration
from sertwist.server.documentation import reference
from sertwist.server.pki_check import check_certificates

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sertwist.__version__, prog_name="sertwist")
def main() -> None:
    """A SIP and XML-RPC server whose behaviour is a routing script.

    The server itself is started by:  twistd -n sertwist --config ser.cfg
    """


@main.command("check")
@click.argument("script", type=click.Path(path_type=Path))
def check_script(script: Path) -> None:
    """Check SCRIPT, the routing script, and the files it names.

    The same checks as at a start; nothing is opened or started. Exit status 1 when there are errors.
    """
    try:
        configuration = load_configuration(script)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    for finding in configuration.findings:
        click.echo(finding, err=True)
    names = " ".join(module.name for module in configuration.loaded.modules)
    click.echo(f"{script}: ok, {len(configuration.addresses)} sockets, modules {names}")


@main.command("doc")
def print_reference() -> None:
    """Print the reference of all installed modules.

    Markdown: settings, parameters, functions, selects and RPC methods, from the modules' own declarations.
    """
    click.echo(reference(point.load() for point in entry_points(group="sertwist.modules")), nl=False)


pki.add_command(check_certificates)  # it needs the server's loader, which the authority's own code knows nothing of
main.add_command(pki)
