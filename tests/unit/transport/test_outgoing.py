"""Bytes that wait: in order, whatever the peer takes at a time."""

from __future__ import annotations

import pytest

from sertwist.transport.outgoing import BYTES_PER_TURN, Outgoing


class Channel:
    """Takes at most `room` bytes, `most` at a time."""

    def __init__(self, room: int, most: int = 1 << 30) -> None:
        self.room, self.most, self.taken = room, most, b""

    def send(self, data: bytes | memoryview) -> int:
        taken = bytes(data[: min(self.room, self.most)])
        self.room -= len(taken)
        self.taken += taken
        return len(taken)


@pytest.mark.parametrize("most", [1, 2, 3, 1_000])
def test_peer_gets_all_pieces_in_order_however_little_it_takes(most: int) -> None:
    out, got = Outgoing(), b""
    for piece in (b"one", b"tw", b"o", b"three"):
        out.add(piece)
    for room in (1, 4, 0, 2, 100):
        channel = Channel(room, most)
        before = out.size
        assert out.flush(channel) == len(channel.taken) == before - out.size
        got += channel.taken
    assert got == b"onetwothree"
    assert out.size == 0
    out.add(b"four")
    assert out.flush(Channel(100, most)) == 4


def test_a_turn_takes_no_more_than_its_share_and_the_piece_that_passes_it() -> None:
    out, channel = Outgoing(), Channel(1 << 30)
    for _ in range(3):
        out.add(bytes(BYTES_PER_TURN - 1))
    assert out.flush(channel) == 2 * (BYTES_PER_TURN - 1)
    assert out.size == BYTES_PER_TURN - 1


def test_nothing_is_left_after_clear() -> None:
    out, channel = Outgoing(), Channel(100)
    out.add(b"secret")
    out.flush(Channel(2))
    out.clear()
    out.add(b"next")
    assert out.flush(channel) == 4
    assert channel.taken == b"next"
