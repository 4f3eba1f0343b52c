"""Sanity refusals and replies, by value."""

from __future__ import annotations

import pytest

from sertwist.sip.message import Request, Response, parse_message
from sertwist.sip.reply import build_reply, reply_target, to_tag
from sertwist.sip.sanity import check_request, check_response

SOURCE = ("198.51.100.7", 5099)
GOOD = (
    b"OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bK-1;rport\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 1@load\r\n"
    b"CSeq: 1 OPTIONS\r\nContact: <sip:a@192.0.2.1>\r\nContent-Length: 0\r\n\r\n"
)


def request(old: bytes = b"", new: bytes = b"") -> Request:
    message = parse_message(GOOD.replace(old, new) if old else GOOD)
    assert isinstance(message, Request)
    return message


def reply(message: Request, status: int = 200, *, force_rport: bool = False) -> Response:
    data = build_reply(message, status, "OK", source=SOURCE, to_tag_key=b"k", force_rport=force_rport)
    answer = parse_message(data)
    assert isinstance(answer, Response)
    return answer


@pytest.mark.parametrize(
    ("old", "new", "status", "reason"),
    [
        (b"From: <sip:a@example.com>;tag=1\r\n", b"", 400, "Missing From"),
        (b"To: <sip:b@example.com>\r\n", b"", 400, "Missing To"),
        (b"Call-ID: 1@load\r\n", b"", 400, "Missing"),
        (b"Call-ID: 1@load", b"Call-ID: 1 load", 400, "Call-ID"),
        (b"Call-ID: 1@load", b"Call-ID: 1\r\ni: 2", 400, "More than one Call-ID"),
        (b"Max-Forwards: 70", b"Max-Forwards: 256", 400, "Max-Forwards"),
        (b"Max-Forwards: 70", b"Max-Forwards: -1", 400, "Max-Forwards"),
        (b"CSeq: 1 OPTIONS\r\n", b"", 400, "Missing"),
        (b"CSeq: 1 OPTIONS", b"CSeq: 1 INVITE", 400, "CSeq method"),
        (b"CSeq: 1 OPTIONS", b"CSeq: 2147483648 OPTIONS", 400, "CSeq number"),
        (b"Via: ", b"X: ", 400, "Missing"),
        (b"SIP/2.0/UDP 192", b"SIP/7.0/UDP 192", 400, "protocol in Via"),
        (b";rport", b";rport, SIP/2.0/UDP", 400, "Via"),
        (b"<sip:a@192.0.2.1>", b"<sip:a@192.0.2.1>, x", 400, "Contact"),
        (b"<sip:a@192.0.2.1>", b"*", 400, "Contact"),
        (b"Contact: ", b"Route: <sip:x>, <\r\nContact: ", 400, "Route"),
        (b"OPTIONS sip:b@example.com ", b"OPTIONS sip:b@example.com?a=b ", 400, "Headers"),
        (b"OPTIONS sip:b@example.com ", b"OPTIONS <sip:b@example.com> ", 400, "URI"),
        (b"OPTIONS sip:b@example.com ", b"OPTIONS soap.beep://x ", 416, "Unsupported URI Scheme"),
    ],
)
def test_request_is_refused_when_it_breaks_a_rule(old: bytes, new: bytes, status: int, reason: str) -> None:
    refusal = check_request(request(old, new))
    assert refusal is not None
    assert (refusal.status, refusal.headers) == (status, ())
    assert reason in refusal.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b""),
        (b"Max-Forwards: 70\r\n", b""),
        (b"Max-Forwards: 70", b"Max-Forwards: 0"),
        (b"Max-Forwards: 70", b"Max-Forwards: 255"),
        (b"CSeq: 1 ", b"CSeq: 2147483647 "),
        (b"CSeq: 1 ", b"CSeq: 0001 \t"),
        (b"OPTIONS", b"REGISTER"),
        (b"sip:b@example.com SIP", b"tel:+1 SIP"),
        (b"sip:b@example.com SIP", b"urn:service:sos SIP"),
        (b"Contact: ", b"m: sip:c@d\r\nContact: "),
        (b";rport", b";rport\r\nVia: SIP / 2.0 / TCP x"),
    ],
)
def test_request_is_sound_when_it_keeps_the_rules(old: bytes, new: bytes) -> None:
    assert check_request(request(old, new)) is None


def test_star_is_sound_when_a_register_removes_all_bindings() -> None:
    message = parse_message(GOOD.replace(b"OPTIONS", b"REGISTER").replace(b"<sip:a@192.0.2.1>", b"*"))
    assert isinstance(message, Request)
    assert check_request(message) is None
    assert message.contacts == ()


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (b"Via: SIP/2.0/UDP 224.0.0.1", "multicast"),
        (b"Via: SIP/2.0/UDP h;received=255.255.255.255", "broadcast"),
        (b"Via: SIP/2.0/UDP [ff02::1]", "multicast"),
        (b"Via: ;", "Via"),
    ],
)
def test_response_is_dropped_when_a_later_via_names_many(new: bytes, reason: str) -> None:
    data = GOOD.replace(b"OPTIONS sip:b@example.com SIP/2.0", b"SIP/2.0 200 OK")
    good, bad = parse_message(data), parse_message(data.replace(b"Max-Forwards", new + b"\r\nMax-Forwards"))
    assert isinstance(good, Response)
    assert isinstance(bad, Response)
    assert check_response(good) is None
    assert reason in (check_response(bad) or "")


