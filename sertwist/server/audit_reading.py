"""The files of one audit log, read: the one that is written, those before it, the head; a server may write on."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, Final

from sertwist.limits import MAX_AUDIT_LINE
from sertwist.rpc.audit.head import Head
from sertwist.rpc.audit.record import parse_line
from sertwist.rpc.audit.verify import Report, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from sertwist.rpc.audit.record import Record

__all__ = ["first_line", "head_path", "last_records", "rotated_files", "verify_files", "verify_log"]

_HEAD: Final = ".head"
_WINDOW: Final = 65_536  # bytes that are looked through for last lines at first
_LOOKS: Final = 20  # for a head that vouches for what has just been written
_LOOK_SECONDS: Final = 0.01


def _ignore(_record: Record) -> None:
    pass


# -- where things are -------------------------------------------------------------------------------------------------


def head_path(path: Path) -> Path:
    """Where the head of the log at `path` is."""
    return path.with_name(path.name + _HEAD)


def rotated_files(path: Path) -> list[Path]:
    """The older files of the log at `path`, the oldest first: all that are called `path.` and a number.

    They are ordered by their first records, so that those of a program that numbers them backwards are too.
    """
    prefix = path.name + "."
    found = [each for each in path.parent.iterdir() if each.name.startswith(prefix) and _is_number(each.name, prefix)]
    return sorted(found, key=_first_number)


def first_line(path: Path) -> bytes:
    """The first line of a file, without its line feed; empty when it has none."""
    with path.open("rb") as file:
        line = file.readline(MAX_AUDIT_LINE + 1)
    return line[:-1] if line.endswith(b"\n") else b""


def _is_number(name: str, prefix: str) -> bool:
    rest = name[len(prefix) :]
    return rest.isascii() and rest.isdigit()


def _first_number(path: Path) -> tuple[int, str]:
    record = parse_line(first_line(path))
    number = path.suffix[1:]
    return (record["seq"] if record is not None else int(number) if number.isdigit() else 0, path.name)


def _read_head(path: Path) -> Head | None:
    try:
        with head_path(path).open("rb") as file:
            return Head.read(file.read(4_096))
    except FileNotFoundError:
        return None


# -- reading ----------------------------------------------------------------------------------------------------------


def verify_log(
    path: Path,
    *,
    accept: Collection[int] = (),
    expect: Mapping[int, str] | None = None,
    take: Callable[[Record], None] = _ignore,
) -> Report:
    """Read a whole log with its head; a server may write to it meanwhile.

    Args:
        path: the file that is written to.
        accept: see `Verifier`.
        expect: likewise.
        take: called with each record, in order.

    Raises:
        OSError: a file can't be read.
    """
    head = _read_head(path)
    reader = _Reader(Verifier(head, accept=accept, expect=expect), take)
    reader.read_log(path)
    if head is None:
        reader.read_torn(path)
        return reader.verifier.finish(None, path.name, head_is_missing=True)
    for _ in range(_LOOKS):
        head = _read_head(path) or head
        if head.last.seq > reader.last:  # more was written, perhaps into a new file
            reader.read_log(path, head.last.seq)
        if head.last.seq >= reader.last:
            break
        time.sleep(_LOOK_SECONDS)
    reader.read_torn(path)
    return reader.verifier.finish(head, path.name)


def verify_files(
    paths: Sequence[Path],
    *,
    accept: Collection[int] = (),
    expect: Mapping[int, str] | None = None,
    take: Callable[[Record], None] = _ignore,
) -> Report:
    """Read parts of a log, without a head: that its end was cut off can't be told. Arguments as of `verify_log`."""
    reader = _Reader(Verifier(accept=accept, expect=expect), take)
    for each in sorted(paths, key=_first_number):
        with each.open("rb") as file:
            reader.read(file, each.name)
        reader.read_torn(each)
    return reader.verifier.finish(None, paths[-1].name)


class _Reader:
    """Feeds files to a verifier; known by their inodes, so that one that is renamed meanwhile is not read twice."""

    def __init__(self, verifier: Verifier, take: Callable[[Record], None]) -> None:
        self.verifier = verifier
        self._take = take
        self._read_to: dict[int, tuple[int, int]] = {}  # inode to bytes and lines

    @property
    def last(self) -> int:
        """Number of the last record."""
        return self.verifier.report.last.seq

    def read_log(self, path: Path, until: int | None = None) -> None:
        """Read all files of a log from where they were read to; up to record `until` when that is given.

        The file that is written is opened before the others are listed: by then it may be one of them. There may be
        none for a moment, and when somebody has removed it.
        """
        with ExitStack() as stack:
            written = _open_written(path)
            if written is not None:
                stack.enter_context(written)
            older = rotated_files(path)
            for each in older:
                with each.open("rb") as file:
                    self.read(file, each.name, until)
            if written is not None and _inode(written) not in [each.stat().st_ino for each in older]:
                self.read(written, path.name, until)

    def read(self, file: BinaryIO, name: str, until: int | None = None) -> None:
        """Likewise one file. A last line needs its end."""
        inode = _inode(file)
        offset, number = self._read_to.get(inode, (0, 0))
        file.seek(offset)
        while (until is None or self.last < until) and (line := file.readline(MAX_AUDIT_LINE + 1)):
            if not line.endswith(b"\n") and len(line) <= MAX_AUDIT_LINE:
                break  # perhaps it is being written just now
            number += 1
            offset += len(line)
            record = self.verifier.feed(name, number, line)
            if record is not None:
                self._take(record)
        self._read_to[inode] = (offset, number)

    def read_torn(self, path: Path) -> None:
        """Read a last line that still has no end."""
        if not path.exists():
            return
        with path.open("rb") as file:
            offset, number = self._read_to.get(_inode(file), (0, 0))
            file.seek(offset)
            line = file.readline(MAX_AUDIT_LINE + 1)
        if line and not line.endswith(b"\n"):
            self.verifier.feed(path.name, number + 1, line)


def _open_written(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        if rotated_files(path):
            return None
        raise


def _inode(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_ino


def last_records(path: Path, count: int) -> list[Record]:
    """The last `count` records of the log at `path`, the oldest of them first; what is no record is left out.

    Raises:
        OSError: a file can't be read.
    """
    found: list[Record] = []
    for each in [path, *reversed(rotated_files(path))]:
        lines = _last_lines(each, count - len(found))
        found[:0] = [record for record in map(parse_line, lines) if record is not None]
        if len(found) >= count:
            break
    return found[-count:]


def _last_lines(path: Path, count: int) -> list[bytes]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        window = _WINDOW
        while True:
            begin = max(0, size - window)
            file.seek(begin)
            lines = file.read(size - begin).split(b"\n")[:-1]
            if begin == 0:
                return lines[-count:]
            if len(lines) > count:
                return lines[1:][-count:]
            window *= 4
