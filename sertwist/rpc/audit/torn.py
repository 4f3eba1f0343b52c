"""`TornLines`: lines that are no records, until the record behind them says whether the server knew of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.rpc.audit.record import Record

__all__ = ["TornLines"]


class TornLines:
    """Consecutive lines that are no records.

    Attributes:
        file: of the first.
        line: its number.
        count: how many lines.
    """

    __slots__ = ("_hash", "_size", "_without_end", "count", "file", "line")

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line
        self.count = 0
        self._hash = hashlib.sha256()
        self._size = 0
        self._without_end: dict[str, object] = {}

    def add(self, data: bytes) -> None:
        """One more line, with its line feed if it has one."""
        text = data.removesuffix(b"\n")
        self._hash.update(text)
        self._size += len(text)
        self._without_end = {"bytes": self._size, "sha256": self._hash.hexdigest()}
        if len(text) < len(data):
            self._hash.update(b"\n")
            self._size += 1
        self.count += 1

    def are_told_by(self, record: Record) -> bool:
        """Whether `record` is the gap that was written about them; the last one got its line feed only then."""
        whole = {"bytes": self._size, "sha256": self._hash.hexdigest()}
        return record.get("torn") in (whole, self._without_end)
