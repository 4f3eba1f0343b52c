"""Module textopsx: values of headers, changes applied, replies with another status."""

from __future__ import annotations

import pytest

from tests.script_run import INVITE, ScriptRun, make_request
from tests.unit.modules.asking import answer, load, sent_lines, value

ROUTED = make_request(
    "INVITE",
    "sip:bob@example.com",
    "Route: <sip:a@p1.example.com;lr>;ftag=1, <sip:p2.example.com;lr>",
    "Route: <sip:p3.example.com;lr>;x;y=2",
    "Supported: 100rel, Path",
    "Session-Expires: 1800;refresher=uac",
    'Authorization: Digest username="a", realm="r, s", nonce=n1',
)
P1, P2, P3 = "<sip:a@p1.example.com;lr>;ftag=1", "<sip:p2.example.com;lr>", "<sip:p3.example.com;lr>;x;y=2"


@pytest.mark.parametrize("module", ["textops", "textopsx"])
@pytest.mark.parametrize(
    ("calls", "name", "values"),
    [
        ('append_hf_value("Supported", "gruu");', "Supported", ["100rel, Path, gruu"]),
        ('append_hf_value("Supported[1]", "gruu");', "Supported", ["100rel, gruu, Path"]),
        ('insert_hf_value("Supported", "gruu");', "Supported", ["gruu, 100rel, Path"]),
        ('insert_hf_value("Supported[2]", "gruu");', "Supported", ["100rel, gruu, Path"]),
        ('insert_hf_value("Supported[-1]", "gruu");', "Supported", ["100rel, gruu, Path"]),
        ('append_hf_value("Require", "gruu");', "Require", ["gruu"]),
        ('append_hf_value("require", "a"); append_hf_value("Require", "b");', "Require", ["a, b"]),
        ('append_hf_value("Route[2]", "<sip:n>");', "Route", [f"{P1}, {P2}, <sip:n>", P3]),
        ('append_hf_value("Route", "<sip:n>");', "Route", [f"{P1}, {P2}", f"{P3}, <sip:n>"]),
        ('append_hf_value("Route[9]", "<sip:n>");', "Route", [f"{P1}, {P2}", P3]),
        ('remove_hf_value("Route");', "Route", [P2, P3]),
        ('remove_hf_value("Route[3]");', "Route", [f"{P1}, {P2}"]),
        ('remove_hf_value("Route[-1]");', "Route", [f"{P1}, {P2}"]),
        ('remove_hf_value("Route[*]");', "Route", []),
        ('remove_hf_value("Route[1].ftag");', "Route", [f"<sip:a@p1.example.com;lr>, {P2}", P3]),
        ('remove_hf_value("Route[3].x");', "Route", [f"{P1}, {P2}", "<sip:p3.example.com;lr>;y=2"]),
        ('remove_hf_value("Route[3].params.x");', "Route", [f"{P1}, {P2}", "<sip:p3.example.com;lr>;y=2"]),
        ('remove_hf_value("Route"); remove_hf_value("Route");', "Route", [P3]),
        ('assign_hf_value("Session-Expires", "90");', "Session-Expires", ["90"]),
        ('assign_hf_value("Session-Expires.refresher", "uas");', "Session-Expires", ["1800;refresher=uas"]),
        ('assign_hf_value("Session-Expires.new", "1");', "Session-Expires", ["1800;refresher=uac;new=1"]),
        ('assign_hf_value("Session-Expires.new", "");', "Session-Expires", ["1800;refresher=uac;new"]),
        ('assign_hf_value("Route[*].lr", "on");', "Route", [f"{P1};lr=on, {P2};lr=on", f"{P3};lr=on"]),
        ('include_hf_value("Supported", "path");', "Supported", ["100rel, Path"]),
        ('include_hf_value("Supported", "gruu");', "Supported", ["100rel, Path, gruu"]),
        ('include_hf_value("Require", "gruu");', "Require", ["gruu"]),
        ('exclude_hf_value("Supported", "100REL");', "Supported", ["Path"]),
        ('exclude_hf_value("Supported", "path"); exclude_hf_value("Supported", "100rel");', "Supported", []),
        ('assign_hf_value2("Authorization.realm", "x");', "Authorization", ['Digest username="a", realm=x, nonce=n1']),
        ('remove_hf_value2("Authorization.realm");', "Authorization", ['Digest username="a", nonce=n1']),
        (
            'assign_hf_value2("Authorization.nc", "1");',
            "Authorization",
            ['Digest username="a", realm="r, s", nonce=n1, nc=1'],
        ),
        ('remove_hf_value2("Authorization");', "Authorization", []),
    ],
)
def test_values_are_changed(module: str, calls: str, name: str, values: list[str]) -> None:
    lines = sent_lines(calls, ROUTED, module)
    assert [line.partition(": ")[2] for line in lines if line.startswith(f"{name}:")] == values


