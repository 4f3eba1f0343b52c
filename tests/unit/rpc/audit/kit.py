"""A log in memory: its store fills up, breaks and tears as told."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any

from sertwist.rpc.audit.level import AuditSettings, Level
from sertwist.rpc.audit.log import AuditLog
from sertwist.rpc.audit.record import Link, parse_line
from sertwist.rpc.audit.spool import Around
from sertwist.rpc.audit.store import Found, Tail, find_tail
from sertwist.rpc.audit.verify import Report, Verifier
from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.caller import Caller
from sertwist.rpc.declare import Effect, Method, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sertwist.rpc.audit.head import Head
    from sertwist.rpc.audit.record import Record

ALICE = Caller(source=("192.0.2.7", 4711), protocol="TLS", user="alice@example.org", words="alice")
NOBODY = Caller(source=("192.0.2.8", 4712), protocol="TCP", words="no TLS")
_LINE = re.compile(rb"[^\n]*\n?")
AT = 1_795_000_000.0


def _method(name: str, effect: Effect, *params: Param) -> Method:
    return Method(name=name, run=lambda *_: None, effect=effect, params=params)


METHODS = {
    each.name: each
    for each in (
        _method("core.version", Effect.READ),
        _method("core.echo", Effect.READ, Param(name="values", type=Type.ANY, rest=True)),
        _method("cfg.set", Effect.WRITE, Param(name="name", type=Type.STRING), Param(name="value", type=Type.ANY)),
        _method(
            "user.add",
            Effect.WRITE,
            Param(name="name", type=Type.STRING),
            Param(name="password", type=Type.STRING, secret=True),
        ),
        _method("core.kill", Effect.DESTRUCTIVE),
        _method(MULTICALL, Effect.READ),
    )
}


class MemoryStore:
    """Files as bytes.

    Attributes:
        files: the older ones, then the one that is written.
        head: as written.
        room: bytes that the disk still takes; None: all.
        broken: what every use raises.
        synced: how often `sync` was called.
        moved: the file has been taken away by another program.
    """

    def __init__(self) -> None:
        self.files: list[bytes] = [b""]
        self.head: Head | None = None
        self.room: int | None = None
        self.broken: OSError | None = None
        self.synced = 0
        self.moved = False

    @property
    def size(self) -> int:
        return len(self.files[-1])

    def _use(self) -> None:
        if self.broken is not None:
            raise self.broken

    def open(self) -> Found:
        self._use()
        data = b"".join(self.files)
        first = parse_line(self.files[-1].partition(b"\n")[0])
        return Found(
            tail=find_tail(data) or Tail(torn=data, ended=not data or data.endswith(b"\n")),
            head=self.head,
            fresh=self.head is None and not data,
            first_seq=first["seq"] if first else 0,
            first_time=first["time"] if first else "",
        )

    def append(self, data: bytes) -> int:
        self._use()
        if self.room is not None:
            data = data[: self.room]
            if not data:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.room -= len(data)
        self.files[-1] += data
        return len(data)

    def sync(self) -> None:
        self._use()
        self.synced += 1

    def write_head(self, head: Head) -> None:
        self._use()
        self.head = head

    def rotate(self, first_seq: int) -> None:
        self._use()
        self.files.append(b"")

    def prune(self, keep: int) -> Link | None:
        gone = max(0, len(self.files) - 1 - keep)
        if not gone:
            return None
        self.files = self.files[gone:]
        first = parse_line(b"".join(self.files).partition(b"\n")[0])
        return None if first is None else Link(first["seq"] - 1, first["prev"])

    def reopen(self) -> bool:
        moved, self.moved = self.moved, False
        if moved:
            self.files[-1] = b""
        return moved

    def close(self) -> None:
        pass

    def last_records(self, count: int) -> list[Record]:
        self._use()
        return self.records[-count:]

    def verify(self, accept: Collection[int], expect: Mapping[int, str]) -> Report:
        self._use()
        return verify(self, accept=accept, expect=expect)

    @property
    def lines(self) -> list[bytes]:
        return [line for line in _LINE.findall(b"".join(self.files)) if line]

    @property
    def records(self) -> list[Record]:
        return [parse_line(line.removesuffix(b"\n")) or {} for line in self.lines]


class Server:
    """A log with a clock that stands, and timers that run when told.

    Attributes:
        told: what went to the server's own log.
        counters: by name.
    """

    def __init__(self, store: MemoryStore | None = None, **settings: Any) -> None:
        self.store = store or MemoryStore()
        self.now = AT
        self.told: list[str] = []
        self.counters: dict[str, int] = {}
        self.timers: list[Callable[[], None]] = []
        around = Around(
            wall_clock=lambda: self.now,
            clock=lambda: self.now,
            later=lambda _seconds, call: self.timers.append(call),
            tell=lambda level, text: self.told.append(f"{level}: {text}"),
            count=self._count,
        )
        given = AuditSettings(**{"level": Level.ALL, **settings})
        self.log = AuditLog(given, self.store, around, METHODS.get)

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1

    def wait(self, seconds: float) -> None:
        self.now += seconds
        timers, self.timers = self.timers, []
        for call in timers:
            call()

    def call(self, method: str, *params: Any, caller: Caller = ALICE, code: int = 0) -> None:
        call, call_id = Call(method, params), f"c{len(self.store.lines)}"
        try:
            token = self.log.begin(call, caller, call_id=call_id, rule="ser.cfg:18")
        except Fault as fault:
            self.log.refused(call, caller, fault.code, fault.text, call_id=call_id)
            raise
        self.log.outcome(token, code)


def verify(store: MemoryStore, **given: Any) -> Report:
    """The report on all that is in `store`."""
    verifier = Verifier(store.head, **given)
    number = 0
    for number, line in enumerate(store.lines, 1):
        verifier.feed("audit.log", number, line)
    return verifier.finish(store.head, "audit.log", head_is_missing=store.head is None)


def seen(report: Report) -> list[str]:
    """Its failures."""
    return [str(each) for each in report.failures]
