"""What blocks other than the main route see and decide: responses, sending, events; and where a request goes."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from sertwist.server.timer_routes import TimerRoutes
from tests.script_run import INVITE, LOCAL, OPTIONS, SOURCE, ScriptRun, make_request, run_script

FORWARD = 'route { forward("gw.example.com", 5080); }\n'


def _answered(block: str, status: str = "486 Busy Here", *lines: str):
    run = ScriptRun(FORWARD + block)
    return run.respond(run.send(INVITE).forwards[0], status, *lines)


# -- responses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["onreply_route", "reply_route", "onreply_route[0]"])
def test_every_response_enters_the_reply_route_and_goes_on(word: str) -> None:
    outcome = _answered(
        word + ' { if (status == 486 && method == "INVITE" && src_ip == 198.51.100.7) log(-1, "busy"); }'
    )
    assert outcome.log == ["script: busy"]
    assert (outcome.status, outcome.sent[0].target) == (486, SOURCE)


@pytest.mark.parametrize(
    ("end", "passed"), [("drop;", False), ("exit;", True), ("return;", True), ("break;", True), ("return -1;", True)]
)
def test_only_drop_holds_a_response_back(end: str, passed: bool) -> None:
    outcome = _answered("onreply_route { " + end + " }")
    assert bool(outcome.sent) is passed
    assert outcome.counters.get("forward.responses_dropped.by_script", 0) == (not passed)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("status == 486", True),
        ('status == "486"', True),
        ('status =~ "^4"', True),
        ("status < 200", False),
        ('from_uri == "sip:alice@example.org"', True),
        ('to_uri =~ "bob"', True),
        ('uri =~ "bob"', False),
        ('method == "INVITE"', True),
        ("dst_ip == 192.0.2.1", True),
    ],
)
def test_operands_in_a_response(condition: str, holds: bool) -> None:
    outcome = _answered(f'onreply_route {{ if ({condition}) log(-1, "yes"); }}')
    assert outcome.log == (["script: yes"] if holds else [])


def test_request_has_no_status_and_response_no_uri() -> None:
    shared = 'route[S] { if (status == 200) log(-1, "yes"); } onreply_route { route(S); }'
    assert run_script(f"route {{ route(S); drop; }} {shared}").log == []


def test_response_that_answers_nothing_of_ours_never_enters_the_script() -> None:
    run = ScriptRun('route { drop; } onreply_route { log(-1, "seen"); }')
    outcome = run.send(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n")
    assert (outcome.log, outcome.sent) == ([], [])


# -- onsend_route -----------------------------------------------------------------------------------------------------


def test_onsend_route_sees_how_the_request_leaves() -> None:
    block = """onsend_route {
        if (snd_ip == 192.0.2.1 && snd_port == 5060 && to_ip == 198.51.100.7 && to_port == 5080) log(-1, "way");
        if (snd_proto == UDP && to_proto == UDP && snd_af == 4 && to_af == 4) log(-1, "udp");
        if (msg:len > 340) log(-1, "with our Via");
        exit;
    }"""
    run = ScriptRun(FORWARD + block)
    outcome = run.send(INVITE)
    assert outcome.log == ["script: way", "script: udp", "script: with our Via"]
    assert len(outcome.forwards) == 1
    assert outcome.replies == []


def test_drop_in_onsend_route_sends_nothing_and_says_nothing() -> None:
    outcome = run_script(FORWARD + "onsend_route { drop; }", INVITE)
    assert outcome.sent == []
    assert outcome.counters["forward.held_back"] == 1


def test_way_is_unknown_after_onsend_route() -> None:
    shared = 'route[S] { if (to_ip == 198.51.100.7) log(-1, "still"); } onsend_route { if (method == "X") route(S); }'
    text = f'route {{ forward("gw.example.com"); route(S); }} {shared}'
    assert run_script(text, INVITE).log == []


# -- events -----------------------------------------------------------------------------------------------------------


def test_event_route_runs_on_a_request_that_nobody_sent() -> None:
    block = 'event_route[core:worker-one-init] { if (method == "OPTIONS") log(-1, "up"); sl_reply("200", "x"); }'
    run = ScriptRun(f'loadmodule "sl" route {{ drop; }} {block}')
    asyncio.run(run.host.raise_event("core:worker-one-init"))
    assert run.outcome.log == ["script: up"]
    assert run.outcome.sent == []


def test_event_without_a_route_does_nothing() -> None:
    assert asyncio.run(ScriptRun("route { drop; }").host.raise_event("core:worker-one-init")) is None


def test_event_route_that_drops_says_so() -> None:
    run = ScriptRun("route { drop; } event_route[core:worker-one-init] { drop; }")
    assert asyncio.run(run.host.raise_event("core:worker-one-init")).dropped


def test_request_of_an_event_is_not_sent_on() -> None:
    run = ScriptRun('route { drop; } event_route[core:worker-one-init] { forward("gw.example.com"); }')
    asyncio.run(run.host.raise_event("core:worker-one-init"))
    assert run.outcome.sent == []


def test_socket_of_the_harness_is_ours() -> None:
    assert run_script("route { if (dst_ip == myself) log(-1, 'mine'); drop; }").log == ["script: mine"]
    assert LOCAL[0] == "192.0.2.1"


def test_unforwardable_request_is_answered() -> None:
    outcome = run_script("route { forward(); }", make_request("INVITE", "tel:+1"))
    assert outcome.status == 500


def test_timer_route_runs_each_so_many_seconds() -> None:
    run = ScriptRun('route { drop; } timer_route[tidy, 30] { log(-1, "tidy"); }')
    timers = TimerRoutes(run.host)  # type: ignore[arg-type]
    for _ in range(70):
        timers.tick()
        run.now += 1
    assert run.outcome.log == ["script: tidy"] * 2


def test_what_can_not_be_read_enters_its_event_route() -> None:
    block = 'event_route[core:receive-parse-error] { log(-1, $si + " " + $rm); }'
    run = ScriptRun(f"route {{ drop; }} {block}")
    assert run.send(b"no SIP at all\r\n\r\n").log == ["script: 192.0.2.9 OPTIONS"]
    assert run.send().log == []


SEEN = 'loadmodule "sl" route { sl_reply("200", "OK"); } event_route[core:msg-received] { %s }'


@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_what_was_received_is_seen_before_it_is_read(protocol: str) -> None:
    names = (f"$rcv({each})" for each in ("len", "proto", "srcip", "srcport", "rcvip", "rcvport", "af"))
    shown = ' + " " + '.join(names)
    run = ScriptRun(SEEN % f'if ($mb == $rcv(buf)) log(-1, "" + {shown}); if ($mb =~ "^BYE") drop;')
    outcome = run.send(OPTIONS, protocol=protocol)
    size = len(OPTIONS)
    assert outcome.log == [f"script: {size} {protocol.lower()} 192.0.2.9 5070 192.0.2.1 5060 4"]
    assert outcome.status == 200
    outcome = run.send(make_request("BYE"), protocol=protocol)
    assert (outcome.sent, outcome.counters["script.dropped_unread"]) == ([], 1)
    assert run.send(b"BYE what nobody reads", protocol=protocol).counters.get("sip.malformed") is None


def test_route_that_sees_first_may_wait() -> None:
    run = ScriptRun(SEEN % "usleep(500000);" + ' loadmodule "cfgutils"')
    assert run.send().sent == []
    assert run.send(protocol="TCP").sent == []
    run.tick(1)
    assert [each.protocol for each in run.outcome.sent] == ["UDP", "TCP"]


def test_fault_in_the_route_that_sees_first_is_a_refusal() -> None:
    run = ScriptRun(SEEN % "usleep(1);" + ' loadmodule "cfgutils"')
    run.loaded.named("cfgutils").sleepers = None  # type: ignore[union-attr]
    outcome = run.send()
    assert (outcome.sent, outcome.counters["internal_errors"]) == ([], 1)


def test_failures_are_told_to_the_script() -> None:
    shown = '$atkv(type) + " " + $atkv(key) + " " + $atkv(val) + " " + $si'
    told = f'event_route[core:tkv] {{ log(-1, {shown}); forward("none.example"); }}'
    run = ScriptRun(f'route {{ forward("none.example"); }} {told}')
    assert run.send().log == ["script: warning forward.failed lookup 192.0.2.9"]
    run.receiver.failed(ValueError())
    assert run.outcome.log[-1].startswith("script: error script.failed ")
    assert run.outcome.log[-1].endswith(" 127.0.0.1")
    connection = SimpleNamespace(protocol="TCP", source=SOURCE, local=LOCAL, source_text="x")
    run.receiver.dropped(connection, "idle")  # type: ignore[arg-type]
    failure = SimpleNamespace(reason_code="no-certificate", words="x")
    run.receiver.tls_failed(connection, failure, "default")  # type: ignore[arg-type]
    assert run.outcome.log[-2:] == [
        "script: warning connection.dropped idle 192.0.2.9",
        "script: warning tls.failed no-certificate 192.0.2.9",
    ]


def test_word_retcode_is_the_value_of_the_last_call() -> None:
    text = 'loadmodule "sl" route { route(X); if (retcode == 7) log(-1, "T"); drop; } route[X] { return 7; }'
    assert run_script(text).log == ["script: T"]


def test_socket_that_is_not_ours_is_told_and_counted() -> None:
    outcome = run_script("route { force_send_socket(udp:192.0.2.99:5060); drop; }")
    assert outcome.lines == [("warn", "script: force_send_socket: no listen line is udp:192.0.2.99:5060")]
    assert outcome.counters["script.no_such_socket"] == 1
