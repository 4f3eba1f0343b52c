"""The password of an authority's key, from a file that every user can't read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.tls.loading.pem import read_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_password_file"]

_MAX: Final = 1_023  # bytes; OpenSSL takes no more
_OTHERS: Final = 0o007


def read_password_file(path: Path) -> bytes:
    """The first line of `path`, without its end.

    Raises:
        ConfigError: it can't be read, is open to every user, or its first line is empty or too long (`pki-password`).
    """
    try:
        file = read_file(path)
    except ConfigError as error:
        raise ConfigError(f"password file {error}", code="pki-password") from error
    if file.mode & _OTHERS:
        text = f"password file {path} can be read or written by every user (mode {file.mode:04o}): chmod 600"
        raise ConfigError(text, code="pki-password")
    line = file.data.partition(b"\n")[0].removesuffix(b"\r")
    if not 0 < len(line) <= _MAX:
        raise ConfigError(f"password file {path}: its first line must have 1 to {_MAX} bytes", code="pki-password")
    return line
