"""Whatever is done to a chain is found, and where; what the server tells of itself is not a failure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertwist.rpc.audit.head import Head
from sertwist.rpc.audit.record import encode, hash_of, parse_line
from sertwist.rpc.call import Call
from tests.unit.rpc.audit.kit import ALICE, NOBODY, MemoryStore, Server, seen, verify

if TYPE_CHECKING:
    from collections.abc import Sequence


LAST = 14  # records of the longer log


@cache
def made() -> tuple[bytes, bytes]:
    """A log and its head: a server ran twice, and ended in order."""
    store = MemoryStore()
    for pid in (1, 2):
        server = Server(store)
        server.log.start(version="1.0", pid=pid)
        server.call("core.version")
        server.log.refused(None, NOBODY, 400, "Bad", call_id="r")
        server.call("core.kill")
        server.log.refused(Call("cfg.set", ("a", 1)), ALICE, 403, "Denied", call_id="d")
        server.log.stop("SIGTERM")
    assert store.head is not None
    return b"".join(store.files), store.head.text()


@cache
def short(*, crashed: bool) -> tuple[bytes, bytes]:
    """A short one; `crashed`: the server's last write was torn, and another has gone on."""
    server = Server()
    server.log.start(pid=1)
    server.call("cfg.set", "a", 1)
    server.wait(0.1)
    if crashed:
        server.store.files[-1] += b'{"bytes_in":0,"by'
        server = Server(server.store)
        server.log.start(pid=2)
    else:
        server.log.stop("SIGTERM")
    assert server.store.head is not None
    return b"".join(server.store.files), server.store.head.text()


def failures(data: bytes, head: bytes) -> Sequence[str]:
    store = MemoryStore()
    store.files = [data]
    store.head = Head.read(head)
    return seen(verify(store))


def lines() -> list[bytes]:
    return made()[0].splitlines(keepends=True)


@pytest.mark.parametrize("log", [made(), short(crashed=True), short(crashed=False)])
def test_untouched_chain_holds(log: tuple[bytes, bytes]) -> None:
    assert failures(*log) == []


@pytest.mark.parametrize("crashed", [True, False])
@pytest.mark.parametrize("part", [0, 1])
def test_every_truncation_and_every_changed_byte_is_found(part: int, *, crashed: bool) -> None:
    """The log, and its head; a lost byte in the middle too."""
    whole = list(short(crashed=crashed))
    original = whole[part]
    for at in range(len(original)):
        flipped = bytes([original[at] ^ (1 << at % 8)])
        for changed in (
            original[:at],
            original[:at] + flipped + original[at + 1 :],
            original[:at] + original[at + 1 :],
        ):
            whole[part] = changed
            assert failures(*whole), (at, changed[max(0, at - 20) : at + 20])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_change_is_found(data: st.DataObject) -> None:
    """Any piece replaced by any other; whole lines moved, doubled, removed."""
    log, head = data.draw(st.sampled_from([made(), short(crashed=True)]))
    if data.draw(st.booleans()):
        begin = data.draw(st.integers(0, len(log)))
        end = data.draw(st.integers(begin, len(log)))
        piece = data.draw(st.one_of(st.binary(max_size=40), st.just(log[:end]), st.just(log[begin:] * 2)))
        changed = log[:begin] + piece + log[end:]
    else:
        kept = log.splitlines(keepends=True)
        chosen = data.draw(st.lists(st.sampled_from(range(len(kept))), max_size=len(kept) + 2))
        changed = b"".join(kept[each] for each in chosen)
    if changed != log:
        assert failures(changed, head)


def test_every_swap_of_two_lines_and_every_removed_line_is_found() -> None:
    whole, head = lines(), made()[1]
    for first in range(len(whole)):
        assert failures(b"".join(whole[:first] + whole[first + 1 :]), head), first
        for second in range(first):
            swapped = list(whole)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            assert failures(b"".join(swapped), head), (first, second)


@pytest.mark.parametrize("at", range(LAST))
def test_changed_record_is_named_by_its_line(at: int) -> None:
    whole = lines()
    assert len(whole) == LAST
    record = parse_line(whole[at][:-1])
    assert record is not None
    whole[at] = encode({**record, "text": "core.changed()"}).encode() + b"\n"
    assert failures(b"".join(whole), made()[1]) == [f"audit.log:{at + 1}: record {at + 1} was changed"]


@pytest.mark.parametrize("at", range(LAST))
def test_line_that_is_no_record_is_named(at: int) -> None:
    whole = lines()
    whole[at] = whole[at].replace(b'"kind"', b'"kinds"')
    found = failures(b"".join(whole), made()[1])
    assert found[0] == f"audit.log:{at + 1}: this is no record" + (", or has no end" if at == LAST - 1 else "")
    assert len(found) == (2 if at == LAST - 1 else 1)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (lambda w: w[:4] + w[5:], ["audit.log:5: record 5 is missing before this line"]),
        (lambda w: w[:4] + w[8:], ["audit.log:5: records 5 to 8 are missing before this line"]),
        (lambda w: w[1:], ["audit.log:1: the log begins with record 1, not with 2"]),
        (lambda w: w[:7], ["audit.log:7: records 8 to 14 are missing behind this line"]),
        (lambda _: [], ["audit.log: records 1 to 14 are missing behind this line"]),
        (lambda w: [*w[:5], w[4], *w[5:]], ["audit.log:6: record 5 stands where record 6 belongs"]),
        (lambda w: [*w, w[13]], ["audit.log:15: record 14 stands where record 15 belongs"]),
    ],
)
def test_what_was_done_is_said_in_words(log: object, words: list[str]) -> None:
    assert callable(log)
    found = failures(b"".join(log(lines())), made()[1])
    assert found[: len(words)] == words


def test_chain_that_was_made_anew_is_found_by_the_head_and_by_a_hash_kept_elsewhere() -> None:
    """Who can write the log can make all of it anew, and the head too; not what was taken elsewhere before."""
    store = MemoryStore()
    server = Server(store)
    server.log.start(pid=1)
    server.call("cfg.set", "a", 1)
    server.wait(0.1)
    kept = server.log.end
    genuine = store.head
    forged = Server(MemoryStore())
    forged.log.start(pid=1)
    forged.call("cfg.set", "a", 2)
    forged.wait(0.1)
    assert seen(verify(forged.store)) == []
    assert seen(verify(forged.store, expect={kept.seq: kept.digest})) == [
        "audit.log:2: record 2 has not the hash that was given"
    ]
    forged.store.head = genuine
    assert seen(verify(forged.store)) == ["audit.log:2: record 2 was changed"]
    assert seen(verify(store, expect={3: kept.digest})) == ["audit.log: record 3, whose hash was given, is not here"]


def test_record_after_the_end_is_found_though_it_is_chained() -> None:
    log, _ = made()
    last = lines()[-1][:-1]
    record = parse_line(lines()[1][:-1])
    assert record is not None
    forged = encode({**record, "seq": 15, "prev": hash_of(last)}).encode() + b"\n"
    assert failures(log + forged, made()[1]) == [
        "audit.log:15: a record after the server's end",
        "audit.log:15: record 15 is newer than the head vouches for",
    ]


def test_intent_without_an_outcome_is_noted() -> None:
    server = Server()
    server.log.start()
    server.log.begin(Call("core.kill"), ALICE, call_id="k7")
    report = verify(server.store)
    assert seen(report) == []
    assert [str(each) for each in report.notes] == ["audit.log:2: call k7 was begun, and has no outcome"]
