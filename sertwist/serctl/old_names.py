"""`ser_ctl` and `ser_rpc`: the names that serctl's commands had twenty years ago (reference rpc 13.1)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sertwist.serctl.cli import main, serctl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ser_ctl", "ser_rpc"]


def ser_rpc(arguments: Sequence[str] | None = None) -> int:
    """`ser_rpc [options] [--] METHOD [ARGS...]`: `serctl call`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    at = _after_options(given)
    options = given[:at]
    if options[-1:] == ["--"]:
        options.pop()
    return main([*options, "call", *given[at:]] if given[at:] else [*options, "call", "--help"])


def ser_ctl(arguments: Sequence[str] | None = None) -> int:
    """`ser_ctl [options] COMMAND [ARGS...]`: `serctl`, whose commands may be cut as long as they are told apart."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    at = _after_options(given)
    if given[at:]:
        found = [name for name in serctl.commands if name.startswith(given[at])]
        if given[at] not in serctl.commands and len(found) == 1:
            given[at] = found[0]
    return main(given)


def _after_options(words: Sequence[str]) -> int:
    """Where the options of serctl end; at the end of `words` if they are wrong, which serctl then tells."""
    try:
        _, rest, _ = serctl.make_parser(click.Context(serctl)).parse_args(list(words))
    except click.ClickException:
        return len(words)
    return len(words) - len(rest)
