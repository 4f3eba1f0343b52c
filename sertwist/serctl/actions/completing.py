"""`completion`: the script that makes a shell complete serctl's commands, options and live names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import get_completion_class

if TYPE_CHECKING:
    from sertwist.serctl.program import Program

__all__ = ["print_completion"]

VARIABLE: Final = "_SERCTL_COMPLETE"


def print_completion(_program: Program, shell: str) -> int:
    """Write the completion script for `shell`."""
    kind = get_completion_class(shell)
    if kind is None:  # click knows bash, zsh and fish
        raise click.UsageError(f"there is no completion for {shell}")
    context = click.get_current_context()
    complete = kind(context.find_root().command, {}, "serctl", VARIABLE)
    # Without click's own check of bash's version, which starts bash.
    click.echo(complete.source_template % complete.source_vars())
    return 0
