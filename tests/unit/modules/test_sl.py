"""Module sl: replies that leave no state."""

from __future__ import annotations

import pytest

from tests.script_run import INVITE, OPTIONS, ScriptRun, make_request
from tests.unit.modules.asking import load

ACK = make_request("ACK")


@pytest.mark.parametrize(
    ("call", "status", "reason"),
    [
        ('sl_reply("404", "Not Found")', 404, "Not Found"),
        ('sl_send_reply("483", "Too Many Hops")', 483, "Too Many Hops"),
        ('sl_send_reply(100, "Trying")', 100, "Trying"),
        ('send_reply("200", "OK")', 200, "OK"),
        ('send_reply_mode("200", "OK", "1")', 200, "OK"),
        ("sl_reply_error()", 500, "Internal Server Error"),
        ("send_reply_error()", 500, "Internal Server Error"),
        ('sl_send_reply("404", "a\\r\\nX: b")', 404, "a X: b"),
    ],
)
def test_replies(call: str, status: int, reason: str) -> None:
    outcome = load(f"{call}; $var(x) = $retcode; exit;", "pv").send(OPTIONS)
    first, *others = outcome.replies
    assert (first.status, first.reason.decode()) == (status, reason)
    assert len(others) == (status < 200)  # a provisional reply is no answer


def test_to_tag_is_the_same_for_retransmissions() -> None:
    run = load('sl_reply("404", "no");')
    assert run.send(INVITE).sent[0].data == run.send(INVITE).sent[0].data
    assert run.outcome.replies[0].to.tag


def test_ack_is_never_answered() -> None:
    run = load('if (sl_reply("404", "no")) exit; drop;')
    assert run.send(ACK).sent == []
    assert run.send(OPTIONS).status == 404


def test_request_is_answered_once() -> None:
    outcome = load('sl_reply("404", "no"); sl_reply("500", "no"); sl_reply_error();').send(OPTIONS)
    assert [reply.status for reply in outcome.replies] == [404]


def test_error_that_is_answered_is_the_last_one() -> None:
    run = load('if (!forward("nowhere.example")) sl_reply_error();')
    outcome = run.send(OPTIONS)
    assert (outcome.status, outcome.reason) == (500, "Next Hop Not Reachable")


def test_parameters() -> None:
    more = 'modparam("sl", "default_code", 503) modparam("sl", "default_reason", "Busy")'
    outcome = load("sl_reply_error();", more=more).send(OPTIONS)
    assert (outcome.status, outcome.reason) == (503, "Busy")


def test_redirection_tells_where_to() -> None:
    calls = """
        rewriteuri("sip:carol@example.net");
        append_branch("sip:dave@example.net;x=1", "0.5");
        append_branch("sip:erin@example.net");
        sl_send_reply("302", "Moved");
    """
    [reply] = load(calls).send(INVITE).replies
    contacts = [str(value.decode()) for value in reply.header_values("contact")]
    assert contacts == ["<sip:carol@example.net>", "<sip:dave@example.net;x=1>;q=0.5", "<sip:erin@example.net>"]
    [reply] = load('sl_send_reply("302", "Moved");').send(INVITE).replies
    assert reply.header("contact") is None


@pytest.mark.parametrize("code", ["99", "700", "4o4"])
def test_code_is_checked_when_the_script_is_read(code: str) -> None:
    with pytest.raises(AssertionError, match="must be a number from 100 to 699"):
        ScriptRun(f'loadmodule "sl"\nroute {{ sl_send_reply("{code}", "x"); }}')


def test_oldest_function_does_nothing() -> None:
    assert load('sl_filter_ACK(); sl_reply("200", "OK");').send(OPTIONS).status == 200


def test_counters() -> None:
    run = load('sl_reply("404", "no");')
    run.send(OPTIONS)
    run.send(OPTIONS)
    assert run.outcome.counters["sl.404"] == 2
