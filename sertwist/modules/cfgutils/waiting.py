"""`sleep`, `usleep`, `lock`: functions that wait, each message for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.limits import MAX_SLEEP_SECONDS, MAX_SLEEPERS
from sertwist.modules.declare import Module, function
from sertwist.modules.script_locks import ScriptLocks
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["Waiting"]

_MICROSECONDS = 1_000_000


class Waiting(Module):
    """Nobody else waits meanwhile."""

    host: Host

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.locks = ScriptLocks()
        self.sleepers = 0

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host
        self.locks.start(host)

    async def _wait(self, ctx: RouteContext, seconds: float) -> int:
        if self.sleepers >= MAX_SLEEPERS:
            ctx.environment.count("cfgutils.sleep_refused")
            return -1
        self.sleepers += 1
        try:
            await self.host.sleep(min(max(seconds, 0.0), MAX_SLEEP_SECONDS))
        finally:
            self.sleepers -= 1
        return 1

    @function(
        "sleep",
        Argument(name="seconds", kind=Kind.NUMBER, minimum=0, maximum=MAX_SLEEP_SECONDS),
        routes=RouteKind.ANY,
    )
    async def sleep(self, ctx: RouteContext, seconds: int) -> int:
        """Go on in so many seconds. Returns -1 at once when too many messages wait already."""
        return await self._wait(ctx, float(seconds))

    @function(
        "usleep",
        Argument(name="microseconds", kind=Kind.NUMBER, minimum=0, maximum=MAX_SLEEP_SECONDS * _MICROSECONDS),
        routes=RouteKind.ANY,
    )
    async def sleep_shortly(self, ctx: RouteContext, microseconds: int) -> int:
        """Go on in so many microseconds. Returns -1 at once when too many messages wait already."""
        return await self._wait(ctx, microseconds / _MICROSECONDS)

    @function("lock", Argument(name="key"), routes=RouteKind.ANY)
    async def lock(self, ctx: RouteContext, key: str) -> int:
        """Wait until no other message holds the lock `key`, and hold it until `unlock`, ten seconds at most.

        A lock that is still held when the script ends is free then, with a warning. Returns -1 when too many wait
        already.
        """
        return await self.locks.lock(ctx, key)

    @function("trylock", Argument(name="key"), routes=RouteKind.ANY)
    def try_lock(self, ctx: RouteContext, key: str) -> int:
        """Hold the lock `key` if no other message does. Returns -1 when one does."""
        return self.locks.try_lock(ctx, key)

    @function("unlock", Argument(name="key"), routes=RouteKind.ANY)
    def unlock(self, ctx: RouteContext, key: str) -> int:
        """Give the lock `key` back. Returns -1 when this message does not hold it."""
        return self.locks.unlock(ctx, key)
