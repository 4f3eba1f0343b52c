"""`sertwist fmt`: lay a script out."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from pathlib import Path

import click

from sertwist.script.layout import lay_out
from sertwist.script.pieces import PieceError

__all__ = ["format_scripts"]


@click.command("fmt")
@click.option("-i", "--in-place", is_flag=True, help="Write each script back where it is.")
@click.option("--check", is_flag=True, help="Write nothing; exit status 1 when a script would change.")
@click.option("--diff", is_flag=True, help="Print what would change instead of the whole.")
@click.argument("scripts", metavar="SCRIPT...", nargs=-1, required=True)
def format_scripts(scripts: tuple[str, ...], *, in_place: bool, check: bool, diff: bool) -> None:
    """Lay each SCRIPT out: one statement a line, indented by braces, comments kept. `-` is standard input.

    Tokens stay as they are, and so do the lines that a long statement is broken into. The result goes to standard
    output unless `--in-place` is given.
    """
    changed = failed = False
    for script in scripts:
        try:
            data = sys.stdin.buffer.read() if script == "-" else Path(script).read_bytes()
            before = data.decode("utf-8", "surrogateescape")
            after = lay_out(before.removeprefix("\ufeff"))
        except OSError as error:
            click.echo(f"{script}: cannot read the script: {error.strerror}", err=True)
            failed = True
            continue
        except PieceError as error:
            click.echo(f"{script}:{error.line}: error: {error}", err=True)
            failed = True
            continue
        changed = changed or before != after
        if diff:
            _write(_difference(script, before, after))
        elif check:
            if before != after:
                click.echo(f"{script}: would be laid out")
        elif in_place and script != "-":
            if before != after:
                _replace(Path(script), after)
        else:
            _write(after)
    if failed or (check and changed):
        raise SystemExit(1)


def _difference(name: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _write(text: str) -> None:
    click.echo(text.encode("utf-8", "surrogateescape"), nl=False)


def _replace(path: Path, text: str) -> None:
    """Write the whole file beside and put it in place, with the same permissions."""
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        Path(name).chmod(path.stat().st_mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
