"""`Renewal`: renewed certificates, keys and `config` files that are picked up by themselves (`reload_on_change`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sertwist.modules.host import Host
    from sertwist.modules.tls.reload import ReloadOutcome, Reloads

__all__ = ["Renewal"]

PATIENCE: Final = 60.0  # seconds that a renewal may take: its certificate and its key are two files


class Renewal:
    """Reloads when files have changed; what does not fit together yet is given some time before anybody hears of it."""

    def __init__(self, reloads: Reloads, report: Callable[[ReloadOutcome], None]) -> None:
        """`report` logs an outcome."""
        self._reloads = reloads
        self._report = report
        self._refused: tuple[float, ReloadOutcome] | None = None

    async def take(self, host: Host, changed: frozenset[Path]) -> None:
        """Take the files in `changed`, which are written; to be called at each look, also when nothing has changed."""
        now = host.environment.wall_clock()
        if changed:
            outcome = await self._reloads.reload(host)
            if outcome.taken:
                self._refused = None
                self._report(outcome)
            else:
                self._refused = (now + PATIENCE if self._refused is None else self._refused[0], outcome)
        if self._refused is not None and now >= self._refused[0]:
            self._report(self._refused[1])
            self._refused = None
