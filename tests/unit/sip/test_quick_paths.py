"""What the quick ways decide about usual messages is what the careful ways say of them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sertwist.limits import SipLimits
from sertwist.sip import address, header_text, reply, sanity, scan
from sertwist.sip.errors import BadHeaderError, BadMessageError
from sertwist.sip.message import Request, parse_message
from sertwist.sip.reply import build_reply, reply_target, to_tag
from sertwist.sip.via import Via

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = SipLimits()
SOURCE = ("198.51.100.7", 5099)
START = b"OPTIONS sip:b@example.com SIP/2.0"

NAMES = st.sampled_from([b"Via", b"v", b"VIA", b"To", b"t", b"Subject", b"X-New", b"vIa", b"Via ", b"a b", b"", b"A"])
COLONS = st.sampled_from([b": ", b":", b" : ", b":\t", b":  ", b" ", b"", b": : "])
BLANKS = st.sampled_from([b"", b" ", b"\t", b" \t", b"\x0b", b"\r", b"\n"])
VALUES = st.sampled_from([b"", b"x", b"To: y", b"a  b", b"a\tb", b":", b"\r\n x", b"\r\n\tTo: z", b"\r\n", b"\xff"])
LINES = st.builds(b"".join, st.tuples(NAMES, COLONS, VALUES, BLANKS))


def scanned(head: bytes, *, carefully: bool) -> scan.Head | str:
    """The head, or why there is none; every line is judged on its own when `carefully`."""
    try:
        if not carefully:
            return scan.scan_head(head, LIMITS)
        start_line, *lines = head.split(b"\r\n")
        if b"\r" in head.replace(b"\r\n", b"") or b"\n" in head.replace(b"\r\n", b""):
            return "CR or LF outside of CRLF"
        return scan._scan_unusual(head, start_line, lines)
    except BadHeaderError as error:
        return str(error)


@settings(max_examples=200)
@example([b"Via: a ", b"To: b"])
@example([b"Via: a", b"v: b"])
@example([b"Via", b"To: b: c"])
@example([b" : b"])
@example([b"Via: a\x0b"])
@given(st.lists(LINES, max_size=5))
def test_head_is_the_same_when_scanned_quickly_and_carefully(lines: list[bytes]) -> None:
    head = b"\r\n".join([START, *lines])
    assert scanned(head, carefully=False) == scanned(head, carefully=True)


def test_first_line_is_found_when_a_name_is_repeated_in_any_spelling() -> None:
    _, lines, texts, first = scan.scan_head(START + b"\r\nVia: a\r\nv: b\r\nVIA: c\r\nTo: d", LIMITS)
    assert first == {"via": b"a", "to": b"d"}
    assert lines is texts
    assert len(lines) == 4


URIS = [b"sip:b@example.com", b"sips:h:5061;transport=tls", b"tel:+1", b"sip:h?a=b", b"sip:h:0", b"x", b"soap://x"]
ADDRESSES = [b"<sip:a@h>;tag=1", b"sip:a@h", b'"A \\" B" <sip:h>', b"A <sip:h>", b"<sip:h", b"*", b"", b"-", b"<tel:1>"]
ADDRESSES += [b"<sip:h>, <sip:i>", b"<sip:h>;;", b'"\x00" <sip:h>']


PLAIN: dict[bytes, bytes | None] = {
    b"Via": b"SIP/2.0/UDP h;branch=z9hG4bK1;rport",
    b"From": b"<sip:a@h>;tag=1",
    b"To": b"<sip:b@h>",
    b"Call-ID": b"1@h",
    b"CSeq": b"1 OPTIONS",
    b"Max-Forwards": b"70",
    b"Contact": b"<sip:a@h>",
}
UNUSUAL = {
    b"Via": [b"SIP/3.0/UDP h", b"SIP / 2.0 / UDP h", b"SIP/2.0/UDP h;;"],
    b"v": [b"SIP/3.0/UDP h"],
    b"Call-ID": [b"", b"a b", b"\xe9"],
    b"CSeq": [b"1 options", b"1 ACK", b"999999999 OPTIONS", b"2147483648 OPTIONS", b"1  OPTIONS", b"1"],
    b"Max-Forwards": [b"0", b"255", b"256", b"-1", b"-", b"", b"007"],
    b"max-forwards": [b"7"],
} | dict.fromkeys((b"From", b"To", b"t", b"Contact", b"m", b"Route"), ADDRESSES)
CHANGES = st.sampled_from(sorted(UNUSUAL)).flatmap(
    lambda name: st.tuples(st.just(name), st.none() | st.sampled_from(UNUSUAL[name]))
)


@settings(max_examples=300)
@example(URIS[0], [(b"Max-Forwards", b"256")])
@example(URIS[0], [(b"Max-Forwards", b"-")])
@example(URIS[0], [(b"Contact", b"-")])
@example(URIS[0], [(b"CSeq", b"1 ACK")])
@example(URIS[0], [(b"Route", b"<sip:h")])
@example(URIS[0], [(b"t", b"<sip:h>")])
@given(st.just(URIS[0]) | st.sampled_from(URIS), st.lists(CHANGES, max_size=2))
def test_request_keeps_every_rule_when_it_is_taken_at_a_glance(
    uri: bytes, changes: list[tuple[bytes, bytes | None]]
) -> None:
    fields = PLAIN | dict(changes)
    lines = [b"%s: %s" % (name, value) for name, value in fields.items() if value is not None]
    message = parse_message(b"\r\n".join([b"OPTIONS %s SIP/2.0" % uri, *lines, b"", b""]))
    assert isinstance(message, Request)
    if sanity._is_plain(message):
        sanity._check_fields(message)  # raises when a rule is broken
        assert sanity._check_uri(message.uri) is None


@pytest.mark.parametrize("absent", [None, b"Max-Forwards", b"Contact"])
def test_glance_is_enough_when_an_optional_header_is_absent(absent: bytes | None) -> None:
    lines = [b"%s: %s" % (name, value) for name, value in PLAIN.items() if name != absent]
    message = parse_message(b"\r\n".join([START, *lines, b"", b""]))
    assert isinstance(message, Request)
    assert sanity._is_plain(message)


def request(via: bytes) -> Request:
    message = parse_message(
        START
        + b"\r\nVia: "
        + via
        + b"\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
    )
    assert isinstance(message, Request)
    return message


VIA_PARAMS = st.lists(
    st.sampled_from(
        [b"rport", b"RPORT", b"rport=9", b"received=192.0.2.9", b"Received=x", b"branch=z9hG4bKr", b"xrport"]
    ),
    max_size=4,
)


@settings(max_examples=150)
@given(VIA_PARAMS, st.booleans())
def test_reply_is_the_same_when_the_via_is_answered_quickly_and_carefully(params: list[bytes], force: bool) -> None:
    quick = b";".join([b"SIP/2.0/UDP h", *params])
    message = request(quick)
    answer = build_reply(message, 200, "OK", source=SOURCE, to_tag_key=b"k", force_rport=force)
    top = parse_message(answer).top_via
    careful = reply._answered_via(message, quick, SOURCE, force_rport=force)
    assert bytes(top) == careful
    names = [name.lower() for name, _ in top.params]
    assert names.count(b"rport") <= 1
    assert names.count(b"received") <= 1
    asked = force or message.top_via.rport is not None
    assert reply_target(message, SOURCE, force_rport=force) == (SOURCE if asked else (SOURCE[0], 5060))


def test_via_is_read_once_when_asked_for_twice() -> None:
    message = request(b"SIP/2.0/UDP h:7;rport")
    assert message.top_via is message.top_via
    assert message.plain_via is message.plain_via
    assert message.top_via == Via(b"UDP", b"h", 7, ((b"rport", None),))
    assert request(b"SIP / 2.0 / UDP h").plain_via is None
    with pytest.raises(BadMessageError) as caught:
        parse_message(START + b"\r\nVia\r\nv: SIP/2.0/UDP h;rport\r\n\r\n")
    assert caught.value.request is not None
    assert caught.value.request.plain_via is not None


def test_tag_is_a_keyed_hash_when_made_for_several_keys_in_turn() -> None:
    message = request(b"SIP/2.0/UDP h;branch=z9hG4bK1;rport")
    expected = blake2b(b"To-tag\n1\n<sip:a@h>;tag=1\n1\nz9hG4bK1", digest_size=10, key=b"k").hexdigest().encode()
    assert [to_tag(message, key) for key in (b"k", b"other", b"k")] == [expected, to_tag(message, b"other"), expected]
    assert to_tag(message, b"other") != expected


_DISPLAYS = st.sampled_from(
    [b"", b"A", b"A b", b" A", b"A  ", b'"A"', b'"A\\" b"', b'"A', b"\xc3\xa9", b"A:", b"'~", b"\t"]
)
_BRACKETED = st.sampled_from(
    [
        b"<sip:a@h>",
        b" <sip:a@h>",
        b"<tel:1>",
        b"sip:a@h",
        b"<sip:<a>",
        b"<>",
        b"<x>",
        b"<sip:a@h",
        b"<sip:%b@h>" % (b"u" * 200),
    ]
)
_PARAMS = st.sampled_from(
    [b"", b";tag=1", b" ;tag=1", b";tag=1 ", b";a;b=c;A=", b";;", b";tag", b';x="y;z"', b"x", b"\r\n"]
)


def address_by(read: Callable[[bytes], Any], text: bytes) -> Any:
    try:
        return read(text)
    except BadHeaderError:
        return None


@settings(max_examples=300)
@given(st.builds(b"".join, st.tuples(_DISPLAYS, _BRACKETED, _PARAMS)))
def test_address_is_the_same_when_read_quickly_and_carefully(text: bytes) -> None:
    carefully = address_by(address._parse_any, text)
    assert address_by(address.parse_address, text) == carefully
    assert address_by(address.address_uri, text) == (None if carefully is None else carefully.uri)


@settings(max_examples=300)
@given(st.text(alphabet="Xx-:a \t\0é", max_size=6))
def test_header_line_is_the_same_when_read_quickly_and_carefully(line: str) -> None:
    def lines(text: str) -> tuple[bytes, ...] | None:
        try:
            return header_text.header_lines(text)
        except ValueError:
            return None

    both = lines(f"{line}\r\nY: z")  # a second line takes the careful way
    assert lines(line) == lines(f"{line}\r\n") == (None if both is None else both[:-1])
    assert lines(f"{line}\n") is lines(f"{line}\r") is None
