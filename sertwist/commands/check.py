"""`sertwist check`: all that is wrong with scripts, for people and for programs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sertwist.errors import ConfigError
from sertwist.server.all_sides import examine_all_sides
from sertwist.server.examination import examine, read_script
from sertwist.server.reading_options import reading_options

if TYPE_CHECKING:
    from sertwist.server.examination import Examined
    from sertwist.server.reading import Reading

__all__ = ["check_script"]


@click.command("check")
@click.option(
    "-o", "--output", type=click.Choice(("text", "json", "sarif")), default="text", help="Form of the answer."
)
@click.option("--assume-modules", is_flag=True, help="Take modules that come in a later version as if they were there.")
@click.option("--all-branches", is_flag=True, help="Check the other side of each #!ifdef too, one at a time.")
@reading_options
@click.option("--explain", metavar="CODE", help="Say what CODE, a kind of finding, means, and check nothing.")
@click.argument("scripts", metavar="SCRIPT...", nargs=-1, type=click.Path(path_type=Path))
def check_script(
    scripts: tuple[Path, ...],
    *,
    output: str,
    reading: Reading,
    assume_modules: bool,
    all_branches: bool,
    explain: str | None,
) -> None:
    """Check each SCRIPT, a routing script, and the files it names.

    The same checks as at a start; nothing is opened or started. Exit status 1 when there are errors.
    """
    if explain is not None:
        _explain(explain)
        return
    if not scripts:
        raise click.UsageError("name a script")
    checked: list[tuple[str, Examined]] = []
    failed = False
    for script in scripts:
        try:
            how = replace(reading, assume_modules=assume_modules)
            examined = examine_all_sides(script, how) if all_branches else examine(read_script(script), how)
        except ConfigError as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        checked.append((str(script), examined))
        failed = failed or examined.errors > 0
        if output == "text":
            _print(script, examined)
    if output != "text":
        from sertwist.server.check_report import as_json, as_sarif  # noqa: PLC0415 (people do not pay for it)

        click.echo(as_json(checked) if output == "json" else as_sarif(checked))
    if failed:
        raise SystemExit(1)


def _print(script: Path, examined: Examined) -> None:
    for finding in examined.findings:
        click.echo(finding.text, err=True)
    if not examined.errors:
        names = " ".join(module.name for module in examined.loaded.modules)
        click.echo(f"{script}: ok, {len(examined.addresses)} sockets, modules {names}")
    told = examined.told
    family = "OpenSIPS's, as far as it is one language with the others" if told.is_opensips else told.dialect.value
    click.echo(f"{script}: read as {family}: {told.reason}{'' if told.certain else ' (not certain)'}")


def _explain(code: str) -> None:
    from sertwist.script.codes import codes  # noqa: PLC0415 (a check does not need it)
    from sertwist.script.suggest import did_you_mean  # noqa: PLC0415

    found = codes().get(code)
    if found is None:
        fix = did_you_mean(code, codes())
        raise click.ClickException(f"no finding is called {code!r}" + (f": {fix}" if fix else ""))
    click.echo(found.explained())
