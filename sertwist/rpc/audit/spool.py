"""`Spool`: makes lines into a chain and brings them to a store, a batch at a time; says so when it can't.

What waits while a file can't be written is bounded. Records past that bound are lost, and the first one after them is
a `gap` that says how many: nothing is missing in silence.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sertwist.limits import AUDIT_FLUSH_SECONDS, AUDIT_RETRY_SECONDS, MAX_AUDIT_WAITING
from sertwist.rpc.audit.head import Head
from sertwist.rpc.audit.record import NO_RECORD, Kind, Link, encode, time_text
from sertwist.rpc.audit.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.rpc.audit.level import AuditSettings
    from sertwist.rpc.audit.record import Record
    from sertwist.rpc.audit.store import Store

__all__ = ["Around", "Spool"]

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the audit log needs of the server.

    Attributes:
        wall_clock: seconds since the epoch.
        clock: monotonic seconds.
        later: calls a function once, after so many seconds.
        tell: takes a level (`info`, `error`) and a line for the server's own log.
        count: adds one to the counter of this name.
    """

    wall_clock: Callable[[], float]
    clock: Callable[[], float]
    later: Callable[[float, Callable[[], None]], object]
    tell: Callable[[str, str], None]
    count: Callable[[str], None]


class Spool:
    """The end of the chain, and the lines that are not in the store yet.

    Attributes:
        failure: why nothing can be written now; empty when it can.
        lost: records that found no room since the last gap.
        written: records in the store since the start.
    """

    def __init__(self, settings: AuditSettings, store: Store, around: Around) -> None:
        self.failure = ""
        self.lost = 0
        self.written = 0
        self._settings = settings
        self._store = store
        self._around = around
        self._waiting: deque[tuple[bytes, Link | None]] = deque()  # None: no record, but the end of a torn line
        self._waiting_bytes = 0
        self._head: Head | None = None  # None until the store has been opened
        self._noted: Head | None = None  # as it is in the store
        self._in_line = False  # the store's last line has no end yet
        self._end = NO_RECORD
        self._file_began = (0, 0)  # first sequence number of the file that is written to, and its day
        self._scheduled = False
        self._retry_at = 0.0

    @property
    def end(self) -> Link:
        """The newest record's place; the next one holds it."""
        return self._end

    def is_ready(self) -> bool:
        """Whether a line may be added now; it counts as lost when not."""
        if self._head is None and not self._open():
            self.lost += 1
            return False
        if self._waiting_bytes > MAX_AUDIT_WAITING:
            self.lost += 1
            return False
        if self.lost:
            lost, self.lost = self.lost, 0
            self.add_record({"kind": Kind.GAP, "lost": lost, "reason": f"{lost} records could not be written"})
        return True

    def add(self, line: str) -> None:
        """Take a line whose `seq` and `prev` follow `end`."""
        data = line.encode("ascii")
        self._end = Link(self._end.seq + 1, hashlib.sha256(data).hexdigest())
        self._waiting.append((data + b"\n", self._end))
        self._waiting_bytes += len(data) + 1
        if not self._scheduled:
            self._schedule(AUDIT_FLUSH_SECONDS)

    def add_record(self, record: Record) -> None:
        """Add `record`, which lacks its place and time."""
        now = time_text(self._around.wall_clock())
        self.add(encode({**record, "prev": self._end.digest, "seq": self._end.seq + 1, "time": now}))

    def flush(self, *, sync: bool = False) -> bool:
        """Bring what waits to the store, with `sync` onto the disk; whether that was done."""
        if self._head is None and not self._open():
            return False
        try:
            if not self._in_line:
                self._follow_name()
                self._rotate_if_due()
            try:
                self._append()
            finally:
                self._note_head()
            if sync:
                self._store.sync()
        except OSError as error:
            self._fail(error)
            return False
        if self.failure:
            self.failure = ""
            self._around.tell("info", "audit log: records can be written again")
        return True

    def is_usable(self) -> bool:
        """Whether records can be written, as far as is known; it is tried when the last attempt is long enough ago."""
        if not self.failure and self._head is not None:
            return True
        return self._around.clock() >= self._retry_at and self.flush()

    def close(self) -> None:
        """Write what waits, and let go of the store."""
        if self.flush(sync=True):
            self._tell_end()
        self._store.close()

    def _tell_end(self) -> None:
        """Where the server's own log goes elsewhere, this shows later that nothing before was changed."""
        last = self._end_of_store()
        self._around.tell("info", f"audit log: record {last.seq} is {last.digest}")

    # -- opening ------------------------------------------------------------------------------------------------------

    def _open(self) -> bool:
        """Find the end of the chain, and tell in a gap what does not fit there."""
        if self.failure and self._around.clock() < self._retry_at:
            return False
        try:
            found = self._store.open()
        except OSError as error:
            self._fail(error)
            return False
        resumed = recover(found)
        self._end = resumed.end
        self._head = resumed.head
        self._file_began = (found.first_seq or resumed.end.seq + 1, _day_of(found.first_time) or self._today())
        if not found.tail.ended:
            self._waiting.append((b"\n", None))  # a torn line keeps its bytes: nothing is ever cut off
            self._waiting_bytes += 1
            self._in_line = True
        if resumed.gap is not None:
            self._around.tell("error", f"audit log: {resumed.gap['reason']}")
            self.add_record(resumed.gap)
        return True

    # -- writing ------------------------------------------------------------------------------------------------------

    def _schedule(self, seconds: float) -> None:
        self._scheduled = True
        self._around.later(seconds, self._timed)

    def _timed(self) -> None:
        self._scheduled = False
        if self._waiting or self.failure:
            self.flush()

    def _append(self) -> None:
        """Write all that waits; what a store does not take waits on."""
        if not self._waiting:
            return
        data = b"".join(line for line, _ in self._waiting)
        sent = 0
        while sent < len(data):
            taken = self._store.append(data[sent:] if sent else data)
            if taken <= 0:
                raise OSError("nothing was taken")
            sent += taken
            self._drop(taken)

    def _drop(self, taken: int) -> None:
        """Forget the first `taken` bytes that wait; the head vouches for the lines that are whole in the store."""
        self._waiting_bytes -= taken
        while taken:
            line, link = self._waiting.popleft()
            self._in_line = taken < len(line)
            if self._in_line:
                self._waiting.appendleft((line[taken:], link))
                return
            taken -= len(line)
            if link is not None and self._head is not None:
                self._head = Head(self._head.before, link)
                self.written += 1

    def _note_head(self) -> None:
        if self._head is not None and self._head != self._noted:
            self._store.write_head(self._head)
            self._noted = self._head

    def _fail(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        self._retry_at = self._around.clock() + AUDIT_RETRY_SECONDS
        self._around.count("audit.failures")
        if not self.failure:
            then = "calls that change something are refused" if self._settings.refuse else "calls run unrecorded"
            self._around.tell("error", f"audit log: cannot write: {reason}; until it can, {then}")
        self.failure = reason
        if not self._scheduled:
            self._schedule(AUDIT_RETRY_SECONDS)

    # -- rotation -----------------------------------------------------------------------------------------------------

    def _today(self) -> int:
        return int(self._around.wall_clock() // _DAY)

    def _follow_name(self) -> None:
        """Another program has moved the file: go on in one under its own name."""
        if self._store.reopen():
            self._file_began = (self._end_of_store().seq + 1, self._today())
            self._around.tell("info", "audit log: the file is not under its name any more; another was begun")

    def _rotate_if_due(self) -> None:
        """Begin another file when this one is full or old."""
        if not self._store.size or not self._is_due():
            return
        self._tell_end()
        self._store.rotate(self._file_began[0])
        self._file_began = (self._end_of_store().seq + 1, self._today())
        before = self._store.prune(self._settings.keep)
        if before is not None:
            self._head = Head(before, self._end_of_store())

    def _end_of_store(self) -> Link:
        return NO_RECORD if self._head is None else self._head.last

    def _is_due(self) -> bool:
        settings = self._settings
        if settings.rotate_bytes and self._store.size >= settings.rotate_bytes:
            return True
        return bool(settings.rotate_days) and self._today() - self._file_began[1] >= settings.rotate_days


def _day_of(text: str) -> int:
    """The day, since the epoch, of a record's time; 0 when it is none."""
    try:
        return int(datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC).timestamp() // _DAY)
    except ValueError:
        return 0
