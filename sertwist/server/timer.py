"""`Timer`: something that is done again and again, and how that went."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from sertwist.modules.host import TimerRow

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

__all__ = ["Timer"]

log = Logger("sertwist")


class Timer:
    """Calls something each so many seconds, once the last call is done; an exception is logged and counted."""

    def __init__(self, seconds: float, call: Callable[[], Coroutine[Any, Any, None] | None]) -> None:
        self._seconds = seconds
        self._call = call
        self._loop = LoopingCall(lambda: ensureDeferred(self._turn()))
        self._began = time.monotonic()
        self._took = 0.0
        self._runs = 0
        self._errors = 0

    def start(self) -> None:
        """The first call comes after the first interval."""
        self._loop.start(self._seconds, now=False)

    def stop(self) -> None:
        """No further call."""
        if self._loop.running:
            self._loop.stop()

    def row(self) -> TimerRow:
        """How it goes."""
        return TimerRow(
            name=getattr(self._call, "__qualname__", type(self._call).__qualname__).replace(".<locals>", ""),
            interval=self._seconds,
            next_in=self._began + self._seconds - time.monotonic(),
            last_seconds=self._took,
            runs=self._runs,
            errors=self._errors,
        )

    async def _turn(self) -> None:
        self._began = time.monotonic()
        self._runs += 1
        try:
            rest = self._call()
            if rest is not None:
                await rest
        except Exception:  # noqa: BLE001 (a module's timer must not end the others)
            self._errors += 1
            log.failure("a module's timer failed")
        self._took = time.monotonic() - self._began
