"""How a log goes on after a crash: nothing is cut off or silent, and what may be somebody's doing is a failure."""

from __future__ import annotations

import pytest

from sertwist.rpc.audit.head import Head
from sertwist.rpc.audit.store import find_tail
from tests.unit.rpc.audit.kit import MemoryStore, Server, seen, verify


def crashed() -> MemoryStore:
    """Three records of a server that did not end in order."""
    server = Server()
    server.log.start(pid=1)
    server.call("core.kill")
    return server.store


def restarted(store: MemoryStore) -> Server:
    server = Server(store)
    server.log.start(pid=2)
    server.call("cfg.set", "a", 1)
    server.wait(0.1)
    return server


def kinds(store: MemoryStore) -> list[str]:
    return [record.get("kind", "-") for record in store.records]


def test_crash_between_records_is_noted() -> None:
    store = crashed()
    restarted(store)
    report = verify(store)
    assert kinds(store) == ["start", "intent", "outcome", "start", "outcome"]
    assert seen(report) == []
    assert [str(each) for each in report.notes] == [
        "audit.log:4: the server had not ended in order before it started here"
    ]


@pytest.mark.parametrize("torn", [b"{", b'{"bytes_in":0,"bytes_out', b"\0" * 600, b'{"a":1}\n{"b', b"x\n"])
def test_torn_line_is_kept_and_told_in_a_gap(torn: bytes) -> None:
    store = crashed()
    store.files[-1] += torn
    server = restarted(store)
    number = torn.count(b"\n") + (not torn.endswith(b"\n"))
    assert kinds(store) == ["start", "intent", "outcome", *["-"] * number, "gap", "start", "outcome"]
    assert torn in store.files[-1]
    reason = f"the last write was torn: {len(torn)} bytes are no record"
    assert server.told == [f"error: audit log: {reason}"]
    report = verify(store)
    assert seen(report) == []
    assert str(report.notes[0]) == f"audit.log:{4 + number}: gap: {reason}"


@pytest.mark.parametrize("at", range(25))
def test_torn_line_that_was_changed_later_is_found(at: int) -> None:
    store = crashed()
    good = len(store.files[-1])
    store.files[-1] += b'{"bytes_in":0,"bytes_out'
    restarted(store)
    data = bytearray(store.files[-1])
    data[good + at] ^= 4
    store.files[-1] = bytes(data)
    assert seen(verify(store))[0] == "audit.log:4: this is no record"


def head_at(store: MemoryStore, seq: int) -> Head:
    """The head as it was when record `seq` was the last."""
    tail = find_tail(b"".join(store.lines[:seq]))
    assert tail is not None
    return Head(last=tail.last)


def test_every_byte_of_a_last_write_may_be_the_last_one() -> None:
    """However much of it a crash has left: the log goes on, and holds."""
    lines = crashed().lines
    for length in range(len(lines[2])):
        store = crashed()
        store.head = head_at(store, 2)
        store.files = [b"".join(lines[:2]) + lines[2][:length]]
        restarted(store)
        found = seen(verify(store))
        if length < len(lines[2]) - 1:
            assert found == [], length
        else:  # all but the line feed: a whole record that the head knows nothing of
            assert "newer than the head" in found[0]


def test_cut_tail_is_a_failure_even_after_a_restart_until_somebody_accepts_it() -> None:
    store = crashed()
    store.files = [b"".join(store.lines[:1])]
    server = restarted(store)
    reason = "records 2 to 3 are missing: cut off, or lost with the machine"
    assert server.told == [f"error: audit log: {reason}"]
    assert [(each["seq"], each["kind"]) for each in store.records] == [
        (1, "start"),
        (4, "gap"),
        (5, "start"),
        (6, "outcome"),
    ]
    assert seen(verify(store)) == [f"audit.log:2: gap 4: {reason}"]
    assert seen(verify(store, accept=[4])) == []


def test_removed_log_is_a_failure_after_a_restart() -> None:
    store = crashed()
    store.files = [b""]
    restarted(store)
    assert seen(verify(store)) == [
        "audit.log:1: gap 4: records 1 to 3 are missing: cut off, or lost with the machine",
    ]


def test_removed_head_is_a_failure_after_a_restart() -> None:
    store = crashed()
    store.head = None
    restarted(store)
    assert seen(verify(store)) == [
        "audit.log:4: gap 4: there is no readable head file: what was cut off before this can not be told"
    ]


def test_records_that_were_added_are_a_failure_after_a_restart() -> None:
    store = crashed()
    store.head = head_at(store, 2)
    restarted(store)
    assert seen(verify(store)) == [
        "audit.log:4: gap 4: record 3 is newer than the head: the server was killed as it wrote, or somebody else did"
    ]


def test_last_record_that_was_changed_is_a_failure_after_a_restart() -> None:
    store = crashed()
    lines = store.lines
    store.files = [b"".join(lines[:2]) + lines[2].replace(b'"code":0', b'"code":1')]
    restarted(store)
    assert seen(verify(store)) == ["audit.log:4: gap 4: record 3 is not the one that the head vouches for"]


def test_log_that_can_not_be_opened_is_tried_again() -> None:
    store = crashed()
    store.broken = OSError(13, "Permission denied")
    server = Server(store)
    server.log.start(pid=2)
    assert server.told[0].startswith("error: audit log: cannot write: Permission denied")
    store.broken = None
    server.wait(1.0)
    server.call("core.kill")
    assert kinds(store) == ["start", "intent", "outcome", "gap", "intent", "outcome"]
    assert store.records[3]["lost"] == 1
