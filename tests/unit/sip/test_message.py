"""Scan, parse, bounds, edits and serialising of whole messages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.errors import TooLargeError
from sertwist.limits import SipLimits
from sertwist.sip.edits import Edits
from sertwist.sip.errors import BadHeaderError, BadMessageError, MessageTooLargeError
from sertwist.sip.message import Request, Response, parse_message
from sertwist.sip.start_line import first_line_protocol

HEAD = (
    b"OPTIONS sip:bench@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK-1;rport\r\n"
    b"v: SIP/2.0/TCP b.example;branch=z9hG4bK-2, SIP/2.0/UDP c.example\r\nMax-Forwards: 70\r\n"
    b"From: <sip:load@127.0.0.1>;tag=1\r\nTo: <sip:bench@127.0.0.1>\r\nCall-ID: 1@load\r\nCSeq: 1 OPTIONS\r\n"
    b"Subject: one\r\n two\r\nX-New: 1\r\n"
)
DEFAULT = SipLimits()
MESSAGE = HEAD + b"Content-Length: 4\r\n\r\nbody"


def request(data: bytes = MESSAGE) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def refusal(data: bytes, limits: SipLimits = DEFAULT) -> BadMessageError:
    with pytest.raises(BadMessageError) as caught:
        parse_message(data, limits)
    return caught.value


def test_parts_are_read_when_a_request_is_whole() -> None:
    message = request()
    assert (message.method, message.uri, message.body) == ("OPTIONS", b"sip:bench@127.0.0.1:5060", b"body")
    assert [via.host for via in message.vias] == [b"127.0.0.1", b"b.example", b"c.example"]
    assert message.header_values("VIA")[1].startswith(b"SIP/2.0/TCP")
    assert message.values("via")[2] == b"SIP/2.0/UDP c.example"
    assert (message.header("Subject"), message.header("no"), message.header_values("no")) == (
        b"one two",
        None,
        [],
    )
    assert message.names[:3] == ["via", "via", "max-forwards"]
    assert (message.content_length, message.max_forwards, message.call_id) == (4, 70, b"1@load")
    assert message.contacts == message.routes == message.record_routes == ()
    assert message.serialize() is message.raw


def test_status_and_reason_are_read_when_a_response() -> None:
    message = parse_message(b"SIP/2.0 200 \xd0\x9d = 2\r\nVia: SIP/2.0/UDP a\r\n\r\n")
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (200, b"\xd0\x9d = 2")
    assert message.content_length is None
    with pytest.raises(BadHeaderError):
        _ = message.to


@pytest.mark.parametrize(
    "line",
    [
        b"SIP/2.0 99 x",
        b"SIP/2.0 700 x",
        b"SIP/2.0 4294967301 x",
        b"SIP/3.0 200 OK",
        b"SIP/2.0",
        b"SIP/x 200 OK",
    ],
)
def test_nothing_is_to_be_answered_when_a_response_is_bad(line: bytes) -> None:
    assert refusal(MESSAGE.replace(HEAD.split(b"\r\n")[0], line)).request is None


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"OPTIONS sip", b"OPTIONS  sip", 400),
        (b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia", 505),
        (b"SIP/2.0\r\nVia", b"HTTP/1.1\r\nVia", 400),
        (b"SIP/2.0\r\nVia", b"SIP/2.0\r\n \r\nVia", 400),
        (b"X-New: 1", b"X-New 1", 400),
        (b"X-New: 1", b"X New: 1", 400),
        (b"X-New: 1", b": 1", 400),
        (b"X-New: 1", b"X-New: 1\nVia: x", 400),
        (b"X-New: 1", b"X-New: 1\rVia: x", 400),
        (b"Length: 4", b"Length: 5", 400),
        (b"Length: 4", b"Length: -4", 400),
        (b"Length: 4", b"Length: +4", 400),
        (b"Length: 4", b"Length: 4\x0b", 400),
        (b"Length: 4", b"Length: 4, 4", 400),
        (b"Length: 4", b"Length: 4\r\nl: 4", 400),
        (b"Length: 4", b"Length: " + b"9" * 5000, 400),
        (b"\r\n\r\nbody", b"\r\n", 400),
    ],
)
def test_request_can_still_be_answered_when_it_is_bad(old: bytes, new: bytes, status: int) -> None:
    error = refusal(MESSAGE.replace(old, new))
    assert error.status_hint == status
    assert error.request is not None
    assert error.request.method == "OPTIONS"
    assert error.request.header("call-id") == b"1@load"
    assert not any(b"\n" in line or b"\r" in line for line in error.request.lines)


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"\0\0\0\0", b"ACK sip:a SIP/2.0\r\nVia: a\r\n", b"OPTIONS sip:a SIP/2.0\r\nTo: a\r\n"],
)
def test_nothing_is_to_be_answered_when_no_via_or_an_ack(data: bytes) -> None:
    assert refusal(data).request is None


def test_bounds_hold_when_at_them_and_one_past() -> None:
    exact = SipLimits(
        max_message=len(MESSAGE),
        max_head=len(MESSAGE) - 8,
        max_headers=10,
        max_request_line=len(MESSAGE.partition(b"\r\n")[0]),
    )
    parse_message(MESSAGE, exact)
    for name in ("max_message", "max_head", "max_headers", "max_request_line"):
        smaller = replace(exact, **{name: getattr(exact, name) - 1})
        error = refusal(MESSAGE, smaller)
        assert isinstance(error, MessageTooLargeError)
        assert isinstance(error, TooLargeError)
        assert error.status_hint == 513
        assert error.request is not None


def test_rest_is_the_body_when_no_content_length_and_empty_lines_are_skipped() -> None:
    message = request(b"\r\n\r\n" + HEAD + b"\r\nall of it")
    assert message.body == b"all of it"
    assert message.raw.startswith(b"OPTIONS")
    assert request(MESSAGE + b"more").raw == MESSAGE


def test_untouched_lines_stay_octet_for_octet_when_edited() -> None:
    edits = Edits()
    message = request()
    edits.set_request_uri(message, "sip:other@example.com")
    edits.prepend_header("Via", "SIP/2.0/UDP proxy;branch=z9hG4bK0")
    edits.set_header("max-forwards", "69")
    edits.remove_header("x-new")
    edits.append_header("x-other", "a\r\nEvil: b")
    edits.set_header("server", "s")
    branch = edits.copy()
    edits.replace_body(b"longer body", "text/plain")
    lines = message.serialize(edits).split(b"\r\n")
    assert lines[:3] == [
        b"OPTIONS sip:other@example.com SIP/2.0",
        b"Via: SIP/2.0/UDP proxy;branch=z9hG4bK0",
        HEAD.split(b"\r\n")[1],
    ]
    assert (
        b"v: SIP/2.0/TCP b.example;branch=z9hG4bK-2, SIP/2.0/UDP c.example\r\nMax-Forwards: 69\r\nFrom"
        in message.serialize(edits)
    )
    assert b"Subject: one\r\n two\r\nContent-Length: 11\r\n" in message.serialize(edits)
    assert lines[-4:] == [b"Content-Type: text/plain", b"X-Other: a Evil: b", b"", b"longer body"]
    assert b"Evil" not in [line.partition(b":")[0] for line in lines]
    assert message.serialize(branch).endswith(b"\r\n\r\nbody")
    assert message.serialize() == MESSAGE
    with pytest.raises(ValueError, match="white space"):
        edits.set_request_uri(message, "sip:a SIP/2.0\r\nX: y")


def test_the_later_change_wins_when_the_same_header_is_edited_twice() -> None:
    edits = Edits()
    edits.append_header("subject", "a")
    edits.remove_header("s")
    assert b"ubject" not in request().serialize(edits)
    edits.set_header("Via", "one")
    assert request(request().serialize(edits)).header_values("via") == [b"one"]
    edits.replace_start_line(b"OPTIONS sip:x SIP/2.0")
    assert request().serialize(edits).startswith(b"OPTIONS sip:x SIP/2.0\r\nVia: one\r\n")


FIELD_NAMES = st.sampled_from(["via", "v", "X-New", "Subject", "call-id", "foo"])
FIELD_VALUES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n\0"), max_size=20)


@settings(max_examples=150)
@given(st.lists(st.tuples(FIELD_NAMES, FIELD_VALUES, st.booleans())), st.binary(max_size=30))
def test_message_reads_the_same_when_serialised_and_read_again(
    fields: list[tuple[str, str, bool]], body: bytes
) -> None:
    message = request(
        b"INVITE sip:a SIP/2.0\r\n"
        + b"".join(b"%s: %s%s\r\n" % (n.encode(), b"\r\n " if fold else b"", v.encode()) for n, v, fold in fields)
        + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    again = request(message.serialize(Edits()))
    assert again.serialize() == message.serialize(Edits()) == message.raw
    assert (again.names, again.lines, again.body) == (message.names, message.lines, body)
    edits = Edits()
    edits.set_header("subject", "new")
    edited = request(message.serialize(edits))
    assert edited.header_values("subject") == [b"new"]
    assert edited.header_values("foo") == message.header_values("foo")
    assert edited.body == body


@pytest.mark.parametrize(
    ("buffer", "protocol"),
    [
        (b"OPTIONS sip:a SIP/2.0\r\n", "sip"),
        (b"OPTIONS sip:a SIP/7.0\r\n", "sip"),
        (b"SIP/2.0 200 OK\r\n", "sip"),
        (b"\r\n\r\nOPTIONS sip:a SIP/2.0\r\n", "sip"),
        (b"OPTIONS sip:a SIP/2.0  \r\n", "sip"),
        (b"POST /RPC2 HTTP/1.1\r\nVia: x SIP/2.0\r\n", "http"),
        (b"GET / HTTP/1.0\r\n", "http"),
        (b"GET / HTTP/1.10\r\n", "bad"),
        (b"PRI * HTTP/2.0\r\n", "bad"),
        (b"GET /\r\n", "bad"),
        (b"GET / HTTP/1.1\n", "bad"),
        (b"GET / HTTP/1.1 \r\n", "bad"),
        (b"a\rb SIP/2.0\r\n", "bad"),
        (b" SIP/2.0\r\n", "bad"),
        (b"\x16\x03\x01\n", "bad"),
        (b"SIP/2.0x 200 OK\r\n", "bad"),
        (b"", None),
        (b"\r\n\r\n", None),
        (b"POST / HTTP/1.1\r", None),
    ],
)
def test_protocol_is_decided_when_the_first_line_is_complete(buffer: bytes, protocol: str | None) -> None:
    assert first_line_protocol(buffer) == protocol
    assert first_line_protocol(bytearray(buffer)) == protocol


def test_first_line_is_bad_when_one_past_the_limit() -> None:
    limits = SipLimits(max_request_line=40)
    line = b"OPTIONS sip:" + b"a" * 20 + b" SIP/2.0"
    assert first_line_protocol(line + b"\r\n", limits) == "sip"
    assert first_line_protocol(line + b"x", limits) is None
    assert first_line_protocol(b"x" + line + b"\r\n", limits) == "bad"
    assert first_line_protocol(b"x" * 42, limits) == "bad"
    assert first_line_protocol(b"\r\n" * 20, limits) is None
    assert first_line_protocol(b"\r\n" * 21, limits) == "bad"
