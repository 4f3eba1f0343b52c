"""Module sl around replies: ACKs to them, events, and replies of others passed on."""

from __future__ import annotations

import pytest

from tests.script_run import INVITE, OPTIONS, make_request
from tests.unit.modules.asking import load


def ack_to(reply: bytes, branch: str = "z9hG4bK-a1") -> bytes:
    to = next(line for line in reply.split(b"\r\n") if line.startswith(b"To:"))
    ack = make_request("ACK").replace(b"To: Bob <sip:bob@example.com>", to)
    return ack.replace(b"z9hG4bK-a1", branch.encode())


def test_ack_to_our_reply_never_gets_to_the_script() -> None:
    run = load('if (is_method("ACK")) xlog("seen"); else sl_reply("404", "no"); exit;', "textops", "xlog")
    [sent] = run.send(INVITE).sent
    outcome = run.send(ack_to(sent.data))
    assert (outcome.sent, outcome.log) == ([], [])
    assert outcome.counters["sip.acks_absorbed"] == 1
    assert run.send(ack_to(sent.data, "z9hG4bK-other")).log, "an ACK of another transaction: that of a 200"
    assert run.send(make_request("ACK")).log


def test_ack_raises_an_event() -> None:
    more = 'event_route[sl:filtered-ack] { xlog("filtered"); }'
    run = load('sl_reply("404", "no");', "xlog", more=more)
    [sent] = run.send(INVITE).sent
    assert run.send(ack_to(sent.data)).log[-1].endswith("filtered")


def test_reply_raises_an_event_that_ends_nothing_else() -> None:
    more = 'event_route[sl:local-response] { xlog("made"); exit; }'
    outcome = load('sl_reply("404", "no"); xlog("goes on"); exit;', "xlog", more=more).send(OPTIONS)
    assert [line.rpartition(": ")[2] for line in outcome.log] == ["made", "goes on"]
    assert outcome.status == 404


@pytest.mark.parametrize(
    ("calls", "status", "sent"),
    [
        ("sl_forward_reply();", "404 Not Found", ["404 Not Found", "404 Not Found"]),
        ('sl_forward_reply("480", "Away"); drop;', "404 Not Found", ["480 Away"]),
        ('sl_forward_reply("480"); drop;', "404 Not Found", ["480 Not Found"]),
        ('sl_forward_reply("180", "Ringing"); drop;', "183 Progress", ["180 Ringing"]),
        ('sl_forward_reply("200", "OK");', "183 Progress", ["183 Progress"]),
        ('sl_forward_reply("404", "no");', "200 OK", ["200 OK"]),
        ('append_hf("X-A: 1"); sl_forward_reply(180, "R");', "183 Progress", ["180 R", "183 Progress"]),
    ],
)
def test_reply_is_passed_on_at_once(calls: str, status: str, sent: list[str]) -> None:
    run = load('forward("198.51.100.9");', "textops", more=f"onreply_route {{ {calls} }}")
    [request] = run.send(INVITE).forwards
    outcome = run.respond(request, status)
    assert [f"{reply.status} {reply.reason.decode()}" for reply in outcome.replies] == sent
    assert all((reply.header("x-a") == b"1") is ("X-A" in calls) for reply in outcome.replies)
    assert all(each.target == ("192.0.2.9", 5070) for each in outcome.sent)
