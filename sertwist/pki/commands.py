"""`sertwist pki`: what its subcommands take, do and say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from sertwist.pki.command_options import PkiGroup
from sertwist.pki.commands_ca import ca, make_crl
from sertwist.pki.commands_issue import issue_certificate, revoke_certificate
from sertwist.pki.commands_show import show
from sertwist.pki.demo import DEMO_HOSTS, describe, write_demo

__all__ = ["pki"]


@click.group(cls=PkiGroup)
def pki() -> None:
    """Certificates: an authority of your own, what it issues and revokes, and a set to try the server with."""


@pki.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Replace what is there, even if it is complete and in date.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    default=DEMO_HOSTS,
    show_default=True,
    help="Host name or IP address of the server; may be given several times.",
)
def demo(directory: Path, *, force: bool, hosts: tuple[str, ...]) -> None:
    """Write a demonstration PKI to DIRECTORY.

    An authority with a revocation list, a server, the operators Bob and SER-Killer, and clients that a server
    must refuse: expired, revoked, not yet valid, from another authority, self-signed, for another purpose. A
    complete set that is in date is kept. The keys are for trials only: the authority's own lies beside them.
    """
    written = write_demo(directory, now=datetime.now(UTC), hosts=hosts, force=force)
    if not written:
        click.echo(f"kept the complete set in {directory} (--force replaces it)")
        return
    width = max(len(path.name) for path in written)
    for path in written:
        click.echo(f"{path.name:<{width}}  {describe(path)}")
    click.echo(f"wrote {len(written)} files to {directory}")


for command in (ca, issue_certificate, revoke_certificate, make_crl, show):
    pki.add_command(command)
