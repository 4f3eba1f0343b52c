"""What is recorded of calls: which, when it is on the disk, and what becomes of calls when it can't be."""

from __future__ import annotations

import errno
import json
from typing import Any

import pytest

from sertwist.limits import MAX_AUDIT_STRANGERS, MAX_AUDIT_WAITING
from sertwist.rpc.audit.level import Level
from sertwist.rpc.audit.record import encode
from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.fault import Fault
from tests.unit.rpc.audit.kit import ALICE, NOBODY, MemoryStore, Server, seen, verify


def kinds(server: Server) -> list[str]:
    return [record["kind"] for record in server.store.records]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (Level.NONE, []),
        (Level.DENIED, ["refused"]),
        (Level.WRITE, ["refused", "outcome", "intent", "outcome"]),
        (Level.ALL, ["outcome", "refused", "outcome", "intent", "outcome"]),
    ],
)
def test_level_says_which_calls_have_records(level: Level, expected: list[str]) -> None:
    server = Server(level=level)
    server.call("core.version")
    server.log.refused(Call("core.kill"), NOBODY, 403, "Denied", call_id="r1")
    server.call("cfg.set", "a", 1)
    server.call("core.kill")
    server.wait(0.1)
    assert kinds(server) == expected


def test_intent_of_a_destructive_call_is_on_the_disk_before_it_runs() -> None:
    server = Server()
    server.call("core.version")
    token = server.log.begin(Call("core.kill"), ALICE, call_id="k1", connection=7, rule="ser.cfg:18", size=90)
    assert (kinds(server), server.store.synced) == (["outcome", "intent"], 1)
    assert server.store.head is not None
    assert server.store.head.last == server.log.end
    server.now += 0.25
    server.log.outcome(token, 0, size=120)
    intent, outcome = server.store.records[1:]
    assert (intent["call"], intent["connection"], intent["bytes_in"], intent["rule"]) == ("k1", 7, 90, "ser.cfg:18")
    assert (outcome["call"], outcome["bytes_out"], outcome["duration_us"], outcome["code"]) == ("k1", 120, 250_000, 0)
    assert (intent["effect"], intent["methods"], intent["decision"]) == ("destructive", ["core.kill"], "allowed")
    assert seen(verify(server.store)) == []


def test_multicall_with_a_destructive_member_has_an_intent_that_names_all_members() -> None:
    server = Server(level=Level.WRITE)
    members = (Call("core.version"), Call("core.kill"), Call("core.version"))
    server.log.begin(Call(MULTICALL, ((),), members), ALICE, call_id="m1")
    [intent] = server.store.records
    assert (intent["kind"], intent["methods"]) == ("intent", ["core.version", "core.kill"])
    assert intent["text"] == "core.version(); core.kill(); core.version()"


def test_other_records_are_in_the_file_after_a_moment() -> None:
    server = Server()
    server.call("core.version")
    assert kinds(server) == []
    server.wait(0.02)
    assert kinds(server) == ["outcome"]
    assert server.store.synced == 0


def test_refused_call_is_recorded_with_what_the_caller_heard() -> None:
    server = Server()
    server.log.refused(None, NOBODY, 400, "Bad\ndocument", call_id="r1", rule="route[RPC] ser.cfg:9", size=12)
    server.wait(0.1)
    [record] = server.store.records
    assert record["decision"] == "refused"
    assert (record["code"], record["reason"], record["methods"]) == (400, "Bad\\ndocument", [])
    assert record["caller"] == {"key": "", "words": "no TLS"}
    assert (record["peer"], record["protocol"], record["rule"]) == ("192.0.2.8:4712", "TCP", "route[RPC] ser.cfg:9")


