"""Where the password of an authority's key comes from: a file that its owner alone can read, or the terminal."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_password_file"]

_MAX: Final = 1_024  # bytes; OpenSSL takes no more
_OTHERS: Final = 0o007


def read_password_file(path: Path) -> bytes:
    """The first line of `path`, without its end.

    Raises:
        ConfigError: it can't be read, is open to every user, or its first line is empty or too long (`pki-password`).
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            line = file.readline(_MAX + 3).rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError(f"password file {path} can't be read: {error.strerror}", code="pki-password") from error
    if mode & _OTHERS:
        text = f"password file {path} can be read or written by every user (mode {mode:04o}): chmod 600"
        raise ConfigError(text, code="pki-password")
    if not 0 < len(line) <= _MAX:
        raise ConfigError(f"password file {path}: its first line must have 1 to {_MAX} bytes", code="pki-password")
    return line
