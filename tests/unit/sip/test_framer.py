"""Messages out of a byte stream, however it is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.limits import SipLimits
from sertwist.sip.errors import BadMessageError, MessageTooLargeError
from sertwist.sip.framer import KeepAlive, SipFramer, is_keep_alive_datagram

HEAD = b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n"
ONE = HEAD + b"l: 5\r\n\r\n12\r\n\r"
PING = b"\r\n\r\n"
DEFAULT = SipLimits()


def run(pieces: list[bytes], limits: SipLimits = DEFAULT) -> list[object]:
    framer = SipFramer(limits)
    out: list[object] = []
    try:
        for piece in pieces:
            framer.feed(piece)
            while (item := framer.next()) is not None:
                out.append(item)
    except BadMessageError as error:
        out.append((type(error), str(error)))
    return out


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from([ONE, HEAD + b"l: 0\r\n\r\n", PING, b"\r\n", HEAD + b"\r\n", b"junk\r\n\r\n"]),
        max_size=6,
    ),
    st.lists(st.integers(0, 300), max_size=12),
)
def test_messages_are_the_same_when_the_bytes_are_cut_anywhere(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts) + ONE
    at = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(at)]
    assert run(pieces) == run([stream]) == run([stream[i : i + 1] for i in range(len(stream))])


def test_pings_and_messages_come_out_in_order_when_mixed() -> None:
    assert run([PING + b"\r\n" + ONE + PING + ONE]) == [KeepAlive.PING, ONE, KeepAlive.PING, ONE]


def test_state_tells_where_the_message_stands_when_fed_in_steps() -> None:
    framer = SipFramer()
    framer.feed(b"\r\n")
    assert framer.next() is None
    assert not framer.mid_message
    framer.feed(ONE[:-1])
    assert framer.next() is None
    assert framer.mid_message
    assert framer.in_body
    assert framer.buffered == len(ONE) - 1
    framer.feed(ONE[-1:])
    assert framer.next() == ONE
    assert (framer.mid_message, framer.in_body, framer.buffered) == (False, False, 0)


def test_request_comes_with_the_error_when_content_length_is_missing_and_again_after() -> None:
    framer = SipFramer()
    framer.feed(HEAD + b"\r\n")
    for _ in range(2):
        with pytest.raises(BadMessageError, match="Content-Length is required") as caught:
            framer.next()
        assert caught.value.request is not None
        assert caught.value.request.header("via") == b"SIP/2.0/TCP h"


def test_bounds_hold_when_at_them_and_one_past() -> None:
    exact = {"max_message": len(ONE), "max_head": ONE.index(PING), "max_request_line": 21, "max_headers": 2}
    assert run([ONE], SipLimits(**exact)) == [ONE]
    for name, value in exact.items():
        [outcome] = run([ONE], SipLimits(**{**exact, name: value - 1}))
        assert isinstance(outcome, tuple)
        assert outcome[0] is MessageTooLargeError


def test_error_comes_before_the_end_when_a_head_or_line_never_ends() -> None:
    limits = SipLimits(max_head=100, max_request_line=50)
    framer = SipFramer(limits)
    framer.feed(b"A" * 51)
    assert framer.next() is None
    framer.feed(b"A")
    with pytest.raises(MessageTooLargeError):
        framer.next()
    framer = SipFramer(limits)
    framer.feed(b"A\r\n" + b"B" * 100)
    assert framer.next() is None
    framer.feed(b"B")
    with pytest.raises(MessageTooLargeError):
        framer.next()


def test_each_byte_is_scanned_once_when_fed_one_at_a_time() -> None:
    framer = SipFramer()
    for _ in range(2000):
        framer.feed(b"A: b\r\n"[:1])
        assert framer.next() is None
        assert framer._scanned >= framer.buffered - 3


def test_datagram_is_a_keep_alive_when_it_holds_nothing() -> None:
    assert all(is_keep_alive_datagram(data) for data in (b"", b"\r\n", PING, b"\0\0\0\0"))
    assert not any(is_keep_alive_datagram(data) for data in (b"\r\n\r\n\r\n", b"x", ONE))
