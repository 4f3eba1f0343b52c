"""When the next question about a certificate is due, and what is stapled meanwhile."""

from __future__ import annotations

import pytest

from sertwist.errors import PeerError
from sertwist.tls.ocsp import Answer
from sertwist.tls.staple_plan import StaplePlan

HOUR, DAY = 3_600.0, 86_400.0
NOW = 1_000_000.0


def answer(begins: float, ends: float) -> Answer:
    return Answer(b"der", NOW + begins, NOW + ends)


def test_question_is_due_at_once() -> None:
    assert StaplePlan(required=False).due <= 0


@pytest.mark.parametrize(
    ("begins", "ends", "due"),
    [
        (0, 12 * HOUR, 6 * HOUR),
        (-2 * HOUR, 10 * HOUR, 4 * HOUR),
        (-8 * HOUR, 4 * HOUR, 2 * HOUR),  # past its half already: half of what is left
        (0, 100, 60),  # not more often than once a minute
        (0, 14 * DAY, DAY),  # and once a day at least
    ],
)
def test_next_question_is_due_at_half_of_the_answers_time(begins: float, ends: float, due: float) -> None:
    plan = StaplePlan(required=False)
    plan.succeeded(answer(begins, ends), NOW)
    assert plan.due - NOW == due


def test_failures_are_asked_again_later_and_later() -> None:
    plan, waits = StaplePlan(required=False), []
    for _ in range(12):
        plan.failed("no", NOW)
        waits.append(plan.due - NOW)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    for _ in range(10_000):
        plan.failed("no", NOW)
    assert plan.due - NOW == 3600


def test_required_staple_is_asked_for_every_five_minutes_at_least_while_there_is_none() -> None:
    plan = StaplePlan(required=True)
    for _ in range(12):
        plan.failed("no", NOW)
    assert plan.due - NOW == 300
    plan.succeeded(answer(0, DAY), NOW)
    for _ in range(12):
        plan.failed("no", NOW)
    assert plan.due - NOW == 3600


def test_answer_is_kept_through_failures_until_a_minute_before_its_end() -> None:
    plan = StaplePlan(required=False)
    plan.succeeded(answer(0, HOUR), NOW)
    plan.failed("no", NOW + 1)
    assert plan.current(NOW + HOUR - 61) is not None
    assert plan.current(NOW + HOUR - 60) is None
    assert plan.trouble == "no"


def test_success_ends_the_trouble_and_the_waiting() -> None:
    plan = StaplePlan(required=False)
    for _ in range(5):
        plan.failed("no", NOW)
    plan.succeeded(answer(0, DAY), NOW)
    assert plan.trouble == ""
    plan.failed("no", NOW)
    assert plan.due - NOW == 10


def test_older_answer_is_refused_while_a_newer_one_holds() -> None:
    plan = StaplePlan(required=False)
    plan.succeeded(answer(0, HOUR), NOW)
    with pytest.raises(PeerError, match="older"):
        plan.succeeded(answer(-1, DAY), NOW)
    plan.succeeded(answer(0, HOUR), NOW)  # the same again
    plan.succeeded(answer(-1, DAY), NOW + HOUR)  # better than nothing
    assert plan.current(NOW + HOUR) is not None


def test_running_out_is_noticed_once_nobody_has_said_why() -> None:
    plan = StaplePlan(required=False)
    assert not plan.has_run_out(NOW)
    plan.succeeded(answer(0, HOUR), NOW)
    assert not plan.has_run_out(NOW)
    assert plan.has_run_out(NOW + HOUR)
    plan.failed("expired", NOW + HOUR)
    assert not plan.has_run_out(NOW + HOUR)


def test_question_is_due_when_the_clock_was_set_back() -> None:
    plan = StaplePlan(required=False)
    plan.succeeded(answer(0, 12 * HOUR), NOW)
    assert [plan.is_due(NOW + seconds) for seconds in (0, 6 * HOUR - 1, 6 * HOUR)] == [False, False, True]
    assert plan.is_due(NOW - 2 * DAY)
    plan.asked(NOW - 2 * DAY)
    assert not plan.is_due(NOW - 2 * DAY + 5)
