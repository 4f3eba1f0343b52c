"""What a stateless proxy does to a request and to the response that comes back (RFC 3261 16.6, 16.7, 16.11)."""

from __future__ import annotations

import re

import pytest

from sertwist.sip.forwarding import (
    MAGIC_COOKIE,
    ReturnPath,
    branch_of,
    forward_request,
    forward_response,
    hops_left,
    return_path,
)
from sertwist.sip.message import Request, Response, parse_message
from sertwist.sip.reply import build_reply
from sertwist.sip.via import Via

KEY = b"k" * 32
SOURCE = ("192.0.2.9", 40_000)
OWN = Via(b"UDP", b"192.0.2.1", 5060)
PATH = ReturnPath("c", 0x2A)


def request(
    method: str = "INVITE",
    *,
    via: str = "SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bKa",
    uri: str = "sip:bob@example.com",
    more: str = "Max-Forwards: 70\r\nContent-Length: 0\r\n",
    call_id: str = "1",
    number: int = 1,
    tag: str = "f",
) -> Request:
    text = (
        f"{method} {uri} SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@example.com>;tag={tag}\r\nTo: <sip:bob@example.com>\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {number} {method}\r\n{more}\r\n"
    )
    message = parse_message(text.encode())
    assert isinstance(message, Request)
    return message


def forwarded(message: Request, own: Via = OWN, path: ReturnPath = PATH, *, force_rport: bool = False) -> Request:
    branch = branch_of(message, KEY)
    data = forward_request(message, own, path, branch=branch, source=SOURCE, force_rport=force_rport, key=KEY)
    result = parse_message(data)
    assert isinstance(result, Request)
    return result


def answered(message: Request, *, status: int = 200) -> Response:
    """The response that the next hop makes of it."""
    data = build_reply(message, status, "OK", source=("192.0.2.1", 5060), to_tag_key=b"other")
    result = parse_message(data)
    assert isinstance(result, Response)
    return result


def reread(response: Response, old: bytes, new: bytes) -> Response:
    assert response.raw.count(old) == 1
    result = parse_message(response.raw.replace(old, new))
    assert isinstance(result, Response)
    return result


# -- the request ------------------------------------------------------------------------------------------------------


def test_request_goes_on_with_our_via_on_top_and_nothing_else_changed() -> None:
    sent = request(more="max-forwards: 5\r\nX-Odd:  a \r\n b\r\nContent-Length: 4\r\n\r\nbody")
    lines = forwarded(sent).raw.split(b"\r\n")
    before = sent.raw.split(b"\r\n")
    assert lines[0] == before[0]
    assert re.fullmatch(rb"Via: SIP/2\.0/UDP 192\.0\.2\.1:5060;branch=z9hG4bK[0-9a-f]{24};i=c2a-[0-9a-f]{20}", lines[1])
    assert [b"Max-Forwards: 4" if line == b"max-forwards: 5" else line for line in before[1:]] == lines[2:]


@pytest.mark.parametrize(
    ("via", "force_rport", "expected"),
    [
        ("SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bKa", False, "SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bKa"),
        ("SIP/2.0/UDP pc.example.com;branch=z9hG4bKa", False, ";branch=z9hG4bKa;received=192.0.2.9"),
        ("SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bKa", False, ";branch=z9hG4bKa;rport=40000;received=192.0.2.9"),
        ("SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa", True, ";branch=z9hG4bKa;rport=40000;received=192.0.2.9"),
        ("SIP/2.0/UDP 192.0.2.9;received=203.0.113.1;branch=z9hG4bKa", False, ";branch=z9hG4bKa;received=192.0.2.9"),
    ],
)
def test_via_below_ours_says_where_the_request_came_from(via: str, force_rport: bool, expected: str) -> None:
    result = forwarded(request(via=via), force_rport=force_rport)
    assert len(result.vias) == 2
    assert bytes(result.vias[1]).decode().endswith(expected)


def test_other_vias_stay_whether_in_one_line_or_in_several() -> None:
    via = "SIP/2.0/UDP a.example;branch=z9hG4bKa, SIP/2.0/TCP b.example;branch=z9hG4bKb\r\nv: SIP/2.0/TLS c.example"
    result = forwarded(request(via=via))
    assert [each.host for each in result.vias] == [b"192.0.2.1", b"a.example", b"b.example", b"c.example"]
    assert result.vias[1].received == b"192.0.2.9"


def test_max_forwards_is_added_where_there_is_none_and_ends_at_zero() -> None:
    assert hops_left(request(more="")) == 70
    assert forwarded(request(more="")).max_forwards == 70
    assert hops_left(request(more="Max-Forwards: 1\r\n")) == 0
    assert hops_left(request(more="Max-Forwards: 0\r\n")) == -1


def test_content_length_is_added_where_a_stream_needs_it() -> None:
    sent = request(more="Max-Forwards: 1\r\n\r\nbody")
    assert forwarded(sent).content_length is None
    assert forwarded(sent, Via(b"TLS", b"192.0.2.1", 5061)).content_length == len(sent.body) == 6


def test_branch_is_the_same_for_all_of_a_transaction() -> None:
    first = branch_of(request(), KEY)
    assert first.startswith(MAGIC_COOKIE)
    assert branch_of(request(), KEY) == first
    assert branch_of(request("CANCEL"), KEY) == first
    assert branch_of(request("ACK"), KEY) == first
    via = "SIP/2.0/UDP 192.0.2.9:5062;rport;alias;branch=z9hG4bKa"
    assert branch_of(request("CANCEL", via=via), KEY) == first