def test_reply_is_exactly_this_when_the_request_is_plain() -> None:
    message = request()
    assert build_reply(
        message, 200, "OK", source=SOURCE, to_tag_key=b"k", headers=[("x-a", "b")], body=b"12", server="s"
    ) == (
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bK-1;rport=5099;received=198.51.100.7\r\n"
        b"From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>;tag=" + to_tag(message, b"k") + b"\r\n"
        b"Call-ID: 1@load\r\nCSeq: 1 OPTIONS\r\nX-A: b\r\nServer: s\r\nContent-Length: 2\r\n\r\n12"
    )


@pytest.mark.parametrize(
    ("via", "force", "answered", "port"),
    [
        (
            b"SIP/2.0/UDP h;rport;branch=b",
            False,
            b"SIP/2.0/UDP h;branch=b;rport=5099;received=198.51.100.7",
            5099,
        ),
        (b"SIP/2.0/UDP h:6000;branch=b", False, b"SIP/2.0/UDP h:6000;branch=b;received=198.51.100.7", 6000),
        (b"SIP/2.0/UDP h;branch=b", False, b"SIP/2.0/UDP h;branch=b;received=198.51.100.7", 5060),
        (b"SIP/2.0/UDP h;branch=b", True, b"SIP/2.0/UDP h;branch=b;rport=5099;received=198.51.100.7", 5099),
        (b"SIP/2.0/UDP 198.51.100.7;branch=b", False, b"SIP/2.0/UDP 198.51.100.7;branch=b", 5060),
        (
            b"SIP/2.0/UDP h;maddr=203.0.113.1",
            False,
            b"SIP/2.0/UDP h;maddr=203.0.113.1;received=198.51.100.7",
            5060,
        ),
        (
            b"SIP/2.0/UDP h;received=203.0.113.1;rport",
            False,
            b"SIP/2.0/UDP h;rport=5099;received=198.51.100.7",
            5099,
        ),
        (b"SIP/2.0/UDP h, SIP/2.0/TCP i", False, b"SIP/2.0/UDP h;received=198.51.100.7, SIP/2.0/TCP i", 5060),
        (b"SIP/2.0/UDP h;;", False, b"SIP/2.0/UDP h;;", 5099),
    ],
)
def test_reply_goes_back_to_the_source_when_the_via_says_this(
    via: bytes, force: bool, answered: bytes, port: int
) -> None:
    message = request(b"SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bK-1;rport", via + b"\r\nv: SIP/2.0/TLS last")
    assert reply(message, force_rport=force).header_values("via") == [answered, b"SIP/2.0/TLS last"]
    assert reply_target(message, SOURCE, force_rport=force) == (SOURCE[0], port)


def test_tag_is_the_same_when_retransmitted_acked_or_cancelled_and_new_otherwise() -> None:
    tag = reply(request()).to.tag
    assert len(tag) == 20
    assert reply(request()).to.tag == tag
    assert reply(request(b"OPTIONS", b"CANCEL"), 481).to.tag == tag
    for old, new in (
        (b"1@load", b"2@load"),
        (b"tag=1", b"tag=2"),
        (b"CSeq: 1", b"CSeq: 2"),
        (b"bK-1", b"bK-2"),
    ):
        assert reply(request(old, new)).to.tag != tag
    assert to_tag(request(), b"other") != tag


def test_no_tag_is_added_when_there_is_one_or_the_status_is_100() -> None:
    assert reply(request(b"To: <sip:b@example.com>", b"To: <sip:b@example.com;tag=no>;TAG=x")).to.tag == b"x"
    assert reply(request(b"To: <sip:b@example.com>", b"To: <sip:b@h;tag=no>;a=b")).to.tag not in {b"", b"no"}
    trying = reply(request(b"Contact", b"Timestamp: 54\r\nContact"), 100)
    assert (trying.to.tag, trying.header("timestamp")) == (b"", b"54")
    assert reply(request(b"To: <sip:b@example.com>", b'To: "x;tag=1')).header("to") == b'"x;tag=1'


def test_no_line_can_be_added_when_texts_hold_line_breaks() -> None:
    data = build_reply(
        request(),
        400,
        "Bad\r\nX: 1",
        source=SOURCE,
        to_tag_key=b"k",
        headers=[("x-a", "b\nY: 2")],
        server="s\rZ: 3",
    )
    answer = parse_message(data)
    assert isinstance(answer, Response)
    assert answer.reason == b"Bad X: 1"
    assert answer.names == ["via", "from", "to", "call-id", "cseq", "x-a", "server", "content-length"]


def test_value_error_is_raised_when_status_or_name_is_ours_and_wrong() -> None:
    for status in (99, 700):
        with pytest.raises(ValueError, match="status"):
            reply(request(), status)
    with pytest.raises(ValueError, match="header"):
        build_reply(request(), 200, "OK", source=SOURCE, to_tag_key=b"k", headers=[("a b", "c")])
