"""`HttpFramer`: requests come out the same however their bytes were cut; bounds hold at them and one past them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.errors import PeerError
from sertwist.limits import HttpLimits
from sertwist.rpc.http_framer import HttpError, HttpFramer, HttpRequest, SendContinue

LIMITS = HttpLimits()


def post(body: bytes = b"<x/>", *fields: str, line: str = "POST /RPC2 HTTP/1.1", length: bool = True) -> bytes:
    lines = [line, "Host: localhost:5061", *fields]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "".join(f"{each}\r\n" for each in lines).encode("latin-1") + b"\r\n" + body


def chunked(*parts: bytes, trailer: bytes = b"") -> bytes:
    coded = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return post(coded + b"0\r\n" + trailer + b"\r\n", "Transfer-Encoding: chunked", length=False)


def take(framer: HttpFramer) -> list[object]:
    items: list[object] = []
    try:
        while (item := framer.next()) is not None:
            items.append(item)
    except HttpError as error:
        items.append(error)
    return items


def events(pieces: list[bytes], limits: HttpLimits = LIMITS) -> list[object]:
    """What a connection says, in words that can be compared."""
    framer, seen = HttpFramer(limits), []
    for piece in pieces:
        framer.feed(piece)
        for item in take(framer):
            if isinstance(item, HttpRequest):
                seen.append((item.method, item.target, item.version, item.keep_alive, item.header_text, item.body))
            elif isinstance(item, HttpError):
                return [*seen, (item.status_hint, str(item))]
            else:
                seen.append(item)
    return seen


def one(data: bytes, limits: HttpLimits = LIMITS) -> HttpRequest:
    framer = HttpFramer(limits)
    framer.feed(data)
    items = take(framer)
    assert len(items) == 1, items
    assert isinstance(items[0], HttpRequest), items[0]
    return items[0]


def status(data: bytes, limits: HttpLimits = LIMITS) -> int:
    framer = HttpFramer(limits)
    framer.feed(data)
    (error,) = take(framer)
    assert isinstance(error, HttpError), error
    return error.status_hint


def test_a_request_is_read() -> None:
    request = one(post(b"<x/>", 'Content-Type: Text/XML; charset="UTF-8"', "X-Two: a", "x-two: b"))
    assert (request.method, request.target, request.version, request.body) == ("POST", "/RPC2", "1.1", b"<x/>")
    assert (request.content_type, request.charset, request.keep_alive) == ("text/xml", "utf-8", True)
    assert (request.header("HOST"), request.header("X-two"), request.header("absent")) == (
        "localhost:5061",
        "a, b",
        None,
    )
    assert request.header("ä") is None
    assert request.header_text.startswith("POST /RPC2 HTTP/1.1\r\nHost: localhost:5061\r\n")


def test_names_of_sip_mean_nothing() -> None:
    request = one(post(b"", "l: 4", "c: text/xml", "v: SIP/2.0/TCP x"))
    assert (request.body, request.content_type, request.header("Via")) == (b"", "", None)


@pytest.mark.parametrize(
    ("line", "field", "kept"),
    [
        ("POST / HTTP/1.1", "X: y", True),
        ("POST / HTTP/1.1", "Connection: close", False),
        ("POST / HTTP/1.0", "X: y", False),
        ("POST / HTTP/1.0", "Connection: Keep-Alive", True),
        ("POST / HTTP/1.1", "Connection: x, close", False),
    ],
)
def test_the_connection_is_kept_as_the_client_says(line: str, field: str, kept: bool) -> None:
    framer = HttpFramer(LIMITS)
    framer.feed(post(b"a", field, line=line) + post(b"b"))
    items = take(framer)
    assert isinstance(items[0], HttpRequest)
    assert items[0].keep_alive is kept
    assert len(items) == (2 if kept else 1)
    assert framer.buffered == 0


def test_pipelined_requests_come_one_at_a_time_in_order() -> None:
    framer = HttpFramer(LIMITS)
    framer.feed(post(b"1") + chunked(b"2") + post(b"", line="GET / HTTP/1.1", length=False) + post(b"4"))
    bodies = [item.body for item in take(framer) if isinstance(item, HttpRequest)]
    assert bodies == [b"1", b"2", b"", b"4"]


def test_one_empty_line_may_stand_before_a_request() -> None:
    assert len(events([b"\r\n" + post() + b"\r\n" + post()])) == 2
    assert status(b"\r\n\r\n" + post()) == 400


def test_expect_is_answered_after_head_and_size_are_good() -> None:
    framer = HttpFramer(LIMITS)
    data = post(b"abc", "Expect: 100-Continue")
    framer.feed(data[:-3])
    assert framer.next() == SendContinue()
    assert framer.in_body
    assert framer.next() is None
    framer.feed(b"abc")
    request = framer.next()
    assert isinstance(request, HttpRequest)
    assert request.body == b"abc"
    assert not framer.in_body


def test_expect_asks_for_nothing_when_there_is_no_body_or_the_client_is_old() -> None:
    assert one(post(b"", "Expect: 100-continue")).body == b""
    assert one(post(b"a", "Expect: 100-continue", line="POST / HTTP/1.0")).body == b"a"


def test_expect_of_a_body_past_the_bound_is_refused_without_continue() -> None:
    assert status(post(b"", "Expect: 100-continue", f"Content-Length: {LIMITS.max_body + 1}", length=False)) == 413


REFUSED = {
    "no version": (b"POST /\r\n\r\n", 400),
    "version 1.10": (b"GET / HTTP/1.10\r\n\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "two spaces": (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "lower-case method": (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "target outside ASCII": ("GET /ä HTTP/1.1\r\nHost: a\r\n\r\n".encode(), 400),
    "unknown method": (b"FROBNICATE / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "tunnel": (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "no length": (post(b"", length=False), 411),
    "other expectation": (post(b"a", "Expect: 200-ok"), 417),
    "compressed": (post(b"a", "Content-Encoding: gzip"), 415),
    "chunked in 1.0": (post(b"0\r\n\r\n", "Transfer-Encoding: chunked", line="POST / HTTP/1.0", length=False), 400),
    "length twice": (post(b"a", "Content-Length: 1"), 400),
    "type twice": (post(b"a", "Content-Type: text/xml", "Content-Type: text/plain"), 400),
    "negative length": (post(b"", "Content-Length: -1", length=False), 400),
    "length list": (post(b"", "Content-Length: 1, 1", length=False), 400),
    "length in hex": (post(b"", "Content-Length: 0x1", length=False), 400),
    "very long length": (post(b"", f"Content-Length: {'9' * 5000}", length=False), (400, 413)),
    "field without colon": (b"GET / HTTP/1.1\r\nHost: a\r\nbad\r\n\r\n", 400),
    "field without name": (b"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_broken_request_is_refused_with_its_status(case: str) -> None:
    data, expected = REFUSED[case]
    assert status(data) in (expected if isinstance(expected, tuple) else (expected,))


def test_nothing_is_read_after_a_refusal() -> None:
    framer = HttpFramer(LIMITS)
    framer.feed(b"bad\r\n" + post())
    with pytest.raises(PeerError) as first:
        framer.next()
    framer.feed(post())
    with pytest.raises(HttpError) as second:
        framer.next()
    assert second.value is first.value
    assert framer.buffered == 0


def test_an_offer_to_upgrade_is_ignored() -> None:
    assert one(post(b"abc", "Connection: Upgrade", "Upgrade: websocket")).body == b"abc"


# -- bounds -----------------------------------------------------------------------------------------------------------


def test_the_request_lines_bound() -> None:
    limits = replace(LIMITS, max_request_line=30)
    line = "GET /{} HTTP/1.1"
    assert one(post(b"", line=line.format("x" * 16), length=False), limits).target == "/" + "x" * 16
    assert status(post(b"", line=line.format("x" * 17), length=False), limits) == 414
    assert status(b"x" * 32, limits) == 414


def test_the_heads_bound() -> None:
    head = post(b"", "X: " + "y" * 50)
    assert one(head, replace(LIMITS, max_head=len(head))).body == b""
    assert status(head, replace(LIMITS, max_head=len(head) - 1)) == 431


def test_the_number_of_fields() -> None:
    limits = replace(LIMITS, max_fields=5)
    assert one(post(b"", "A: 1", "B: 2", "B: 3"), limits).header("b") == "2, 3"
    assert status(post(b"", "A: 1", "B: 2", "B: 3", "C: 4"), limits) == 431


def test_the_bodys_bound() -> None:
    limits = replace(LIMITS, max_body=10)
    assert one(post(b"x" * 10), limits).body == b"x" * 10
    assert one(chunked(b"x" * 4, b"y" * 6), limits).body == b"xxxxyyyyyy"
    assert status(post(b"x" * 11), limits) == 413
    assert status(chunked(b"x" * 4, b"y" * 7), limits) == 413


def test_a_ten_megabyte_body_is_refused_before_any_of_it() -> None:
    assert status(post(b"", "Content-Length: 10485760", length=False)) == 413
    assert status(post(b"a00000\r\n", "Transfer-Encoding: chunked", length=False)) == 413


def test_the_last_request_of_a_connection_says_so() -> None:
    seen = events([post() * 4], replace(LIMITS, max_requests=3))
    assert [event[3] for event in seen if isinstance(event, tuple)] == [True, True, False]


def test_timers_can_see_what_is_awaited() -> None:
    framer, data = HttpFramer(LIMITS), post(b"abc")
    assert (framer.in_head, framer.in_body, framer.buffered) == (False, False, 0)
    framer.feed(data[:10])
    assert framer.next() is None
    assert (framer.in_head, framer.in_body, framer.buffered) == (True, False, 10)
    framer.feed(data[10:-1])
    assert framer.next() is None
    assert (framer.in_head, framer.in_body, framer.buffered) == (False, True, 2)
    framer.feed(data[-1:])
    assert framer.next() is not None
    assert (framer.in_head, framer.in_body, framer.buffered) == (False, False, 0)


# -- cuts -------------------------------------------------------------------------------------------------------------

GOOD = {
    "post": post(b"<x/>"),
    "chunked": chunked(b"<x", b"/>", trailer=b"T: 1\r\n"),
    "extension": post(b'1;a="b"\r\nx\r\n0;c\r\n\r\n', "Transfer-Encoding: Chunked", length=False),
    "expect": post(b"<x/>", "Expect: 100-continue"),
    "pair": post(b"1") + b"\r\n" + post(b"2", line="GET /?q HTTP/1.0"),
}
BROKEN = {
    "bare LF": post().replace(b"61\r\n", b"61\n"),
    "bare LF in the line": post().replace(b"1.1\r\n", b"1.1\n"),
    "bare CR": post(b"", "X: a\rb"),
    "NUL": post(b"", "X: a\0b"),
    "folded": post(b"", "X: a\r\n b"),
    "space before colon": post(b"", "X : a"),
    "bad chunk": post(b"1\r\nxx\r\n", "Transfer-Encoding: chunked", length=False),
    **{name: data for name, (data, _) in REFUSED.items()},
}


@pytest.mark.parametrize("data", [*GOOD.values(), *BROKEN.values()], ids=[*GOOD, *BROKEN])
def test_a_cut_at_any_byte_changes_nothing(data: bytes) -> None:
    whole = events([data])
    assert events([data[i : i + 1] for i in range(len(data))]) == whole
    for at in range(1, min(len(data), 300)):
        assert events([data[:at], data[at:]]) == whole, at


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_cuts_change_nothing_of_damaged_streams_near_every_bound(data: st.DataObject) -> None:
    limits = HttpLimits(
        max_request_line=24, max_head=110, max_fields=4, max_body=8, max_chunk_extensions=6, max_trailers=12
    )
    stream = bytearray(
        b"".join(data.draw(st.lists(st.sampled_from([*GOOD.values(), *BROKEN.values()]), min_size=1, max_size=3)))
    )
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(stream)))
        stream[at : at + data.draw(st.integers(0, 5))] = data.draw(
            st.one_of(st.sampled_from([b"\r\n", b"\n", b"\r", b"\0", b" ", b"x" * 20]), st.binary(max_size=3))
        )
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=20)))
    pieces = [bytes(stream[a:b]) for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events(pieces, limits) == events([bytes(stream)], limits)


# -- heads that come again --------------------------------------------------------------------------------------------

SAME = (post(b"1"), post(b"2"), post(b"three"), chunked(b"x"), post(b"y", "Expect: 100-continue"), post(b"1", "X: y"))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_head_that_comes_again_is_read_as_if_it_were_new(data: st.DataObject) -> None:
    requests = data.draw(st.lists(st.sampled_from([*SAME, *SAME[:2], *BROKEN.values()]), min_size=1, max_size=6))
    expected: list[object] = []
    for request in requests:
        expected += events([request])
        if isinstance(expected[-1], tuple) and isinstance(expected[-1][0], int):
            break  # refused: nothing after it is read
    stream = b"".join(requests)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events(pieces) == expected


def test_requests_with_one_head_do_not_share_what_was_received_after_it() -> None:
    framer = HttpFramer(replace(LIMITS, max_requests=2))
    framer.feed(post(b"1") + post(b"2"))
    first, second = take(framer)
    assert isinstance(first, HttpRequest)
    assert isinstance(second, HttpRequest)
    assert (first.head, first.body, first.keep_alive) == (second.head, b"1", True)
    assert (second.body, second.keep_alive) == (b"2", False)


def test_a_long_head_is_not_kept_for_the_next_request() -> None:
    def kept(size: int) -> bool:
        request = post(b"", "X: ")
        request = request.replace(b"X: ", b"X: " + b"y" * (size - len(request)))
        framer = HttpFramer(LIMITS)
        framer.feed(request * 2)
        heads = [item.head for item in take(framer) if isinstance(item, HttpRequest)]
        assert heads == [request, request]
        return framer.kept == size

    assert kept(2_048)
    assert not kept(2_049)