@pytest.mark.parametrize(
    "call",
    [
        'remove_hf_value("Expires")',
        'remove_hf_value("Route[4]")',
        'remove_hf_value("Route[1].y")',
        'assign_hf_value("Expires", "1")',
        'exclude_hf_value("Supported", "gruu")',
        'append_hf_value("Route[9]", "<sip:n>")',
    ],
)
def test_no_such_value(call: str) -> None:
    assert value(call, ROUTED, "textopsx") == -1


def test_value_is_there() -> None:
    assert answer('hf_value_exists("Supported", "path")', ROUTED, "textopsx")
    assert answer('hf_value_exists("session-expires", "1800")', ROUTED, "textopsx")
    assert not answer('hf_value_exists("Supported", "gruu")', ROUTED, "textopsx")
    assert not answer('hf_value_exists("Require", "gruu")', ROUTED, "textopsx")


@pytest.mark.parametrize("place", ["", "a b", "Route[x]", "Route[1].", "Route.[1]", "Ro(ute"])
def test_places_are_checked_when_the_script_is_read(place: str) -> None:
    with pytest.raises(AssertionError, match="argument 1"):
        ScriptRun(f'loadmodule "textopsx"\nroute {{ remove_hf_value("{place}"); }}')


def test_changes_are_applied_once() -> None:
    calls = r"""
        append_hf("X-A: 1\r\n"); subst_uri("/bob/carol/"); set_body("hello", "text/plain");
        msg_apply_changes();
        search_body("^hello$"); $var(b) = $retcode;
        is_present_hf("X-A"); $var(h) = $retcode;
        append_hf("X-A: 2\r\n");
        msg_apply_changes(); msg_apply_changes();
    """
    run = load(calls + 'xlog("$var(b) $var(h)"); forward("198.51.100.9");', "textops", "textopsx", "pv", "xlog")
    outcome = run.send(INVITE)
    assert outcome.log[-1].endswith("1 1")
    text = outcome.forwards[0].text
    assert text.count("X-A: 1\r\n") == text.count("X-A: 2\r\n") == text.count("Content-Length: 5\r\n") == 1
    assert text.startswith("INVITE sip:carol@example.com SIP/2.0\r\n")
    assert text.endswith("\r\n\r\nhello")


def test_body_is_taken_away() -> None:
    message = make_request("INVITE", "sip:bob@example.com", "Content-Type: text/plain", body="hello")
    lines = sent_lines("remove_body();", message, "textopsx")
    assert "Content-Length: 0" in lines
    assert not [line for line in lines if line.startswith("Content-Type")]


def test_only_needed_headers_are_kept() -> None:
    message = make_request("INVITE", "sip:bob@example.com", "X-One: 1", "User-Agent: x", "Route: <sip:p;lr>")
    assert sent_lines("keep_hf();", message, "textopsx") == [
        line for line in sent_lines("", message, "textopsx") if not line.startswith(("X-One", "User-Agent"))
    ]
    assert "X-One: 1" in sent_lines('keep_hf("^x-");', message, "textopsx")


@pytest.mark.parametrize(
    ("status", "call", "sent"),
    [
        ("404 Not Found", 'change_reply_status(480, "Gone Away")', "480 Gone Away"),
        ("404 Not Found", 'change_reply_status("603", "Decline")', "603 Decline"),
        ("183 Progress", 'change_reply_status(180, "Ringing")', "180 Ringing"),
        ("200 OK", 'change_reply_status(202, "Fine")', "202 Fine"),
        ("200 OK", 'change_reply_status(404, "Gone")', "200 OK"),
        ("404 Not Found", 'change_reply_status(200, "OK")', "404 Not Found"),
        ("183 Progress", 'change_reply_status(200, "OK")', "183 Progress"),
    ],
)
def test_status_of_a_reply_is_changed(status: str, call: str, sent: str) -> None:
    run = load('forward("198.51.100.9");', "textopsx", more=f"onreply_route {{ {call}; }}")
    [request] = run.send(INVITE).forwards
    [reply] = run.respond(request, status).replies
    assert f"{reply.status} {reply.reason.decode()}" == sent


def test_file_name_patterns() -> None:
    for call, true in (
        ('fnmatch("a.b", "a.*")', True),
        ('fnmatch("A.b", "a.*")', False),
        ('fnmatch("ab", "?")', False),
    ):
        assert answer(call, INVITE, "textopsx") is true


@pytest.mark.parametrize("call", ['remove_hf("Via")', 'remove_hf("From")', 'assign_hf_value("CSeq", "x")'])
def test_changes_that_leave_no_sound_message_stay_pending(call: str) -> None:
    calls = f'{call}; if (msg_apply_changes()) sl_reply("500", "taken"); else sl_reply("200", "refused");'
    outcome = load(calls, "textops", "textopsx").send(INVITE)
    assert (outcome.status, outcome.counters["script.edits_refused"]) == (200, 1)
