"""`sertwist doctor`: what on this machine would keep a script's server from running well, and what to do about it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sertwist.errors import ConfigError
from sertwist.printable import escape_controls
from sertwist.server.diagnosis import Finding, look_at_certificates, look_at_machine, look_at_ports
from sertwist.server.examination import examine, read_script
from sertwist.server.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["doctor"]


@click.command("doctor")
@click.option(
    "--config",
    "-f",
    "script",
    type=click.Path(path_type=Path),
    default=lambda: Path(os.environ.get("SERTWIST_CONFIG") or "/etc/sertwist/ser.cfg"),
    help="The routing script; $SERTWIST_CONFIG or /etc/sertwist/ser.cfg when not given.",
)
@click.option("-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer.")
def doctor(*, script: Path, output: str) -> None:
    """Look at a script, its certificates, its ports and this machine before the server is started.

    Run it as the user that the server runs as, while the server does not run. Exit status 1 when there is an error.
    """
    findings = [*look_at_machine(), *_script(script)]
    failed = any(each.state == "error" for each in findings)
    if output == "json":
        click.echo(
            json.dumps({"script": str(script), "ok": not failed, "findings": [asdict(each) for each in findings]})
        )
    else:
        for each in findings:
            fix = f" ({each.fix})" if each.fix else ""
            click.echo(escape_controls(f"{each.state:7} {each.about}: {each.text}{fix}", keep_lines=True))
    raise SystemExit(1 if failed else 0)


def _script(path: Path) -> Iterator[Finding]:
    try:
        examined = examine(read_script(path), Reading())
    except ConfigError as error:
        yield Finding("error", "script", str(error), "name another with --config")
        return
    for each in examined.findings:
        if each.severity.value in {"error", "warning"}:
            yield Finding(each.severity.value, "script", each.message, f"sertwist check {path}")
    if not examined.errors:
        yield Finding("ok", "script", f"{path} has no error", "")
        yield from look_at_ports(examined)
    if any(module.name == "tls" for module in examined.loaded.modules):
        yield from look_at_certificates(path)