@pytest.mark.parametrize(
    "other",
    [
        {"via": "SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bKb"},
        {"via": "SIP/2.0/UDP 192.0.2.8:5062;branch=z9hG4bKa"},
        {"via": "SIP/2.0/UDP 192.0.2.9:5063;branch=z9hG4bKa"},
        {"call_id": "2"},
        {"number": 2},
        {"tag": "g"},
    ],
)
def test_branch_differs_between_transactions(other: dict[str, object]) -> None:
    assert branch_of(request(**other), KEY) != branch_of(request(), KEY)  # type: ignore[arg-type]


def test_branch_differs_when_a_request_comes_round_again_and_with_the_key() -> None:
    first = branch_of(request(), KEY)
    assert branch_of(forwarded(request()), KEY) != first
    assert branch_of(request(), b"other") != first


def test_branch_of_an_old_peer_without_cookie_depends_on_the_uri() -> None:
    via = "SIP/2.0/UDP 192.0.2.9:5062"
    first = branch_of(request(via=via), KEY)
    assert branch_of(request("ACK", via=via), KEY) == first
    assert branch_of(request(via=via, uri="sip:carol@example.com"), KEY) != first


# -- the response -----------------------------------------------------------------------------------------------------


def test_response_goes_back_without_our_via() -> None:
    sent = request(via="SIP/2.0/UDP pc.example.com:5062;rport;branch=z9hG4bKa")
    response = answered(forwarded(sent))
    found = return_path(response, KEY)
    assert found is not None
    path, below = found
    assert path == PATH
    assert (below.received, below.rport) == (b"192.0.2.9", b"40000")
    data = forward_response(response, below)
    expected = build_reply(sent, 200, "OK", source=SOURCE, to_tag_key=b"x")
    assert data.partition(b"From:")[0] == expected.partition(b"From:")[0]
    assert data.partition(b"From:")[2] == response.raw.partition(b"From:")[2]


def test_response_goes_back_when_the_next_hop_put_the_vias_in_one_line_and_wrote_them_anew() -> None:
    response = answered(forwarded(request(via="SIP/2.0/UDP pc.example.com;branch=z9hG4bKa")))
    top = response.top_via
    one_line = (
        b"via : %b;received=192.0.2.1 ,  SIP / 2.0 / UDP  PC.example.com; received=192.0.2.9 ;branch=z9hG4bKa" % top
    )
    lines = response.raw.split(b"\r\n")
    rewritten = parse_message(b"\r\n".join([lines[0], one_line, *lines[3:]]))
    assert isinstance(rewritten, Response)
    found = return_path(rewritten, KEY)
    assert found is not None
    data = forward_response(rewritten, found[1])
    assert data.count(b"Via: ") == 1
    assert b"Via: SIP / 2.0 / UDP  PC.example.com; received=192.0.2.9 ;branch=z9hG4bKa\r\n" in data


def test_response_to_a_stream_gets_its_content_length() -> None:
    response = answered(forwarded(request(via="SIP/2.0/TLS 192.0.2.9;branch=z9hG4bKa")))
    bare = reread(response, b"Content-Length: 0\r\n", b"")
    found = return_path(bare, KEY)
    assert found is not None
    assert b"Content-Length: 0\r\n" in forward_response(bare, found[1])


@pytest.mark.parametrize(
    "name", ["branch", "i", "host", "received", "rport", "below-branch", "transport", "port", "call"]
)
def test_response_is_not_ours_when_anything_that_decides_its_way_was_changed(name: str) -> None:
    response = answered(forwarded(request(via="SIP/2.0/UDP pc.example.com:5062;rport;branch=z9hG4bKa")))
    own = response.top_via
    assert return_path(response, KEY) is not None
    old, new = {
        "branch": (own.branch, own.branch[:-1] + (b"0" if own.branch[-1:] != b"0" else b"1")),
        "i": (b";i=c2a-", b";i=c2b-"),
        "host": (b"pc.example.com", b"victim.example"),
        "received": (b"received=192.0.2.9", b"received=203.0.113.1"),
        "rport": (b"rport=40000", b"rport=53"),
        "below-branch": (b"z9hG4bKa;", b"z9hG4bKb;"),
        "transport": (b"SIP/2.0/UDP pc", b"SIP/2.0/TCP pc"),
        "port": (b":5062", b":5063"),
        "call": (b"Call-ID: 1", b"Call-ID: 2"),
    }[name]
    assert return_path(reread(response, old, new), KEY) is None


def test_response_is_not_ours_under_another_key_or_with_fewer_vias() -> None:
    response = answered(forwarded(request()))
    assert return_path(response, b"other") is None
    lines = response.raw.split(b"\r\n")
    for rest in (lines[2:], lines[3:], [lines[1], *lines[3:]]):
        alone = parse_message(b"\r\n".join([lines[0], *rest]))
        assert isinstance(alone, Response)
        assert return_path(alone, KEY) is None


@pytest.mark.parametrize(
    "token", ["", ";i=", ";i=c2a", ";i=x2a-" + "0" * 20, ";i=c2a-" + "0" * 20, ";i=c" + "1" * 17 + "-" + "0" * 20]
)
def test_response_is_not_ours_when_its_token_is_odd(token: str) -> None:
    via = f"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx{token}\r\nVia: SIP/2.0/UDP 192.0.2.9"
    text = f"SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 A\r\n\r\n"
    message = parse_message(text.encode())
    assert isinstance(message, Response)
    assert return_path(message, KEY) is None
