"""Peers cause so many log lines at once and so many a second; the rest is counted."""

from __future__ import annotations

from sertwist.transport.log_share import LogShare


class Time:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_lines_pass_up_to_the_bound_and_the_rest_is_counted() -> None:
    share = LogShare(Time(), most=3, per_second=2.0)
    assert [share.has_room() for _ in range(5)] == [True, True, True, False, False]
    assert share.take_held() == 2
    assert share.take_held() == 0


def test_room_comes_back_with_time_but_never_more_than_the_bound() -> None:
    time = Time()
    share = LogShare(time, most=3, per_second=2.0)
    assert all(share.has_room() for _ in range(3))
    time.now += 0.4
    assert not share.has_room()
    time.now += 0.1
    assert [share.has_room(), share.has_room()] == [True, False]
    time.now += 3_600
    assert [share.has_room() for _ in range(4)] == [True, True, True, False]
    assert share.take_held() == 3
