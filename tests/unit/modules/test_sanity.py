"""Module sanity: what is refused, by which check, and how."""

from __future__ import annotations

import pytest

from sertwist.modules.sanity.checks import ALL_CHECKS, MADE_FOR_ALL, URIS, Rules, first_refusal
from sertwist.sip.message import Request, parse_message
from sertwist.sip.sanity import check_request
from tests.script_run import INVITE, OPTIONS, make_request
from tests.unit.modules.asking import load

RULES = Rules(15, frozenset({b"privacy"}))


def with_line(*lines: str) -> bytes:
    return make_request("OPTIONS", "sip:bob@example.com", *lines)


def without(name: str) -> bytes:
    return b"\r\n".join(line for line in OPTIONS.split(b"\r\n") if not line.startswith(name.encode() + b":"))


LONG = "a" * 1100
CREDENTIALS = 'Authorization: Digest username="a", realm="r", nonce="n", uri="sip:a", response="0"'


@pytest.mark.parametrize(
    ("check", "message", "status"),
    [
        (2, make_request(uri="mailto:a@b"), 416),
        (2, make_request(uri="tel:1"), None),
        (4, without("From"), 400),
        (4, without("Call-ID"), 400),
        (4, without("Max-Forwards"), None),
        (32, OPTIONS.replace(b"CSeq: 1 OPTIONS", b"CSeq: 1 INVITE"), 400),
        (64, OPTIONS.replace(b"CSeq: 1 ", b"CSeq: 4294967296 "), 400),
        (64, OPTIONS.replace(b"CSeq: 1 ", b"CSeq: x "), 400),
        (256, with_line("Expires: 3600"), None),
        (256, with_line("Expires: soon"), 400),
        (256, with_line("Expires: 4294967296"), 400),
        (256, with_line("Expires: 4294967295"), None),
        (512, with_line("Proxy-Require: privacy"), None),
        (512, with_line("Proxy-Require: privacy, foo"), 420),
        (1024, make_request(uri="sip:a@b@c"), 400),
        (1024, OPTIONS.replace(b"<sip:alice@example.org>", b"<sip:alice@exam ple.org>"), 400),
        (1024, OPTIONS.replace(b"<sip:bob@example.com>", b"<nothing>"), 400),
        (1024, OPTIONS.replace(b"<sip:alice@192.0.2.9:5070>", b"<sip:a:b:c:d>"), 400),
        (2048, with_line(CREDENTIALS), None),
        (2048, with_line("Authorization: Digest username"), 400),
        (2048, with_line("Proxy-Authorization: ="), 400),
        (4096, OPTIONS.replace(b";tag=f1", b";tag=f1;tag=f2"), 400),
        (8192, with_line(CREDENTIALS), None),
        (8192, with_line(CREDENTIALS.replace("nonce", "once")), 400),
        (8192, with_line("Authorization: Basic a=b"), None),
        (16384, OPTIONS.replace(b"SIP/2.0/UDP 192", b"SIP/3.0/UDP 192"), 400),
        (32768, with_line("From: <sip:again@example.org>"), 400),
        (65536, make_request(uri=f"sip:{LONG}@example.com"), 400),
        (65536, OPTIONS.replace(b"call-1@", b"c" * 300 + b"@"), 400),
        (65536, OPTIONS.replace(b"tag=f1", b"tag=" + b"f" * 300), 400),
    ],
)
def test_check(check: int, message: bytes, status: int | None) -> None:
    parsed = parse_message(message)
    refusal = first_refusal(parsed, check, RULES)
    assert (None if refusal is None else refusal.status) == status
    assert first_refusal(parsed, ALL_CHECKS & ~check & ~32768, RULES) is None or status is not None


def test_sound_messages_pass_every_check() -> None:
    for message in (OPTIONS, INVITE, with_line(CREDENTIALS, "Expires: 0", "Proxy-Require: privacy")):
        assert first_refusal(parse_message(message), ALL_CHECKS, RULES) is None


REFUSED = with_line("Proxy-Require: foo, bar")


def test_refused_request_is_answered_and_ends_the_script() -> None:
    run = load('if (!sanity_check("1511", "7")) { sl_reply("499", "here"); } sl_reply("200", "sound");', "sanity")
    assert run.send(OPTIONS).reason == "sound"
    assert run.send(with_line("Expires: soon")).replies[0].reason == b"Malformed Expires Header"
    assert run.outcome.counters["sanity.refused"] == 1
    assert len(run.outcome.sent) == 1


def test_unknown_extensions_are_named() -> None:
    [reply] = load("sanity_check();", "sanity").send(REFUSED).replies
    assert (reply.status, reply.reason) == (420, b"Bad Extension")
    assert reply.header("unsupported") == b"foo, bar"


def test_script_goes_on_without_autodrop() -> None:
    more = 'modparam("sanity", "autodrop", 0)'
    run = load('if (!sanity_check()) xlog("refused"); else sl_reply("200", "OK");', "sanity", "xlog", more=more)
    outcome = run.send(REFUSED)
    assert [reply.status for reply in outcome.replies] == [420]
    assert outcome.log[-1].endswith("refused")


def test_parameters() -> None:
    call = 'if (sanity_check()) sl_reply("200", "sound");'
    assert load(call, "sanity", more='modparam("sanity", "default_checks", 1)').send(REFUSED).status == 200
    assert load(call, "sanity", more='modparam("sanity", "proxy_require", "FOO, bar")').send(REFUSED).status == 200
    assert load('if (sanity_check("512")) exit;', "sanity").send(REFUSED).status == 420


def test_ack_is_refused_in_silence() -> None:
    ack = make_request("ACK", "sip:bob@example.com", "Expires: soon")
    assert load("sanity_check(256);", "sanity").send(ack).sent == []


def test_reply_is_dropped() -> None:
    run = load('forward("198.51.100.9");', "sanity", more="onreply_route { sanity_check(256); }")
    [request] = run.send(INVITE).forwards
    assert run.respond(request, "200 OK", "Expires: soon").sent == []
    assert run.respond(request, "200 OK", "Expires: 60").status == 200


def test_what_passes_every_message_is_not_looked_at_again() -> None:
    """The checks that `sanity_check` leaves out find nothing in a message that `sip.sanity` lets pass."""
    for message in (OPTIONS, INVITE, with_line("Expires: soon"), make_request("REGISTER", "sip:a", "Contact: *")):
        parsed = parse_message(message)
        assert isinstance(parsed, Request)
        if check_request(parsed) is None:
            assert first_refusal(parsed, MADE_FOR_ALL | URIS, RULES) is None


@pytest.mark.parametrize(("uris", "sent"), [("8", 0), ("7", 1)])
def test_contacts_of_replies_are_looked_at(uris: str, sent: int) -> None:
    run = load('forward("198.51.100.9");', "sanity", more=f'onreply_route {{ sanity_check("1024", "{uris}"); }}')
    [request] = run.send(INVITE).forwards
    assert len(run.respond(request, "200 OK", "Contact: <sip:a b>").sent) == sent
