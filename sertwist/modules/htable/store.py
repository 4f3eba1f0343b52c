"""`Store`: where a table's entries are kept, and `MemoryStore`, which keeps them in this process.

The interface is small so that entries can be kept elsewhere. Reading never waits: a store that shares its entries with
other servers keeps a copy here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Budget", "Entry", "MemoryStore", "Store"]

_COST: Final = 200  # bytes of an entry beside its texts: objects, and its place in a slot


class Entry:
    """A value, and when it ends.

    Attributes:
        value: text or number.
        expires: monotonic seconds; 0 for never.
    """

    __slots__ = ("expires", "value")

    def __init__(self, value: str | int, expires: float) -> None:
        self.value = value
        self.expires = expires

    def is_over(self, now: float) -> bool:
        """Whether it has expired."""
        return 0 < self.expires <= now


class Store(Protocol):
    """Entries by key, in numbered slots that can be looked through one after the other."""

    @property
    def slots(self) -> int:
        """How many slots there are."""

    def __len__(self) -> int:
        """How many entries there are, expired ones that were not taken out counted."""

    def get(self, key: str) -> Entry | None:
        """The entry of `key`, expired or not."""

    def put(self, key: str, entry: Entry) -> bool:
        """Keep `entry`; False when there is no room."""

    def remove(self, key: str) -> Entry | None:
        """Take the entry of `key` out, and give it back."""

    def slot(self, number: int) -> list[tuple[str, Entry]]:
        """Keys and entries of one slot, a copy."""

    def counts(self) -> Iterator[int]:
        """Entries of each slot."""

    def clear(self) -> None:
        """Forget all."""


@dataclass(slots=True)
class Budget:
    """Memory that several stores share.

    Attributes:
        max_bytes: of all their entries.
        used: bytes now, roughly.
    """

    max_bytes: int
    used: int = 0


class MemoryStore:
    """The embedded store: so many entries of its own, and bytes from a budget."""

    def __init__(self, slots: int, max_entries: int, budget: Budget) -> None:
        """`slots` is a power of two."""
        self._mask = slots - 1
        self._slots: list[dict[str, Entry]] = [{} for _ in range(slots)]
        self._max_entries = max_entries
        self._budget = budget
        self._count = 0

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return len(self._slots)

    def __len__(self) -> int:
        return self._count

    def get(self, key: str) -> Entry | None:
        """The entry of `key`."""
        return self._slots[hash(key) & self._mask].get(key)

    def put(self, key: str, entry: Entry) -> bool:
        """Keep `entry`; False when there is no room for it."""
        slot = self._slots[hash(key) & self._mask]
        old = slot.get(key)
        more = _cost(key, entry) - (0 if old is None else _cost(key, old))
        if (old is None and self._count >= self._max_entries) or self._budget.used + more > self._budget.max_bytes:
            return False
        self._budget.used += more
        self._count += old is None
        slot[key] = entry
        return True

    def remove(self, key: str) -> Entry | None:
        """Take the entry of `key` out."""
        entry = self._slots[hash(key) & self._mask].pop(key, None)
        if entry is not None:
            self._count -= 1
            self._budget.used -= _cost(key, entry)
        return entry

    def slot(self, number: int) -> list[tuple[str, Entry]]:
        """Keys and entries of one slot."""
        return list(self._slots[number].items())

    def counts(self) -> Iterator[int]:
        """Entries of each slot."""
        return map(len, self._slots)

    def clear(self) -> None:
        """Forget all."""
        for slot in self._slots:
            for key, entry in slot.items():
                self._budget.used -= _cost(key, entry)
            slot.clear()
        self._count = 0


def _cost(key: str, entry: Entry) -> int:
    return _COST + len(key) + (len(entry.value) if isinstance(entry.value, str) else 0)
