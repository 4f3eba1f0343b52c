"""What `watch` and `top` reckon: changed cells, conditions, rates."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from sertwist.client.failure import UsageError
from sertwist.serctl.actions.watching import split_options
from sertwist.serctl.changes import changed_cells, mark_cells
from sertwist.serctl.sample import History, sparkline
from sertwist.serctl.shape import Grid
from sertwist.serctl.until import parse_until

BEFORE = Grid(("id", "state"), (("1", "up"), ("2", "up")))


def test_cells_are_changed_when_the_same_row_says_something_else() -> None:
    now = Grid(("id", "state"), (("2", "down"), ("1", "up"), ("3", "up")))
    assert changed_cells(BEFORE, now) == {(0, 1), (2, 0), (2, 1)}
    assert mark_cells(now, frozenset({(0, 1)})).rows[0] == ("2", "down*")
    assert changed_cells(BEFORE, BEFORE) == frozenset()


def test_nothing_is_changed_when_there_is_nothing_to_compare() -> None:
    assert changed_cells(None, BEFORE) == frozenset()
    assert changed_cells(Grid(("other",), ()), BEFORE) == frozenset()


def test_equal_rows_are_told_apart_and_servers_keep_their_own() -> None:
    twice = Grid(("a", "b"), (("x", "1"), ("x", "2")))
    assert changed_cells(twice, Grid(("a", "b"), (("x", "1"), ("x", "3")))) == {(1, 1)}
    servers = Grid(("SERVER", "id", "n"), (("s", "1", "5"), ("t", "1", "6")))
    assert changed_cells(servers, Grid(servers.headings, (("t", "1", "6"), ("s", "1", "7")))) == {(1, 2)}


VALUE: dict[str, Any] = {
    "uptime": 7,
    "state": "ok then",
    "list": [{"n": 1}, 5],
    "flag": True,
    "rows": 3,
    "a.b": 1,
    "text": "10",
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("uptime == 7", True),
        ("uptime!=7", False),
        ("uptime > 6.5 and uptime <= 7", True),
        ("uptime > 6 and state == ok", False),
        ("state ~ 'ok t'", True),
        ("state == \"ok then\"", True),
        ("list.0.n == 1", True),
        ("list[1] == 5", True),
        ("list.rows == 2", True),
        ("rows == 3", True),
        ("flag == true", True),
        ("text == 10", True),
        ("text > 9", True),
        ("text == '10'", True),
        ("text ~ 1", True),
        ("nothing == 1", False),
        ("state > 5", False),
        ("list.9 == 1", False),
    ],
)  # fmt: skip
def test_condition_is_read_as_data(text: str, holds: bool) -> None:
    assert parse_until(text).holds(VALUE) == holds


def test_condition_is_of_the_whole_value_or_its_rows() -> None:
    assert parse_until("value == 5").holds(5)
    assert parse_until("rows >= 2").holds([{"a": 1}, {"a": 2}])
    assert not parse_until("rows >= 2").holds([])


@pytest.mark.parametrize("text", ["", "a", "a = 1", "a == 1 or b == 2", "a == 1 and", "__import__('os') == 1", "a == "])
def test_condition_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="is no condition"):
        parse_until(text)


@pytest.mark.parametrize(
    ("words", "rest", "found"),
    [
        (("core", "tcp"), ["core", "tcp"], {}),
        (("ul", "ls", "--every", "5s", "--count=3"), ["ul", "ls"], {"every": "5s", "count": "3"}),
        (("call", "m", "--until", "a == 1"), ["call", "m"], {"until": "a == 1"}),
        (("call", "m", "--every", "5s", "x"), ["call", "m", "--every", "5s", "x"], {}),
    ],
)
def test_options_may_stand_after_the_command(words: tuple[str, ...], rest: list[str], found: dict[str, str]) -> None:
    assert split_options(words) == (rest, found)


def test_rates_are_by_the_time_that_passed() -> None:
    history = History()
    history.add(100.0, {"calls": 10, "idle": 1, "gone": 5})
    assert history.counters["calls"].rate is None
    history.add(102.0, {"calls": 30, "idle": 1})
    assert (history.counters["calls"].rate, history.counters["idle"].rate) == (10, 0)
    assert [name for name, _ in history.busiest(1)] == ["calls"]
    assert "gone" not in history.counters
    history.add(103.0, {"calls": 2, "idle": 1})  # started anew
    assert list(history.counters["calls"].rates) == [10, 0]


def test_curve_reaches_from_nothing_to_the_most() -> None:
    assert sparkline(deque([0.0, 5.0, 10.0])) == "▁▅█"
    assert sparkline(deque([0.0, 0.0])) == ""
    assert sparkline(deque()) == ""
