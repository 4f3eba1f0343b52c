"""`Store`: where records go; a file and its head in a server, memory in tests. And what is found there at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sertwist.rpc.audit.record import NO_RECORD, Kind, Link, hash_of, parse_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sertwist.rpc.audit.head import Head
    from sertwist.rpc.audit.record import Record
    from sertwist.rpc.audit.verify import Report

__all__ = ["Found", "Store", "Tail", "find_tail"]

LINE_FEED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The end of a log.

    Attributes:
        last: the last whole record; `NO_RECORD` when there is none.
        kind: its kind.
        torn: the bytes behind it, which are no record.
        ended: the last byte is a line feed, or there is none.
    """

    last: Link = NO_RECORD
    kind: Kind | None = None
    torn: bytes = b""
    ended: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a store holds when it is opened.

    Attributes:
        tail: the end of the log.
        head: None when there is none, or none that can be read.
        fresh: there is neither a record nor a head.
        first_seq: of the first record in the file that is written to; 0 when it is empty.
        first_time: when that was written, as in the record; empty when that is not known.
    """

    tail: Tail
    head: Head | None
    fresh: bool
    first_seq: int = 0
    first_time: str = ""


class Store(Protocol):
    """Takes lines. Every method may raise `OSError`: its text says what an operator can do."""

    @property
    def size(self) -> int:
        """Bytes of the file that is written to."""

    def open(self) -> Found:
        """Open it, once; what is there. After an `OSError` it may be tried again."""

    def append(self, data: bytes) -> int:
        """Write `data` behind all else; how many bytes were taken, which may be less."""

    def sync(self) -> None:
        """Done when all that was written is on the disk."""

    def write_head(self, head: Head) -> None:
        """Replace the head."""

    def rotate(self, first_seq: int) -> None:
        """Put the file away under a name of `first_seq`, its first record's number, and begin another."""

    def prune(self, keep: int) -> Link | None:
        """Remove the oldest files but `keep`; the place before the oldest record left, None: nothing was removed."""

    def reopen(self) -> bool:
        """Begin another file when the old one is not under its name any more; whether that was so."""

    def close(self) -> None:
        """Let go of it."""

    def last_records(self, count: int) -> list[Record]:
        """The last `count` records, the oldest first. Also called in another thread, as is `verify`."""

    def verify(self, accept: Collection[int], expect: Mapping[int, str]) -> Report:
        """The report on all records; see `Verifier` for the arguments."""


def find_tail(data: bytes) -> Tail | None:
    """The tail in the last bytes of a log; None when no whole record is in them."""
    ended = data.endswith(b"\n") or not data
    end = len(data)
    while end:
        stop = end - 1 if data[end - 1] == LINE_FEED else end
        begin = data.rfind(b"\n", 0, stop) + 1
        line = data[begin:stop]
        record = parse_line(line)
        if record is not None:
            last = Link(record["seq"], hash_of(line))
            return Tail(last=last, kind=Kind(record["kind"]), torn=data[end:], ended=ended)
        end = begin
    return None
