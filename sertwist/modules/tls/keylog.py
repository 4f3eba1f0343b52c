"""`KeyLog`: writes the secrets of TLS sessions to a file, for those who must look into their own traffic.

Only `keylog_file` together with `allow_keylog` brings it about; the environment variable SSLKEYLOGFILE does nothing.
"""

from __future__ import annotations

import errno
import os
import stat
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sertwist.tls.loading.loader import resolve_path
from sertwist.tls.loading.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sertwist.modules.host import Host

__all__ = ["KeyLog", "check_keylog", "choose_keylog"]

_OWNER_ONLY: Final = 0o600
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def choose_keylog(settings: Mapping[str, Any], base_directory: Path) -> KeyLog | None:
    """The key log that `settings` ask for and allow."""
    for name in settings["keylog_file"]:
        if settings["allow_keylog"]:
            return KeyLog(resolve_path(str(name.value), base_directory))
    return None


def check_keylog(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """What is to be said about it: an error when it is not allowed, a warning at every start when it is."""
    first, *more = settings["keylog_file"] or [None]
    if first is None:
        return
    if more:
        yield Problem(more[0].where, "error", "keylog_file is given twice", "keep one")
    if settings["allow_keylog"]:
        text = f"the keys of every TLS session go to {first.value}: whoever can read it may read all that is sent"
        yield Problem(first.where, "warning", text, "leave keylog_file out once you have seen what you wanted")
    else:
        text = f"keylog_file {first.value}: whoever can read it may read all that is sent over TLS"
        yield Problem(first.where, "error", text, "leave it out; if you mean it, set allow_keylog to yes besides")


class KeyLog:
    """The file at `path`, which nobody but its owner can read; nothing is written before `start`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._report: Callable[..., None] = _ignore

    def start(self, host: Host) -> None:
        """Begin to write; a file that is there already is added to. What goes wrong is logged, and nothing written."""
        self._report = partial(host.log, "error", "tls: {trouble}")
        try:
            self._open()
        except OSError as error:
            self.close()
            self._report(trouble=f"keylog_file {self.path} can't be written: {error.strerror}")

    def _open(self) -> None:
        self._descriptor = os.open(self.path, _FLAGS, _OWNER_ONLY)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if status.st_uid != os.geteuid() or status.st_nlink != 1:
            raise OSError(errno.EPERM, "it is somebody else's, or has a second name")
        os.fchmod(self._descriptor, _OWNER_ONLY)  # whoever may read it reads all that is sent

    def write(self, line: bytes) -> None:
        """Add one line in the format of SSLKEYLOGFILE; never raises, since a handshake is what calls it."""
        if self._descriptor < 0:
            return
        try:
            os.write(self._descriptor, line + b"\n")
        except OSError as error:
            self.close()
            self._report(trouble=f"keylog_file {self.path} is not written any more: {error.strerror}")

    def close(self) -> None:
        """Write nothing more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _ignore(**_words: object) -> None:
    """Before `start` there is nobody to tell."""
