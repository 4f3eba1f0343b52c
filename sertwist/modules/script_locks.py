"""`ScriptLocks`: the locks that scripts take by name; those that a script forgets are free when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.modules.locks import Locks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["ScriptLocks"]

_SHOWN = 64  # characters of a name, which a peer may have chosen


@dataclass(frozen=True, slots=True)
class _Held:
    """What is done when a script ends: free the lock `name` if it is still held."""

    locks: Locks
    name: Hashable
    clock: Callable[[], float]

    def __call__(self, ctx: RouteContext) -> None:
        if self.locks.unlock(self.name, ctx, self.clock()) and self not in (ctx.at_end or ()):
            ctx.environment.count("script.forgotten_locks")
            ctx.environment.complain(f"the script ended with the lock {ascii(self.name)[:_SHOWN]}; unlock it first")


class ScriptLocks:
    """The locks of one module. Whoever holds one still after ten seconds loses it."""

    def __init__(self) -> None:
        self.locks = Locks()
        self._clock: Callable[[], float] = float

    def start(self, host: Host) -> None:
        """Begin to look for those that are held for too long."""
        self._clock = host.clock
        host.every(1.0, lambda: self.locks.expire(host.clock()))

    async def lock(self, ctx: RouteContext, name: Hashable) -> int:
        """Hold `name` once no other message does. Returns -1 when too many wait already."""
        return self._held(ctx, name) if await self.locks.lock(name, ctx, self._clock()) else -1

    def try_lock(self, ctx: RouteContext, name: Hashable) -> int:
        """Hold `name`. Returns -1 when another message does."""
        return self._held(ctx, name) if self.locks.try_lock(name, ctx, self._clock()) else -1

    def unlock(self, ctx: RouteContext, name: Hashable) -> int:
        """Give `name` back. Returns -1 when this message does not hold it."""
        if not self.locks.unlock(name, ctx, self._clock()):
            return -1
        held = _Held(self.locks, name, self._clock)
        if ctx.at_end is not None and held in ctx.at_end:
            ctx.at_end.remove(held)
        return 1

    def _held(self, ctx: RouteContext, name: Hashable) -> int:
        if ctx.at_end is None:
            ctx.at_end = []
        ctx.at_end.append(_Held(self.locks, name, self._clock))
        return 1
