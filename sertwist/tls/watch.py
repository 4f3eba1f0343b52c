"""`FileWatch`: notices that files have changed and stopped changing, by looking now and then (reference tls 10.4)."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["FileWatch"]

_Look = dict["Path", tuple[int, int, int] | None]


class FileWatch:
    """Looks at `paths`, following links: a link switched to another file is a change.

    Attributes:
        paths: the files and folders looked at; a folder changes when an entry comes, goes or changes.
    """

    __slots__ = ("_known", "_last", "paths")

    def __init__(self, paths: Iterable[Path]) -> None:
        """Take everything as it is now for known."""
        self.paths = frozenset(paths)
        self._known = self._look()
        self._last = dict(self._known)

    def take_changes(self) -> frozenset[Path]:
        """Look once: what differs from what was known and is as at the last look, so is written.

        What is reported is known from then on, good or bad; what is missing is not reported.
        """
        before, self._last = self._last, self._look()
        changed = frozenset(
            path
            for path, look in self._last.items()
            if look is not None and look == before[path] and look != self._known[path]
        )
        for path in changed:
            self._known[path] = self._last[path]
        return changed

    def is_unchanged(self) -> bool:
        """Whether everything is as it was known, right now."""
        return self._look() == self._known

    def _look(self) -> _Look:
        return {path: _fingerprint(path) for path in self.paths}


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            return status.st_mtime_ns, status.st_ino, status.st_size
        entries = tuple((each.name, *_fingerprint_of(each)) for each in sorted(path.iterdir()))
    except OSError:  # an entry that goes while it is looked at, too: the next look tells
        return None
    return status.st_mtime_ns, status.st_ino, hash(entries)


def _fingerprint_of(entry: Path) -> tuple[int, int, int]:
    status = entry.stat()
    return status.st_mtime_ns, status.st_ino, status.st_size
