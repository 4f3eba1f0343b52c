"""`sertwist check`: everything that is wrong with a script."""

from __future__ import annotations

from pathlib import Path

import click

from sertwist.errors import ConfigError
from sertwist.server.configuration import load_configuration

__all__ = ["check_script"]


@click.command("check")
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
