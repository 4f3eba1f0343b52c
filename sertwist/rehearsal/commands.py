"""`sertwist trace` and `sertwist test`: a script tried without a network."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sertwist.errors import ConfigError
from sertwist.rehearsal.junit import junit_xml
from sertwist.rehearsal.message import compose_request, message_bytes, parse_address
from sertwist.rehearsal.peer import shown_chain, tls_session
from sertwist.rehearsal.rehearsal import Happening, Rehearsal, rehearse
from sertwist.rehearsal.runner import case_files, origin_of, run_file
from sertwist.rehearsal.shown import shown
from sertwist.server.all_sides import sides_of
from sertwist.server.reading_options import reading_options

if TYPE_CHECKING:
    from sertwist.rehearsal.result import Result
    from sertwist.server.reading import Reading

__all__ = ["test_scripts", "trace_message"]

_PATH = click.Path(path_type=Path)


@click.command("trace")
@click.argument("script", type=_PATH)
@click.argument("message", required=False)
@click.option("--from", "source", default="udp:192.0.2.1:5060", show_default=True, help="Where it comes from.")
@click.option("--to", "local", default="", help="Where it arrives; by default the first listener of that protocol.")
@click.option("--tls-peer", metavar="NAME", help="It comes over TLS with a verified certificate of that common name.")
@click.option("--tls-certificate", type=_PATH, metavar="PEM", help="It comes over TLS with this certificate.")
@click.option(
    "--tls-ca", default="", metavar="NAME|PEM", help="Who issued it: CN=..., or a file beside --tls-certificate."
)
@click.option("--tls-unverified", is_flag=True, help="That certificate is not verified.")
@click.option(
    "--call", "method", metavar="METHOD", help="An XML-RPC call in place of a message; its arguments follow SCRIPT."
)
@click.option("--resolve", multiple=True, metavar="NAME=ADDRESS", help="A host name for what is sent on; repeatable.")
@click.option("--all-branches", is_flag=True, help="Run it through the other side of each #!ifdef too, one at a time.")
@reading_options
@click.argument("arguments", nargs=-1)
def trace_message(  # noqa: PLR0913, PLR0917 (one an option)
    script: Path,
    message: str | None,
    source: str,
    local: str,
    tls_peer: str | None,
    tls_certificate: Path | None,
    tls_ca: str,
    tls_unverified: bool,  # noqa: FBT001 (click passes it by name)
    method: str | None,
    resolve: tuple[str, ...],
    arguments: tuple[str, ...],
    reading: Reading,
    all_branches: bool,  # noqa: FBT001 (as above)
) -> None:
    """Run one MESSAGE through SCRIPT offline, and print what the script does.

    Each line taken, the values that its conditions saw, and what would be sent. MESSAGE is a file, "-" for standard
    input, or a request line such as "INVITE sip:bob@example.com", whose other headers are made up. Nothing is opened:
    TLS files that the script names need not be there.
    """
    try:
        now = datetime.now(UTC).timestamp()
        names = dict(each.split("=", 1) for each in resolve if "=" in each)
        shown_by_peer = shown_chain(tls_peer or "", tls_certificate, tls_ca, Path(), now)
        session = tls_session(shown_by_peer, verified=not tls_unverified) if shown_by_peer else None
        origin = origin_of(source, local, session)
        words = arguments if message is None else (message, *arguments)
        data = _message(message, source) if method is None else b""

        def happening(rehearsal: Rehearsal) -> Happening:
            if method is None:
                return rehearsal.sip(data, origin)
            return rehearsal.call(method, tuple(_value(each) for each in words), origin)

        sides = sides_of(script, reading, with_tls=False)
        rehearsal = rehearse(next(sides).examined, names=names, now=now)
        _tell_findings(rehearsal)
        click.echo(shown(happening(rehearsal)))
        for side in sides if all_branches else ():
            click.echo(f"\n{side.words}:")
            if side.examined.errors:
                click.echo("the script has errors then (sertwist check --all-branches)")
            else:
                click.echo(shown(happening(rehearse(side.examined, names=names, now=now))))
    except (ConfigError, OSError, ValueError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None


def _message(message: str | None, source: str) -> bytes:
    if message is None:
        raise ConfigError("a MESSAGE or --call is needed", code="rehearsal-message")
    if message == "-":
        return message_bytes(sys.stdin.read())
    path = Path(message)
    if path.is_file():
        return message_bytes(path.read_text("utf-8", "surrogateescape"))
    if " " not in message:
        raise ConfigError(f"{message}: there is no such file", code="rehearsal-message")
    return compose_request(message, (), "", parse_address(source))


def _value(text: str) -> int | str:
    """An argument of a call: a number when it looks like one."""
    return int(text) if text.removeprefix("-").isdigit() and len(text) < 18 else text


def _tell_findings(rehearsal: Rehearsal) -> None:
    for each in rehearsal.findings:
        click.echo(each, err=True)


@click.command("test")
@click.argument("path", type=_PATH)
@click.option("--junit", type=_PATH, metavar="FILE", help="Write a report that CI systems read.")
@click.option("-v", "--verbose", is_flag=True, help="Name the cases that passed, too.")
@reading_options
def test_scripts(path: Path, junit: Path | None, verbose: bool, reading: Reading) -> None:  # noqa: FBT001 (click passes it by name)
    """Run the cases in PATH, a *.test.toml file or a folder of them, against the scripts and policies that they name.

    Exit status 1 when one fails, 2 when a file can't be read.
    """
    results: list[Result] = []
    try:
        for file in case_files(path):
            for result in run_file(file, reading):
                results.append(result)
                _tell(result, verbose=verbose)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    if junit is not None:
        junit.write_text(junit_xml(results), "utf-8")
    failed = sum(bool(each.problems) for each in results)
    click.echo(f"{len(results)} cases, {failed} failed")
    if failed:
        raise SystemExit(1)


def _tell(result: Result, *, verbose: bool) -> None:
    if result.problems:
        click.echo(f"FAILED {result.file}: {result.name}")
        for problem in result.problems:
            click.echo(f"  {problem}")
    elif verbose:
        click.echo(f"passed {result.file}: {result.name}")
