"""`FileStore`: the audit log's records in a file, its head beside it (`sertwist.rpc.audit.store.Store`).

The file is only ever added to; no byte of it is changed or cut off. Nobody but its owner can read what this creates.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from typing import TYPE_CHECKING, Final

from sertwist.rpc.audit.head import Head
from sertwist.rpc.audit.record import Link, parse_line
from sertwist.rpc.audit.store import Found, Tail, find_tail
from sertwist.server.audit_reading import first_line, head_path, last_records, rotated_files, verify_log

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from sertwist.rpc.audit.record import Record
    from sertwist.rpc.audit.verify import Report

__all__ = ["FileStore"]

_OWNER_ONLY: Final = 0o600
_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WINDOW: Final = 1_048_576  # bytes of a file's end in which a whole record is looked for first


class FileStore:
    """Records in the file at `path`, the head at `path.head`, older files at `path.NUMBER`."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened before `open`."""
        self.path = path
        self.size = 0
        self._file = -1
        self._head = -1

    def open(self) -> Found:
        """See `Store.open`.

        Raises:
            OSError: likewise; also when another server writes this log, or others may write the file.
        """
        self.close()
        try:
            self._head = _open(head_path(self.path), os.O_RDWR)
            self._lock()
            written = os.pread(self._head, 4_096, 0)
            self._file = _open(self.path, os.O_RDWR | os.O_APPEND)
            self.size = os.fstat(self._file).st_size
            return self._found(written)
        except OSError:
            self.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._head, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError(errno.EBUSY, f"another server writes to {self.path}") from None

    def _found(self, written: bytes) -> Found:
        tail = _tail_of(self._file, self.size)
        older = rotated_files(self.path)
        if tail.kind is None and older:  # the file was begun just now, or put there by somebody
            descriptor = os.open(older[-1], os.O_RDONLY | _SAFE)
            try:
                before = _tail_of(descriptor, os.fstat(descriptor).st_size)
            finally:
                os.close(descriptor)
            tail = Tail(last=before.last, kind=before.kind, torn=tail.torn, ended=tail.ended)
        first = parse_line(first_line(self.path))
        return Found(
            tail=tail,
            head=Head.read(written),
            fresh=not written and not self.size and not older,
            first_seq=0 if first is None else first["seq"],
            first_time="" if first is None else first["time"],
        )

    def append(self, data: bytes) -> int:
        """See `Store.append`."""
        taken = os.write(self._file, data)
        self.size += taken
        return taken

    def sync(self) -> None:
        """See `Store.sync`."""
        os.fdatasync(self._file)
        os.fdatasync(self._head)

    def write_head(self, head: Head) -> None:
        """See `Store.write_head`: its text has always the same length."""
        os.pwrite(self._head, head.text(), 0)

    def rotate(self, first_seq: int) -> None:
        """See `Store.rotate`; a name that is taken is left alone."""
        os.fdatasync(self._file)
        older = self.path.with_name(f"{self.path.name}.{first_seq:016d}")
        if older.exists():
            raise FileExistsError(errno.EEXIST, f"{older} is in the way: move it to another folder")
        self.path.rename(older)
        self._begin_file()

    def _begin_file(self) -> None:
        fresh = _open(self.path, os.O_RDWR | os.O_APPEND)
        os.close(self._file)
        self._file = fresh
        self.size = os.fstat(fresh).st_size
        _sync_folder(self.path.parent)

    def prune(self, keep: int) -> Link | None:
        """See `Store.prune`."""
        older = rotated_files(self.path)
        gone = older[: max(0, len(older) - keep)]
        if not gone:
            return None
        left = [*older[len(gone) :], self.path]
        first = next((record for record in (parse_line(first_line(each)) for each in left) if record is not None), None)
        if first is None:
            return None  # what is left is not known yet: removed with the next file
        for each in gone:
            each.unlink()
        return Link(first["seq"] - 1, first["prev"])

    def reopen(self) -> bool:
        """See `Store.reopen`."""
        ours = os.fstat(self._file)
        try:
            there = self.path.lstat()
        except FileNotFoundError:
            there = None
        if there is not None and (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev):
            return False
        self._begin_file()
        return True

    def close(self) -> None:
        """See `Store.close`."""
        for descriptor in (self._file, self._head):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._head = -1

    def last_records(self, count: int) -> list[Record]:
        """See `Store.last_records`."""
        return last_records(self.path, count)

    def verify(self, accept: Collection[int], expect: Mapping[int, str]) -> Report:
        """See `Store.verify`."""
        return verify_log(self.path, accept=accept, expect=expect)


def _open(path: Path, flags: int) -> int:
    """Open or create the file at `path`, which must be a plain file that nobody else may write.

    Raises:
        OSError: it can't be; the path stands in the text.
    """
    try:
        descriptor = os.open(path, flags | os.O_CREAT | _SAFE, _OWNER_ONLY)
    except OSError as error:
        raise OSError(error.errno, f"{path}: {error.strerror}") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        wrong = "is no plain file"
    elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        wrong = "others may write it (chmod go-w)"
    else:
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EPERM, f"{path} {wrong}")


def _tail_of(descriptor: int, size: int) -> Tail:
    """The end of a file: looked for in its last bytes first, in all of it when they hold no record."""
    data = b""
    for window in (_WINDOW, size):
        begin = max(0, size - window)
        data = os.pread(descriptor, size - begin, begin)
        tail = find_tail(data)
        if tail is not None:
            return tail
    return Tail(torn=data, ended=not data or data.endswith(b"\n"))


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
