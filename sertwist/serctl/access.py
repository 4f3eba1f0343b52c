"""From settings to the client's options: certificate files, passwords, and the warnings that belong to them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from sertwist.client.credentials import is_encrypted, is_readable_by_others
from sertwist.client.failure import UsageError
from sertwist.client.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sertwist.serctl.invocation import Invocation
    from sertwist.serctl.settings import Settings

__all__ = ["client_options"]

MAX_PASSWORD_FILE: Final = 4_096

INSECURE: Final = """\
serctl: WARNING: --insecure: the server's certificate is not looked at. Whoever answers can be anybody, can read
serctl: WARNING: what is sent, and can make up what comes back. Use --cacert, --servername or --pin instead.\
"""


def client_options(settings: Settings, invocation: Invocation, warn: Callable[[str], None]) -> Options:
    """How servers are reached; asks for passwords that are not in a file, if there is a terminal.

    Raises:
        UsageError: a password is needed and cannot be had, or its file cannot be read.
    """
    key_file = settings.key or settings.cert
    for secret in filter(None, (key_file, settings.key_pass_file, settings.password_file)):
        if is_readable_by_others(secret):
            warn(f"{secret} can be read by everybody on this machine: chmod 600 {secret}")
    if invocation.has("insecure"):
        click.echo(INSECURE, err=True)  # however quiet it was wanted
    return Options(
        cacert=settings.cacert,
        cert=settings.cert,
        key=settings.key,
        key_password=_key_password(settings, key_file),
        servername=settings.servername,
        pins=settings.pins,
        verify=not invocation.has("insecure"),
        user=settings.user,
        password=_password(settings) if settings.user else "",
        protocol=settings.protocol,
        timeout=settings.timeout,
        connect_timeout=settings.connect_timeout,
        retries=settings.retries,
    )


def _key_password(settings: Settings, key_file: Path | None) -> str | None:
    """From its file; else asked for, if the key needs one and there is a terminal."""
    if settings.key_pass_file is not None:
        return _read_password(settings.key_pass_file)
    if key_file is None or not sys.stdin.isatty() or not is_encrypted(key_file):
        return None
    password: str = click.prompt(f"Password of {key_file}", hide_input=True, err=True)
    return password


def _password(settings: Settings) -> str:
    """From its file, the environment, or the person."""
    if settings.password_file is not None:
        return _read_password(settings.password_file)
    if "SERCTL_PASSWORD" in os.environ:
        return os.environ["SERCTL_PASSWORD"]
    if not sys.stdin.isatty():
        message = f"the password of {settings.user} is missing: --password-file or SERCTL_PASSWORD"
        raise UsageError(message, code="no-password")
    password: str = click.prompt(f"Password of {settings.user}", hide_input=True, err=True)
    return password


def _read_password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PASSWORD_FILE)
        return content.decode().partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"cannot read the password in {path}: {reason}", code="password-file") from error
