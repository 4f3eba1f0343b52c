"""`tests.script_run`: what other tests build on tells the truth."""

from __future__ import annotations

import pytest

from tests.script_run import INVITE, LOCAL, SOURCE, ScriptRun, run_script


def test_reply_is_seen_with_its_target() -> None:
    outcome = run_script('loadmodule "sl" route { sl_reply("404", "Not here"); }')
    assert (outcome.status, outcome.reason) == (404, "Not here")
    assert outcome.sent[0].target == SOURCE


def test_forward_is_seen_and_its_response_goes_back() -> None:
    run = ScriptRun("route { forward(gw.example.com, 5080); }".replace("gw.example.com", '"gw.example.com"'))
    outcome = run.send(INVITE)
    (sent,) = outcome.forwards
    assert (sent.protocol, sent.target) == ("UDP", ("198.51.100.7", 5080))
    assert sent.message.values("via")[0].startswith(b"SIP/2.0/UDP 192.0.2.1:5060")
    back = run.respond(sent, "486 Busy Here")
    assert (back.status, back.sent[0].target) == (486, SOURCE)


def test_forward_over_a_connection_names_its_hop() -> None:
    (sent,) = run_script('route { forward_tls("gw.example.com"); }').forwards
    assert (sent.protocol, sent.target) == ("TLS", ("198.51.100.7", 5061))


def test_log_lines_and_context_are_kept() -> None:
    outcome = run_script('route { log(-1, "seen\\n"); drop; }', protocol="TCP")
    assert outcome.lines == [("error", "script: seen")]
    assert outcome.ctx is not None
    assert (outcome.ctx.protocol, outcome.ctx.local) == ("TCP", LOCAL)


def test_script_with_an_error_does_not_run() -> None:
    with pytest.raises(AssertionError, match="unknown function"):
        run_script("route { no_such(); }")
