"""`Locks`: names that one message at a time may hold; the others wait, and none for ever.

A script that keeps a lock must not stop the others: it is taken from its holder after `LOCK_SECONDS`. Nothing here
reads a clock; `expire` is called now and then. What a script forgot when it ends is dealt with in `script_locks`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sertwist.limits import LOCK_SECONDS, MAX_SLEEPERS

if TYPE_CHECKING:
    from collections.abc import Hashable

    from twisted.internet.defer import Deferred

__all__ = ["Locks"]


@dataclass(slots=True)
class _Lock:
    """One name that is held.

    Attributes:
        holder: who holds it.
        depth: how often the holder took it.
        until: when it is taken away, monotonic seconds.
        waiting: who comes next, each with what tells them.
    """

    holder: object
    depth: int
    until: float
    waiting: deque[tuple[object, Deferred[None]]] = field(default_factory=deque)


class Locks:
    """Locks by name.

    Attributes:
        taken_away: how many were not given back in time.
        refused: how many could not even wait.
    """

    def __init__(self) -> None:
        self.taken_away = 0
        self.refused = 0
        self._locks: dict[Hashable, _Lock] = {}
        self._waiting = 0

    async def lock(self, name: Hashable, holder: object, now: float) -> bool:
        """Hold `name` once nobody else does; a second time by the same holder at once.

        Returns:
            False when too many wait already.
        """
        if self.try_lock(name, holder, now):
            return True
        if self._waiting >= MAX_SLEEPERS:
            self.refused += 1
            return False
        from twisted.internet.defer import Deferred  # noqa: PLC0415 (the server has it; a check does not need it)

        turn: Deferred[None] = Deferred()
        self._locks[name].waiting.append((holder, turn))
        self._waiting += 1
        await turn
        return True

    def try_lock(self, name: Hashable, holder: object, now: float) -> bool:
        """Hold `name` if nobody else does."""
        lock = self._locks.get(name)
        if lock is None:
            self._locks[name] = _Lock(holder, 1, now + LOCK_SECONDS)
            return True
        if lock.holder is holder:
            lock.depth += 1
            return True
        return False

    def unlock(self, name: Hashable, holder: object, now: float) -> bool:
        """Give `name` back; False when the holder does not hold it."""
        lock = self._locks.get(name)
        if lock is None or lock.holder is not holder:
            return False
        lock.depth -= 1
        if lock.depth == 0:
            self._pass_on(name, lock, now)
        return True

    def expire(self, now: float) -> None:
        """Take away what was held for too long."""
        for name, lock in list(self._locks.items()):
            if lock.until <= now:
                self.taken_away += 1
                self._pass_on(name, lock, now)

    def _pass_on(self, name: Hashable, lock: _Lock, now: float) -> None:
        if not lock.waiting:
            del self._locks[name]
            return
        lock.holder, turn = lock.waiting.popleft()
        lock.depth, lock.until = 1, now + LOCK_SECONDS
        self._waiting -= 1
        turn.callback(None)