def test_lines_are_canonical_whatever_is_in_them() -> None:
    server = Server()
    nasty = 'a"\\\x00\n\u202e\ud800' * 100
    server.log.refused(Call(nasty, (nasty,)), NOBODY, 400, nasty, call_id=nasty, rule=nasty)
    server.log.outcome(server.log.begin(Call("core.echo", (nasty, b"\0", None)), ALICE, call_id="e"), 500, nasty)
    server.log.start(version="1", pid=4)
    server.log.stop(nasty)
    for line, record in zip(server.store.lines, server.store.records, strict=True):
        assert line == encode(json.loads(line)).encode() + b"\n"
        assert line.isascii()
        for value in (record.get("text", ""), record.get("reason", ""), record.get("rule", "")):
            assert len(value) <= 256
            assert value.isprintable()
    assert seen(verify(server.store)) == []


# -- secrets ---------------------------------------------------------------------------------------------------------


def recorded(method: str, *params: Any) -> dict[str, Any]:
    server = Server()
    server.call(method, *params)
    server.wait(0.1)
    [record] = server.store.records
    return record


def test_secret_parameters_are_neither_in_the_text_nor_in_the_digest() -> None:
    first, second = recorded("user.add", "bob", "hunter2"), recorded("user.add", "bob", "other")
    assert first["text"] == 'user.add("bob", ***)'
    assert first["digest"] == second["digest"]
    assert first["digest"] != recorded("user.add", "eve", "hunter2")["digest"]


@pytest.mark.parametrize("params", [("bob", "p", "hunter2"), ("bob", "p", ("hunter2",))])
def test_parameters_that_nobody_declared_are_hidden(params: tuple[Any, ...]) -> None:
    assert recorded("user.add", *params)["text"] == 'user.add("bob", ***, ***)'
    assert recorded("user.ad", *params)["text"] == "user.ad(***, ***, ***)"


def test_named_parameters_that_do_not_fit_are_hidden() -> None:
    server = Server()
    server.log.refused(Call("user.add", named={"passwort": "hunter2"}), ALICE, 400, "No", call_id="n")
    server.log.refused(Call("user.add", named={"passwort": "other"}), ALICE, 400, "No", call_id="n")
    server.log.refused(Call("user.add", named={"kennwort": "hunter2"}), ALICE, 400, "No", call_id="n")
    server.wait(0.1)
    first, second, third = server.store.records
    assert first["text"] == "user.add(passwort=***)"
    assert first["digest"] == second["digest"] != third["digest"]


# -- a log that can't be written --------------------------------------------------------------------------------------


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("method", "refused"), [("core.version", False), ("cfg.set", True), ("core.kill", True)])
def test_calls_that_change_something_are_refused_while_nothing_can_be_written(method: str, refused: bool) -> None:
    server = Server()
    server.log.start()
    server.store.broken = FULL
    server.call("core.version")
    server.wait(0.1)
    if refused:
        with pytest.raises(Fault, match="503 Audit log can not be written"):
            server.call(method)
    else:
        server.call(method)
    assert server.told == [
        "error: audit log: cannot write: No space left on device; until it can, calls that change something are refused"
    ]
    assert server.counters.get("audit.refused", 0) == refused
    server.store.broken = None
    server.wait(1.0)
    assert server.told[1:] == ["info: audit log: records can be written again"]
    assert kinds(server) == ["start", "outcome", "refused" if refused else "outcome"]
    server.call("cfg.set", "a", 1)
    assert seen(verify(server.store)) == []


def test_destructive_call_is_refused_when_just_its_intent_does_not_reach_the_disk() -> None:
    server = Server()
    server.log.start()
    server.store.broken = FULL
    with pytest.raises(Fault, match="503"):
        server.call("core.kill")
    server.store.broken = None
    server.wait(1.0)
    assert [(each["kind"], each.get("code")) for each in server.store.records[1:]] == [("intent", 0), ("refused", 503)]


def test_calls_run_unrecorded_when_that_is_set() -> None:
    server = Server(refuse=False)
    server.store.broken = FULL
    server.call("core.kill")
    assert server.told == [
        "error: audit log: cannot write: No space left on device; until it can, calls run unrecorded"
    ]
    server.store.broken = None
    server.wait(1.0)
    server.call("core.version")
    server.wait(0.1)
    assert [(each["kind"], each.get("lost")) for each in server.store.records] == [("gap", 2), ("outcome", None)]


