"""Say on the terminal that something is being waited for, once it takes longer than a moment."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

    from rich.status import Status

__all__ = ["Waiting"]

MOMENT: Final = 1.0  # seconds; below that nobody wonders


class Waiting:
    """A line that turns on standard error while the context lasts; nothing where there is no terminal."""

    def __init__(self, words: str, servers: int, *, is_wanted: bool) -> None:
        """Wait for what `words` say, from so many `servers`."""
        self._words = words
        self._servers, self._done = servers, 0
        self._status: Status | None = None
        self._lock = threading.Lock()
        self._is_over = False
        self._timer = threading.Timer(MOMENT, self._show) if is_wanted and sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._is_over = True
            if self._timer:
                self._timer.cancel()
            if self._status:
                self._status.stop()

    def say(self, words: str) -> None:
        """Wait for something else from now on."""
        with self._lock:
            self._words = words
            self._renew()

    def one_more(self) -> None:
        """One of the servers is through."""
        with self._lock:
            self._done += 1
            self._renew()

    def _renew(self) -> None:
        if self._status:
            self._status.update(self._line)

    @property
    def _line(self) -> str:
        return f"{self._words}: {self._done} done ..." if self._servers > 1 else f"{self._words} ..."

    def _show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only for what takes long

        with self._lock:
            if not self._is_over:
                self._status = Console(stderr=True, emoji=False, markup=False).status(self._line)
                self._status.start()
