"""What the commands of `sertwist pki` share: errors in one line, folders, passwords, waiting."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sertwist.errors import ConfigError
from sertwist.limits import MAX_DAYS
from sertwist.pki.keys import KEY_KINDS
from sertwist.pki.password import read_password_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.pki.authority import Authority
    from sertwist.pki.folder import CaFolder

__all__ = [
    "PkiGroup",
    "days_option",
    "folder_argument",
    "key_option",
    "open_authority",
    "password_option",
    "say_waiting",
]

FC = TypeVar("FC", bound="Callable[..., Any] | click.Command")


class PkiGroup(click.Group):
    """A group whose commands say a `ConfigError`, or what the system refuses, in one line, and end with status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # nobody reads on: click ends quietly
                raise
            raise click.ClickException(f"{error.filename or 'a file'}: {error.strerror}") from error


folder_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
password_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="The password of the authority's key: the first line of this file, which its owner alone can read.",
)


def key_option(default: str) -> Callable[[FC], FC]:
    """`--key KIND`."""
    return click.option(
        "--key",
        "kind",
        type=click.Choice(tuple(KEY_KINDS)),
        default=default,
        show_default=True,
        help="Kind of the new key: ec is P-256, ec384 P-384, rsa 2048 bits.",
    )


def days_option(default: int, what: str) -> Callable[[FC], FC]:
    """`--days N`."""
    return click.option(
        "--days", type=click.IntRange(1, MAX_DAYS), default=default, show_default=True, help=f"Days {what}."
    )


def open_authority(folder: CaFolder, password_file: Path | None) -> Authority:
    """The authority in `folder`, its key opened.

    Raises:
        ConfigError: it can't be.
    """
    return folder.authority(lambda: _password(folder, password_file))


def say_waiting() -> None:
    """Tell that another process is at work in the folder."""
    click.echo("waiting for another sertwist pki in this folder ...", err=True)


def _password(folder: CaFolder, file: Path | None) -> bytes:
    if file is not None:
        return read_password_file(file)
    if not sys.stdin.isatty():
        raise ConfigError(f"the key of {folder.path} is encrypted: give --password-file", code="pki-password")
    answer: str = click.prompt(f"Password of {folder.path}", hide_input=True, err=True)
    return answer.encode()
