"""`sertwist compile`: the Python that a script becomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sertwist.errors import ConfigError
from sertwist.script.compile import compile_script
from sertwist.script.show import show_script
from sertwist.server.examination import examine, read_script
from sertwist.server.reading_options import reading_options

if TYPE_CHECKING:
    from sertwist.server.reading import Reading

__all__ = ["compile_one"]


@click.command("compile")
@click.option("--show", is_flag=True, help="Print the Python, each line of the script above what it became.")
@reading_options
@click.argument("script", metavar="SCRIPT", type=click.Path(path_type=Path))
def compile_one(script: Path, *, show: bool, reading: Reading) -> None:
    """Compile SCRIPT, a routing script, and start nothing.

    Exit status 1 when it has errors, which are printed.
    """
    try:
        examined = examine(read_script(script), reading)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    if examined.errors:
        for finding in examined.findings:
            click.echo(finding.text, err=True)
        raise SystemExit(1)
    catalogue, meant = examined.loaded.catalogue, examined.told.dialect
    if show:
        click.echo(show_script(examined.script, catalogue, meant), nl=False)
    else:
        program = compile_script(examined.script, catalogue, meant)
        click.echo(f"{script}: ok, {len(program.route_names)} blocks, dialect {meant.value}")
