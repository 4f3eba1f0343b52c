"""`man`: the manual pages, to read or to install."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sertwist.client.failure import UsageError
from sertwist.serctl.manual import manual_pages

if TYPE_CHECKING:
    from sertwist.serctl.program import Program

__all__ = ["write_pages"]


def write_pages(program: Program, folder: str | None) -> int:
    """Write every page into `folder`; without one, serctl's own to standard output.

    Raises:
        UsageError: it cannot be written to.
    """
    pages = dict(manual_pages(click.get_current_context().find_root().command, "serctl"))
    if folder is None:
        click.echo(pages["serctl.1"], nl=False)
        return 0
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            Path(folder, name).write_text(text)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {os.strerror(error.errno or 0)}", code="cannot-write") from error
    program.note(f"{len(pages)} pages are in {folder}.")
    return 0
