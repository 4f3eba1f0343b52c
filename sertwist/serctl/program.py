"""One run of serctl: what was decided from its options, its session, and what it says beside the result."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from sertwist.client.client import Client, Options
from sertwist.client.credentials import is_encrypted, is_readable_by_others
from sertwist.client.endpoint import parse_url
from sertwist.client.failure import StoppedError, UsageError
from sertwist.serctl.context import default_files, read_contexts
from sertwist.serctl.output import format_json, format_table
from sertwist.serctl.settings import Settings, resolve_settings
from sertwist.serctl.wire_log import WireLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sertwist.rpc.call import Value
    from sertwist.serctl.invocation import Invocation

__all__ = ["Program"]

MAX_PASSWORD_FILE: Final = 4_096


class Program:
    """What the commands share. Settings are decided on first use.

    Attributes:
        invocation: what was typed.
        method: what is being called, for messages.
        client: the server, once there is one.
        decided: the settings, once they are.
    """

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self.method = ""
        self.client: Client | None = None
        self.decided: Settings | None = None

    @property
    def settings(self) -> Settings:
        """All settings, decided.

        Raises:
            Failure: the configuration or a value is wrong (usage).
        """
        if self.decided is None:
            self.decided = self._decide()
        return self.decided

    def _decide(self) -> Settings:
        given = self.invocation
        files = [given.config.expanduser()] if given.config else default_files()
        contexts = read_contexts(files, must_exist=given.config is not None)
        return resolve_settings({**given.options, "output": given.wanted_output}, contexts.choose(given.context))

    @contextmanager
    def connect(self) -> Iterator[Client]:
        """The chosen server, for one command."""
        settings = self.settings
        self.client = Client(
            settings.url, self._options(settings), trace=WireLog() if self.invocation.verbose else None
        )
        with self.client:
            yield self.client

    def call(self, method: str, *params: Value) -> Value:
        """The result of one call on a connection of its own."""
        self.method = method
        with self.connect() as session:
            return session.call(method, *params)

    def show(self, value: Value, method: str = "") -> None:
        """Write `value`, the result of `method`, to standard output."""
        text = format_json(value) if self.settings.output == "json" else format_table(value, method)
        if text:
            click.echo(text)

    def warn(self, message: str) -> None:
        """Say something on standard error, unless quiet."""
        if not self.invocation.quiet:
            click.echo(f"serctl: warning: {message}", err=True)

    def confirm(self, method: str) -> None:
        """Ask before the destructive `method` is called.

        Raises:
            Failure: the answer was no (interrupted), or there is nobody to ask (usage).
        """
        self.method = method
        if self.invocation.yes:
            return
        server = parse_url(self.settings.url).address
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            message = f"{method} is destructive and there is no terminal to ask on: put --yes before METHOD"
            raise UsageError(message, code="not-confirmed")
        if not click.confirm(f"Call {method} on {server}?", err=True):
            raise StoppedError("not confirmed; nothing was sent", code="not-confirmed")

    def _options(self, settings: Settings) -> Options:
        key_file = settings.key or settings.cert
        for secret in filter(None, (key_file, settings.key_pass_file)):
            if is_readable_by_others(secret):
                self.warn(f"{secret} can be read by everybody on this machine: chmod 600 {secret}")
        return Options(
            cacert=settings.cacert,
            cert=settings.cert,
            key=settings.key,
            key_password=_password(settings, key_file),
            servername=settings.servername,
            timeout=settings.timeout,
            connect_timeout=settings.connect_timeout,
            retries=settings.retries,
        )


def _password(settings: Settings, key_file: Path | None) -> str | None:
    """From its file; else asked for, if the key needs one and there is a terminal."""
    if settings.key_pass_file is not None:
        return _read_password(settings.key_pass_file)
    if key_file is None or not sys.stdin.isatty() or not is_encrypted(key_file):
        return None
    password: str = click.prompt(f"Password of {key_file}", hide_input=True, err=True)
    return password


def _read_password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PASSWORD_FILE)
        return content.decode().partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"cannot read the password in {path}: {reason}", code="password-file") from error
