"""Run a command of serctl inside of another: for `watch` and the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run_command"]


def run_command(root: click.Context, words: Sequence[str]) -> int:
    """Run the command that `words` are, with the options that `root` was given. Returns its exit status.

    Raises:
        click.UsageError: there is no such command, or it is used wrongly.
        Failure: what became of it.
    """
    group = root.command
    assert isinstance(group, click.Group)  # noqa: S101 - serctl is one
    name, command, rest = group.resolve_command(root, list(words))
    if command is None or name is None:
        raise click.UsageError(f"No such command {words[0]!r}.", root)
    with command.make_context(name, list(rest), parent=root) as context:
        status = command.invoke(context)
    return status if isinstance(status, int) else 0
