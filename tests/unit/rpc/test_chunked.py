"""The chunked coding: strict, bounded, and never past its own end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.limits import HttpLimits
from sertwist.rpc.chunked import ChunkedDecoder
from sertwist.rpc.http_request import HttpError

LIMITS = HttpLimits()


def decode(data: bytes, limits: HttpLimits = LIMITS) -> tuple[bytes, bytes]:
    decoder, buffer = ChunkedDecoder(limits), bytearray(data)
    decoder.feed(buffer)
    assert decoder.done
    return decoder.body, bytes(buffer)


def status(data: bytes, limits: HttpLimits = LIMITS) -> int:
    with pytest.raises(HttpError) as caught:
        ChunkedDecoder(limits).feed(bytearray(data))
    return caught.value.status_hint


def test_what_follows_the_body_stays() -> None:
    assert decode(b"3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nT: v\r\n\r\nPOST") == (b"abc0123456789", b"POST")


def test_an_unfinished_body_is_not_done() -> None:
    decoder, buffer = ChunkedDecoder(LIMITS), bytearray(b"3\r\nabc\r\n0\r\n\r")
    decoder.feed(buffer)
    assert not decoder.done
    assert buffer == b"\r"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n",
        b"g\r\n",
        b"+1\r\n",
        b"-1\r\n",
        b"0x1\r\n",
        b" 1\r\n",
        b"1 \r\n",
        b"1 ;a\r\n",
        b"1;a\rb\r\n",
        b"1;a\0\r\n",
        b"1\n\r\n",
        b"000000001\r\n",
        b"1\r\nab",
        b"1\r\na\n0",
        b"1\r\na\r\r",
        b"0\r\nbad\r\n",
        b"0\r\n folded: x\r\n",
        b"0\r\nT : v\r\n",
        b"0\r\nT: a\nb\r\n",
    ],
)
def test_a_broken_coding_is_refused(data: bytes) -> None:
    assert status(data) == 400


def test_eight_digits_are_a_size_and_nine_are_not() -> None:
    assert decode(b"00000001\r\na\r\n00000000\r\n\r\n") == (b"a", b"")
    assert status(b"ffffffff\r\n") == 413


def test_extensions_are_bounded_over_the_whole_body() -> None:
    limits = replace(LIMITS, max_chunk_extensions=6)
    assert decode(b"1;ab\r\nx\r\n0;cd\r\n\r\n", limits) == (b"x", b"")
    assert status(b"1;ab\r\nx\r\n0;cde\r\n\r\n", limits) == 400
    assert status(b"1;" + b"a" * 60, limits) == 400


def test_trailers_are_bounded_together() -> None:
    limits = replace(LIMITS, max_trailers=8)
    assert decode(b"0\r\nA: 1\r\nB: 2\r\n\r\n", limits) == (b"", b"")
    assert status(b"0\r\nA: 1\r\nB: 22\r\n\r\n", limits) == 400
    assert status(b"0\r\nA: " + b"1" * 60, limits) == 400


@settings(max_examples=80, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=30), max_size=6), st.integers(1, 9))
def test_any_chunks_in_any_pieces_are_joined(parts: list[bytes], step: int) -> None:
    coded = b"".join(b"%X\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    decoder, buffer = ChunkedDecoder(LIMITS), bytearray()
    for at in range(0, len(coded), step):
        buffer += coded[at : at + step]
        decoder.feed(buffer)
    assert decoder.done
    assert decoder.body == b"".join(parts)
    assert not buffer


def test_the_number_of_chunks_is_bounded() -> None:
    """The last one, of no bytes, is counted."""
    assert decode(b"1\r\nx\r\n" * 4_095 + b"0\r\n\r\n") == (b"x" * 4_095, b"")
    assert status(b"1\r\nx\r\n" * 4_096 + b"0\r\n\r\n") == 413
