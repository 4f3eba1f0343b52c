"""`sertwist pki show`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sertwist.pki.describing import Row, days_left
from sertwist.pki.folder import CA_FILE, CRL_FILE, INDEX_FILE, KEY_FILE, CaFolder
from sertwist.pki.index import serial_text
from sertwist.pki.show import files_in, look_into

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sertwist.pki.show import FileReport

__all__ = ["show"]

_LABELS: Final = {
    "defect": "DEFECT",
    "dns": "host names",
    "uri": "URIs",
    "email": "mail",
    "ip": "addresses",
    "sip_domains": "SIP domains",
    "not_before": "valid from",
    "not_after": "valid to",
    "this_update": "made",
    "next_update": "good to",
    "belongs_to": "belongs to",
    "asks_for": "asks for",
    "serial_hex": "serial, hex",
    "sha256": "SHA-256",
    "spki_sha256": "SPKI SHA-256",
}
_IN_OTHERS: Final = ("kind", "days_left", "state")  # rows that are printed within another
_NOT_SHOWN: Final = "(not shown: control characters, or too long)"


@click.command("show")
@click.argument("paths", metavar="FILE|DIR...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer.")
def show(*, paths: tuple[Path, ...], output: str) -> None:
    """Show certificates, keys, revocation lists and requests.

    Names, dates and numbers look as in the script's @tls selects. A DIR is an authority's folder, with what it has
    issued, or any other with such files. Nothing secret is shown. Exit status 1 when a file can't be looked into.
    """
    now = datetime.now(UTC)
    folders = [CaFolder(path) for path in paths if (path / INDEX_FILE).is_file()]
    reports = look_into(_files(paths), now)
    issued = {str(folder.path): list(_issued(folder, now)) for folder in folders}
    if output == "json":
        answer = {"files": [_json(each) for each in reports], "authorities": issued}
        click.echo(json.dumps(answer, indent=2))
    else:
        for line in _lines(reports, issued):
            click.echo(line)
    for report in reports:
        if report.problem:
            click.echo(f"Error: {report.problem}", err=True)
    raise SystemExit(1 if any(report.problem for report in reports) else 0)


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if (path / INDEX_FILE).is_file():
            found += [path / name for name in (CA_FILE, KEY_FILE, CRL_FILE)]
        else:
            found += files_in(path) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _issued(folder: CaFolder, now: datetime) -> Iterator[Row]:
    for entry in folder.index().entries:
        yield {
            "name": entry.name,
            "purpose": entry.purpose.value,
            "names": list(entry.names),
            "serial_hex": serial_text(entry.serial),
            "not_after": f"{entry.not_after:%Y-%m-%d}",
            "days_left": days_left(entry.not_after, now),
            "state": f"revoked {entry.revoked:%Y-%m-%d}, {entry.reason}" if entry.revoked else entry.state(now),
        }


def _json(report: FileReport) -> Row:
    if report.problem:
        return {"file": str(report.path), "problem": report.problem}
    return {"file": str(report.path), "contents": report.rows, "notes": report.notes}


def _lines(reports: Sequence[FileReport], issued: dict[str, list[Row]]) -> Iterator[str]:
    for report in reports:
        if report.problem:
            continue
        yield f"{report.path}"
        for number, row in enumerate(report.rows, start=1):
            yield f"  {row['kind']}" + (f" {number} of {len(report.rows)}" if len(report.rows) > 1 else "")
            yield from _row_lines(row)
        yield from (f"  {note}" for note in report.notes)
    for path, rows in issued.items():
        yield f"issued by {path}:" if rows else f"{path} has issued nothing yet"
        yield from _table(rows)


def _row_lines(row: Row) -> Iterator[str]:
    for name, value in row.items():
        if name in _IN_OTHERS:
            continue
        label = _LABELS.get(name, name)
        more = ""
        if name in {"not_after", "next_update"}:
            more = f", {_days(row['days_left'])}, {row['state']}"
        for each in value if isinstance(value, list) else [value]:
            yield f"    {label:<13} {_text(each)}{more}"
            label = ""


def _table(rows: Sequence[Row]) -> Iterator[str]:
    cells = [
        [_text(row["name"]), str(row["purpose"]), str(row["serial_hex"]), f"to {row['not_after']}", str(row["state"])]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _days(days: object) -> str:
    return f"{days} days left" if isinstance(days, int) and days >= 0 else f"{-int(str(days))} days ago"


def _text(value: object) -> str:
    if value is None:
        return _NOT_SHOWN
    text = str(value)
    return text if text.isprintable() else ascii(text)[1:-1]
