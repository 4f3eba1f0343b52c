"""Values and errors to text."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.client.failure import UnreachableError
from sertwist.client.json_codec import json_ready
from sertwist.printable import escape_controls
from sertwist.serctl.output import Form, Result, describe_failure, format_json, format_results
from sertwist.serctl.shape import Grid, shape_value

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def format_table(value: Any) -> str:
    """The table of one server's value."""
    return format_results([Result(server="s", value=value)], "", Form(), several=False)


@pytest.fixture
def zone() -> Iterator[None]:
    """A time zone an hour east of UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "XYZ-1"
    time.tzset()
    yield
    del os.environ["TZ"]
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ("line\n\tline\r\x1b[2J", "line\n\tline\\r\\x1b[2J"),
        (True, "true"),
        (None, "nil"),
        (-1.5, "-1.5"),
        (b"\0\xff", "AP8="),
        ([], ""),
        (["a\nb", 1, {"c": [True]}], 'a\\nb\n1\n{"c":[true]}'),
        ((), ""),
    ],
)
def test_value_is_lines_when_it_is_no_table(value: object, text: str) -> None:
    assert format_table(value) == text


def test_times_are_local_in_tables_and_utc_in_json(zone: None) -> None:
    when = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    assert format_table(when) == "2026-02-01 00:30:00 XYZ"
    assert format_table({"at": when.replace(tzinfo=None)}) == "at  2026-02-01 00:30:00 XYZ"
    assert format_json(json_ready(when)) == '"2026-01-31T23:30:00Z"'


def test_columns_are_the_members_of_all_structs() -> None:
    shape = shape_value([{"b": 1, "a": "x"}, {"c": None, "b": 20}])
    assert shape == Grid(("b", "a", "c"), (("1", "x", ""), ("20", "", "nil")), frozenset({0}))


def test_process_list_is_an_array_when_it_is_odd_or_another_methods() -> None:
    assert shape_value([1, "a", 2], "core.ps") == "1\na\n2"
    assert shape_value([1, "a"], "core.other") == "1\na"
    assert shape_value([1, "a"], "core.ps") == Grid(("PID", "DESCRIPTION"), (("1", "a"),), frozenset({0}))


def test_brackets_and_wide_columns_are_kept_when_not_on_a_terminal() -> None:
    assert format_table({"[red]x": "[/b]" + "y" * 500}) == "[red]x  [/b]" + "y" * 500
    assert format_table([{"[b]h": ":smile:"}]) == "[b]h\n:smile:"


@given(VALUES)
def test_json_is_the_value_when_read_again(value: object) -> None:
    document = format_json(value)
    assert json.loads(document) == value
    assert escape_controls(document, keep_lines=True) == document


@given(VALUES)
def test_tables_hold_no_controls_whatever_the_value(value: object) -> None:
    shape = shape_value(value)  # type: ignore[arg-type]
    text = (
        shape if isinstance(shape, str) else "".join([*shape.headings, *(cell for row in shape.rows for cell in row)])
    )
    assert escape_controls(text, keep_lines=True) == text


def test_failure_is_words_with_a_hint_when_for_a_person() -> None:
    failure = UnreachableError("no\x1bway", code="x", hint="try")
    assert describe_failure(failure, "table", method="m", server="s") == "serctl: no\\x1bway\ntry"
    assert json.loads(describe_failure(failure, "json", method="m", server="s"))["error"]["message"] == "no\x1bway"
