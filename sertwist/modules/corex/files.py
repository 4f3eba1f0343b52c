"""`file_read`, `file_write`: one small text file, which the script names and no message."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_TEXT_FILE
from sertwist.modules.declare import Module, function
from sertwist.modules.whole_file import write_whole
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["Files"]

_PATH: Final = Argument(name="path", constant=True, help="found from the script's folder")


class Files(Module):
    """Files are read and written in a thread: a slow disk stops nobody else."""

    host: Host
    folder: Path = Path()

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        super().set_up(setup)
        self.folder = setup.folder

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        super().start(host)
        self.host = host

    @function("file_read", _PATH, Argument(name="variable", kind=Kind.VARIABLE), routes=RouteKind.ANY)
    async def read_file(self, ctx: RouteContext, path: str, variable: Reference) -> int:
        """Put the text of a file into `variable`; -1 when it can't be read or has more than 65,535 bytes."""
        try:
            text = await self.host.in_thread(lambda: _read(self.folder / path))
        except OSError as error:
            return _refused(ctx, "file_read", path, error)
        if variable.put is None:
            return -1
        variable.put(ctx, as_text(text))
        return 1

    @function("file_write", _PATH, Argument(name="text"), routes=RouteKind.ANY)
    async def write_file(self, ctx: RouteContext, path: str, text: str) -> int:
        """Make `text` all that is in a file: whoever reads it sees the old or the new one. -1 when it can't be."""
        try:
            await self.host.in_thread(lambda: _write(self.folder / path, as_bytes(text)))
        except OSError as error:
            return _refused(ctx, "file_write", path, error)
        return 1


def _refused(ctx: RouteContext, function_name: str, path: str, error: OSError) -> int:
    ctx.environment.count(f"corex.{function_name}_failed")
    ctx.environment.complain(f"{function_name}: {path}: {error.strerror}")
    return -1


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for who writes
    try:
        _check(os.fstat(descriptor))
        found = os.read(descriptor, MAX_TEXT_FILE + 1)
    finally:
        os.close(descriptor)
    _check_length(found)
    return found


def _write(path: Path, content: bytes) -> None:
    _check_length(content)
    if path.exists():
        _check(path.stat())
    write_whole(path, content)


def _check(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "it is no regular file")


def _check_length(content: bytes) -> None:
    if len(content) > MAX_TEXT_FILE:
        raise OSError(0, f"it has more than {MAX_TEXT_FILE} bytes")
