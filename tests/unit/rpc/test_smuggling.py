"""Requests that two readers could take for different ones: what httptools, h11 and our framer make of each.

The two parsers' columns are their behaviour as measured; a new version that changes a cell fails here and is looked at.
Our column must always be a refusal.
"""

from __future__ import annotations

import h11
import httptools
import pytest

from sertwist.limits import HttpLimits
from sertwist.rpc.http_framer import HttpError, HttpFramer

LINE = b"POST /x HTTP/1.1\r\n"
HOST = b"Host: a\r\n"


def request(*fields: bytes, body: bytes = b"abcd", line: bytes = LINE, host: bytes = HOST) -> bytes:
    return line + host + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


CHUNKS = b"4\r\nabcd\r\n0\r\n\r\n"
CASES: dict[str, tuple[bytes, bool, bool]] = {
    # what: bytes, httptools takes it, h11 takes it
    "length and chunked": (request(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=CHUNKS), False, True),
    "chunked and length": (request(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=CHUNKS), False, True),
    "two different lengths": (request(b"Content-Length: 4", b"Content-Length: 5"), False, False),
    "two equal lengths": (request(b"Content-Length: 4", b"Content-Length: 4"), False, True),
    "signed length": (request(b"Content-Length: +4"), False, False),
    "space before colon": (request(b"Content-Length : 4"), False, False),
    "NUL in a value": (request(b"X: a\0b", b"Content-Length: 4"), False, False),
    "HTTP/1.10": (request(b"Content-Length: 4", line=b"POST /x HTTP/1.10\r\n"), False, False),
    "bare LF after a field": (LINE + b"Host: a\nContent-Length: 4\r\n\r\nabcd", False, True),
    "bare LF at the head's end": (LINE + b"Host: a\r\nContent-Length: 4\r\n\nabcd", False, True),
    "bare CR in a value": (request(b"X: a\rb", b"Content-Length: 4"), False, False),
    "folded field": (request(b"X: a\r\n b", b"Content-Length: 4"), False, True),
    "no version": (b"POST /x\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", True, False),
    "no Host": (request(b"Content-Length: 4", host=b""), True, False),
    "two Hosts": (request(b"Host: b", b"Content-Length: 4"), True, False),
    "gzip, chunked": (request(b"Transfer-Encoding: gzip, chunked", body=CHUNKS), True, False),
    "64 KiB field": (request(b"X: " + b"a" * 65_536, b"Content-Length: 4"), True, True),
}


def ours_takes(data: bytes) -> bool:
    framer = HttpFramer(HttpLimits())
    framer.feed(data)
    try:
        return framer.next() is not None
    except HttpError:
        return False


def httptools_takes(data: bytes) -> bool:
    whole: list[bool] = []

    class Sink:
        def on_message_complete(self) -> None:
            whole.append(True)

    try:
        httptools.HttpRequestParser(Sink()).feed_data(data)
    except httptools.HttpParserError:
        return False
    return bool(whole)


def h11_takes(data: bytes) -> bool:
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(data)
        while (event := connection.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.EndOfMessage):
                return True
    except h11.RemoteProtocolError:
        return False
    return False


@pytest.mark.parametrize("case", CASES)
def test_the_framer_refuses_what_could_be_read_in_two_ways(case: str) -> None:
    framer = HttpFramer(HttpLimits())
    framer.feed(CASES[case][0])
    with pytest.raises(HttpError):
        framer.next()


@pytest.mark.parametrize("case", CASES)
def test_the_parsers_still_differ_as_measured(case: str) -> None:
    data, by_httptools, by_h11 = CASES[case]
    assert (httptools_takes(data), h11_takes(data)) == (by_httptools, by_h11)


def test_all_three_take_a_plain_request() -> None:
    for data in (request(b"Content-Length: 4"), request(b"Transfer-Encoding: chunked", body=CHUNKS)):
        assert (httptools_takes(data), h11_takes(data), ours_takes(data)) == (True, True, True)


def test_a_refused_requests_body_is_never_the_next_request() -> None:
    smuggled = request(
        b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + request(b"Content-Length: 4")
    )
    framer = HttpFramer(HttpLimits())
    framer.feed(smuggled)
    for _ in range(2):
        with pytest.raises(HttpError):
            framer.next()
