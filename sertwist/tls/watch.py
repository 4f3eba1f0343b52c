"""`FileWatch`: notices that files have changed and stopped changing, by looking now and then (reference tls 10.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["FileWatch"]

_Look = tuple[tuple[int, int, int] | None, ...]


class FileWatch:
    """Looks at `paths`, following links: a link switched to another file is a change."""

    __slots__ = ("_accepted", "_last", "_paths")

    def __init__(self, paths: Sequence[Path]) -> None:
        """Take the files as they are now for known."""
        self._paths = tuple(paths)
        self._accepted = self._last = self._look()

    def has_changed(self) -> bool:
        """Look once: true when the files differ from what was known and are as at the last look, so are written.

        What is reported is known from then on, good or bad; a file that is missing is not reported.
        """
        before, self._last = self._last, self._look()
        if self._last == self._accepted or self._last != before or None in self._last:
            return False
        self._accepted = self._last
        return True

    def _look(self) -> _Look:
        return tuple(_fingerprint(path) for path in self._paths)


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
