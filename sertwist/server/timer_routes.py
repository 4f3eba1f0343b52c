"""`TimerRoutes`: `timer_route[name, seconds]` is entered each so many seconds (reference language 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.modules.host import Host

__all__ = ["TimerRoutes"]

_EARLY: Final = 0.5  # seconds; a look that comes a moment too soon must not wait for the next one


class TimerRoutes:
    """The timers of the script in force; a reload keeps the turns of those that have the same name."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._due: dict[str, float] = {}

    def tick(self) -> None:
        """Enter each block whose time has come; called once a second. The first turn comes after its seconds."""
        now, timers = self._host.clock(), self._host.program.timers
        self._due = {name: self._due.get(name, now + seconds) for name, seconds in timers.items()}
        for name, due in self._due.items():
            if now >= due - _EARLY:
                self._due[name] = max(due, now - _EARLY) + timers[name]
                self._host.begin(self._host.raise_event(name))
