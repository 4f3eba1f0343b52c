"""`Changes`: settings that wait to be changed together, and a change that is undone unless somebody confirms it.

Each caller has changes of its own that wait. Of changes on trial there are one caller's at a time: what they changed is
known exactly, so that it can be undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sertwist.modules.groups import Groups, Value

__all__ = ["Change", "Changes", "Place", "Trial"]


class Place(NamedTuple):
    """A setting: group, number of its instance or None, name."""

    group: str
    instance: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that was changed: its own value before, None when it had none, and the one it has now."""

    place: Place
    before: Value | None
    after: Value


@dataclass(frozen=True, slots=True)
class Trial:
    """Changes that are undone unless they are confirmed.

    Attributes:
        owner: key of the caller who made them.
        changes: in the order they were made.
        ends: monotonic seconds.
    """

    owner: str
    changes: tuple[Change, ...]
    ends: float


class Changes:
    """What waits, by caller.

    Attributes:
        trial: what is on trial now.
    """

    def __init__(self, groups: Groups, most: int) -> None:
        """`most` changes wait at the same time, of all callers together."""
        self._groups = groups
        self._most = most
        self._staged: dict[str, dict[Place, Value]] = {}
        self.trial: Trial | None = None

    def stage(self, owner: str, place: Place, value: Value) -> bool:
        """Note a change; False: too many wait."""
        if sum(map(len, self._staged.values())) >= self._most:
            return False
        self._staged.setdefault(owner, {})[place] = value
        return True

    def unstage(self, owner: str, place: Place) -> bool:
        """Forget a change; whether there was one."""
        return self._staged.get(owner, {}).pop(place, None) is not None

    def forget(self, owner: str) -> int:
        """Forget all changes of `owner`; how many there were."""
        return len(self._staged.pop(owner, {}))

    def waiting(self, owner: str) -> dict[Place, Value]:
        """The changes of `owner` that wait."""
        return self._staged.get(owner, {})

    def make(self, owner: str) -> tuple[Change, ...]:
        """Make the changes of `owner` that wait: all of them, or none.

        Raises:
            GroupError: one can't be made; they wait on.
        """
        made: list[Change] = []
        try:
            for place, value in self.waiting(owner).items():
                group = self._groups.group(place.group)
                own = group.values if place.instance is None else group.instances.get(place.instance, {})
                before = own.get(place.name)
                group.set(place.name, value, place.instance)
                made.append(Change(place, before, value))
        except BaseException:
            self.undo(made)
            raise
        self._staged.pop(owner, None)
        return tuple(made)

    def undo(self, changes: tuple[Change, ...] | list[Change]) -> list[Place]:
        """Undo `changes`, the last first; what has been changed again since then stays, and is given back."""
        stayed = []
        for change in reversed(changes):
            place = change.place
            group = self._groups.group(place.group)
            if group.get(place.name, place.instance) != change.after:
                stayed.append(place)
            elif change.before is not None:
                group.set(
                    place.name, int(change.before) if isinstance(change.before, bool) else change.before, place.instance
                )
            else:
                group.forget(place.name, place.instance)
        return stayed
