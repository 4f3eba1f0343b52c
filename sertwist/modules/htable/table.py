"""`Table`: what `$sht` and its functions do to a table's entries. Times are monotonic seconds, given with each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.htable.store import Budget, Entry, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.limits import TableLimits
    from sertwist.modules.htable.definition import Definition
    from sertwist.modules.htable.store import Store

__all__ = ["Table", "make_table"]


class Table:
    """One table.

    Attributes:
        definition: as declared.
        refused: writes that found no room, or were too long.
        generation: one more with each change that was asked for; those that have expired make none.
    """

    def __init__(self, definition: Definition, store: Store, limits: TableLimits) -> None:
        self.definition = definition
        self.refused = 0
        self.generation = 0
        self._store = store
        self._limits = limits

    def __len__(self) -> int:
        return len(self._store)

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self._store.slots

    def counts(self) -> list[int]:
        """Entries of each slot."""
        return list(self._store.counts())

    def entry(self, key: str, now: float) -> Entry | None:
        """The entry of `key`; None when there is none that has not expired."""
        entry = self._store.get(key)
        return None if entry is None or entry.is_over(now) else entry

    def get(self, key: str, now: float) -> str | int | None:
        """The value of `key`; the table's initial one without an entry."""
        entry = self._store.get(key)
        return self.definition.initial if entry is None or entry.is_over(now) else entry.value

    def put(self, key: str, value: str | int, now: float, *, lifetime: int | None = None) -> bool:
        """Write `value`; `lifetime` in seconds replaces the table's, 0 for never. False when it was refused."""
        if len(key) > self._limits.max_key or (isinstance(value, str) and len(value) > self._limits.max_value):
            self.refused += 1
            return False
        old = self.entry(key, now)
        if lifetime is None and old is not None and not self.definition.renews:
            expires = old.expires
        else:
            seconds = self.definition.lifetime if lifetime is None else lifetime
            expires = now + seconds if seconds > 0 else 0.0
        if self._store.put(key, Entry(value, expires)):
            self.generation += 1
            return True
        self.refused += 1
        return False

    def add(self, key: str, amount: int, now: float) -> int | None:
        """Add `amount` to a number. Without an entry it begins with the table's initial one.

        Returns:
            The sum; None when there is nothing to add to, which changes nothing.
        """
        value = self.get(key, now)
        if not isinstance(value, int) or not self.put(key, value + amount, now):
            return None
        return value + amount

    def remove(self, key: str) -> bool:
        """Take the entry of `key` out; whether there was one."""
        if self._store.remove(key) is None:
            return False
        self.generation += 1
        return True

    def seconds_left(self, key: str, now: float) -> int:
        """Until the entry of `key` expires, rounded up; 0 when there is none or it never does."""
        entry = self.entry(key, now)
        return 0 if entry is None or not entry.expires else -int((now - entry.expires) // 1)

    def live_for(self, key: str, seconds: int, now: float) -> bool:
        """Let the entry of `key` expire in `seconds`, never for 0 and less. False when there is none."""
        entry = self.entry(key, now)
        if entry is None:
            return False
        entry.expires = now + seconds if seconds > 0 else 0.0
        self.generation += 1
        return True

    def slot(self, number: int, now: float) -> list[tuple[str, Entry]]:
        """Keys and entries of one slot."""
        return [(key, entry) for key, entry in self._store.slot(number) if not entry.is_over(now)]

    def items(self, now: float) -> Iterator[tuple[str, Entry]]:
        """All keys and entries, slot by slot; what is written meanwhile may be missed."""
        for number in range(self._store.slots):
            yield from self.slot(number, now)

    def take_expired(self, number: int, now: float) -> list[tuple[str, str | int]]:
        """Take what has expired out of one slot: keys and values."""
        over = [(key, entry.value) for key, entry in self._store.slot(number) if entry.is_over(now)]
        for key, _ in over:
            self._store.remove(key)
        return over

    def clear(self) -> None:
        """Forget all entries."""
        self.generation += 1
        self._store.clear()


def make_table(definition: Definition, limits: TableLimits, budget: Budget) -> Table:
    """A table whose entries are kept in this process."""
    needed = max(1, limits.max_entries // limits.entries_per_slot)
    slots = 1 << min(limits.max_slot_bits, max(definition.size, (needed - 1).bit_length()))
    return Table(definition, MemoryStore(slots, limits.max_entries, budget), limits)
