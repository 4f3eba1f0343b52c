"""`sertwist audit`: whether an audit log holds, and what is in it."""

from __future__ import annotations

import re
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sertwist.printable import escape_controls
from sertwist.rpc.audit.choice import Choice
from sertwist.rpc.audit.record import time_text
from sertwist.rpc.audit.shown import as_csv, as_json, as_text, header
from sertwist.server.audit_reading import verify_files, verify_log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sertwist.rpc.audit.record import Record
    from sertwist.rpc.audit.verify import Report

__all__ = ["audit"]

_AGO: Final = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_EXPECTED: Final = re.compile(r"([0-9]{1,16}):([0-9a-fA-F]{64})")
_FORMS: Final = {"text": as_text, "json": as_json, "csv": as_csv}


def _time(value: str) -> str:
    """`2026-11-24`, `2026-11-24T17:30:00Z`, or `2h` for so long ago; as records write it."""
    ago = _AGO.fullmatch(value)
    try:
        if ago is not None:
            when = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        else:
            when = datetime.fromisoformat(value)
        return time_text((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        words = f"{value!r} is no time: write 2026-11-24, 2026-11-24T17:30:00Z, or 30m, 2h, 7d for so long ago"
        raise click.BadParameter(words) from None


def _numbered_hash(value: str) -> tuple[int, str]:
    match = _EXPECTED.fullmatch(value)
    if match is None:
        raise click.BadParameter(
            f"{value!r} is not a number, a colon and 64 hexadecimal digits, as audit.head gives it"
        )
    return int(match[1]), match[2].lower()


def _with(*options: Callable[..., Any]) -> Callable[..., Any]:
    def declare(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return declare


_FILES = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
_TRUST = _with(
    click.option("--no-head", is_flag=True, help="FILEs are parts of a log without its head: a cut end is not seen."),
    click.option("--accept", multiple=True, type=int, metavar="NUMBER", help="A gap whose losses you know of."),
    click.option(
        "--expect",
        multiple=True,
        type=_numbered_hash,
        metavar="NUMBER:HASH",
        help="This record must have this hash; may be repeated.",
    ),
)
_CHOICE = _with(
    click.option("--since", type=_time, metavar="TIME", help="From this time on: 2026-11-24, 2h (ago)."),
    click.option("--until", type=_time, metavar="TIME", help="Before this time."),
    click.option("--who", default="", help="Part of a caller's subject, issuer, serial, key or address."),
    click.option("--method", default="", metavar="PATTERN", help="Calls of such a method: core.*"),
    click.option("--decision", type=click.Choice(("allowed", "refused")), help="Calls of which this was decided."),
    click.option("--call", default="", metavar="ID", help="This call."),
)


@click.group()
def audit() -> None:
    """Look into an audit log: the file that `audit_file` names.

    Older files and the head beside it are found by themselves. Exit status 1 when the log does not hold.
    """


@audit.command("verify")
@_FILES
@_TRUST
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of a log that holds.")
def verify(files: tuple[Path, ...], *, quiet: bool, **trust: Any) -> None:
    """Say whether the log of FILE holds: no record was changed, added, moved or removed.

    Of several FILEs, or with --no-head, each is a part of one log, and its end is not looked at.
    """
    report = _read(files, _ignore, **trust)
    if not quiet:
        for note in report.notes:
            click.echo(f"note: {escape_controls(str(note))}")
    _tell_failures(report)
    if not quiet and report.holds:
        click.echo(f"{files[0].name}: holds, records {report.first} to {report.last.seq}, {report.last.digest}")
    if not report.holds:
        raise SystemExit(1)


@audit.command("show")
@_FILES
@_CHOICE
@click.option("-n", "--last", type=click.IntRange(1), metavar="COUNT", help="Only the last ones.")
@click.option("-o", "--output", type=click.Choice(tuple(_FORMS)), default="text", help="Form; default: text.")
@_TRUST
def show(files: tuple[Path, ...], *, output: str, last: int | None, **given: Any) -> None:
    """Print the records that are asked for, the oldest first, a line each."""
    _print(files, output, last, given)


@audit.command("export")
@_FILES
@_CHOICE
@click.option("-o", "--output", type=click.Choice(tuple(_FORMS)), default="json", help="Form; default: JSON lines.")
@_TRUST
def export(files: tuple[Path, ...], *, output: str, **given: Any) -> None:
    """Print the records that are asked for in a form for programs."""
    _print(files, output, None, given)


def _print(files: tuple[Path, ...], output: str, last: int | None, given: dict[str, Any]) -> None:
    choice = Choice(**{name: given.pop(name) or "" for name in ("since", "until", "who", "method", "decision", "call")})
    form = _FORMS[output]
    kept: deque[str] = deque(maxlen=last)
    if output == "csv":
        click.echo(header())

    def take(record: Record) -> None:
        if not choice.takes(record):
            return
        if last is None:
            click.echo(form(record))
        else:
            kept.append(form(record))

    report = _read(files, take, **given)
    for line in kept:
        click.echo(line)
    _tell_failures(report)
    if not report.holds:
        raise SystemExit(1)


def _read(
    files: tuple[Path, ...],
    take: Callable[[Record], None],
    *,
    no_head: bool,
    accept: tuple[int, ...],
    expect: tuple[tuple[int, str], ...],
) -> Report:
    expected: Mapping[int, str] = dict(expect)
    try:
        if no_head or len(files) > 1:
            return verify_files(files, accept=accept, expect=expected, take=take)
        return verify_log(files[0], accept=accept, expect=expected, take=take)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None


def _tell_failures(report: Report) -> None:
    for failure in report.failures:
        click.echo(f"error: {escape_controls(str(failure))}", err=True)
    if report.failed > len(report.failures):
        click.echo(f"error: and {report.failed - len(report.failures)} more", err=True)


def _ignore(_record: Record) -> None:
    pass