def test_what_waits_is_bounded_and_what_is_lost_is_told() -> None:
    server = Server()
    server.log.start()
    server.store.broken = FULL
    text = "x" * 250
    for _ in range(MAX_AUDIT_WAITING // 600):
        server.call("core.echo", text)
    more = server.log.spool.lost
    assert 0 < more < MAX_AUDIT_WAITING // 600
    server.store.broken = None
    server.wait(1.0)
    server.call("core.version")
    server.wait(0.1)
    gap = server.store.records[-2]
    assert (gap["kind"], gap["lost"]) == ("gap", more)
    report = verify(server.store)
    assert seen(report) == []
    assert [each.text for each in report.notes] == [f"gap: {more} records could not be written"]


@pytest.mark.parametrize("room", [0, 1, 300, 500])
def test_disk_that_takes_part_of_a_line_gets_the_rest_later(room: int) -> None:
    server = Server()
    server.log.start()
    server.store.room = room
    server.call("core.version")
    server.call("core.version")
    server.wait(0.1)
    assert len(b"".join(server.store.files)) - len(server.store.lines[0]) == room
    server.store.room = None
    server.wait(1.0)
    assert kinds(server) == ["start", "outcome", "outcome"]
    assert seen(verify(server.store)) == []


# -- strangers --------------------------------------------------------------------------------------------------------


def test_strangers_can_not_fill_the_log() -> None:
    server = Server()
    for _ in range(MAX_AUDIT_STRANGERS + 50):
        server.log.refused(None, NOBODY, 403, "Denied", call_id="r")
    server.log.refused(Call("core.kill"), ALICE, 403, "Denied", call_id="a")
    server.wait(0.1)
    assert len(server.store.records) == MAX_AUDIT_STRANGERS + 1
    assert server.store.records[-1]["skipped"] == 50
    assert server.counters["audit.skipped"] == 50
    server.wait(1.0)
    server.log.refused(None, NOBODY, 403, "Denied", call_id="r")
    server.wait(0.1)
    assert "skipped" not in server.store.records[-1]


def test_every_refused_call_of_somebody_is_recorded() -> None:
    server = Server()
    for _ in range(MAX_AUDIT_STRANGERS + 50):
        server.log.refused(Call("core.kill"), ALICE, 403, "Denied", call_id="r")
    server.wait(0.1)
    assert len(server.store.records) == MAX_AUDIT_STRANGERS + 50


# -- files ------------------------------------------------------------------------------------------------------------


def test_full_file_is_followed_by_another_and_the_chain_goes_on() -> None:
    server = Server(rotate_bytes=1_000, keep=2)
    for _ in range(12):
        server.call("cfg.set", "a", 1)
        server.wait(0.1)
    assert len(server.store.files) == 3
    report = verify(server.store)
    assert seen(report) == []
    assert report.first > 1


def test_file_is_followed_by_another_the_next_day() -> None:
    server = Server(rotate_days=1)
    server.call("core.version")
    server.wait(0.1)
    server.call("core.version")
    server.wait(86_400)
    assert [file.count(b"\n") for file in server.store.files] == [1, 1]


def test_log_goes_on_after_a_restart() -> None:
    store = MemoryStore()
    for pid in (1, 2):
        server = Server(store)
        server.log.start(pid=pid)
        server.call("core.kill")
        server.log.stop("SIGTERM")
    assert [(each["seq"], each["kind"]) for each in store.records] == [
        (number, kind) for number, kind in enumerate(["start", "intent", "outcome", "stop"] * 2, 1)
    ]
    assert seen(verify(store)) == []


def test_nothing_is_recorded_after_the_end() -> None:
    server = Server()
    server.log.stop("SIGTERM")
    server.call("core.kill")
    server.log.refused(None, ALICE, 403, "", call_id="r")
    assert kinds(server) == ["stop"]


def test_file_that_was_taken_away_is_told() -> None:
    server = Server()
    server.call("core.kill")
    server.store.moved = True
    server.call("core.kill")
    assert server.told == ["info: audit log: the file is not under its name any more; another was begun"]
    assert seen(verify(server.store)) == ["audit.log:1: the log begins with record 1, not with 3"]
