"""The options that say how scripts are read, the same for every subcommand."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from sertwist.script.dialect import Dialect
from sertwist.server.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["reading_options"]

_OPTIONS = (
    click.option(
        "--dialect",
        type=click.Choice([each.value for each in Dialect]),
        help="The family of servers that a script was written for; default: told from each.",
    ),
    click.option("-A", "--define", "defines", multiple=True, metavar="NAME[=TEXT]", help="Define a name; repeatable."),
    click.option(
        "--stub-unknown-modules",
        "stub_modules",
        is_flag=True,
        help="Take modules that nobody knows as if they were there; their functions do nothing and are false.",
    ),
)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options; it receives what they make, as `reading`."""

    @wraps(command)
    def run(*args: Any, dialect: str | None, defines: tuple[str, ...], stub_modules: bool, **others: Any) -> None:
        forced = None if dialect is None else Dialect(dialect)
        reading = Reading(defines=defines, dialect=forced, stub_modules=stub_modules)
        command(*args, reading=reading, **others)

    with_options: Callable[..., None] = run
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options
