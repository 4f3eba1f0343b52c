"""Old methods that wrap their rows."""

from __future__ import annotations

from typing import Any

import pytest

from sertwist.serctl.known_shapes import rows_of

DESTINATIONS = {
    "NRSETS": 1,
    "RECORDS": [
        {"SET": {"ID": 3, "TARGETS": [{"DEST": {"URI": "sip:a", "FLAGS": "AP"}}, {"DEST": {"URI": "sip:b"}}]}},
        {"SET": {"ID": 4, "TARGETS": []}},
    ],
}


@pytest.mark.parametrize(
    ("method", "value", "rows"),
    [
        ("core.ps", [7, "main", 8, "tls"], [{"PID": 7, "DESCRIPTION": "main"}, {"PID": 8, "DESCRIPTION": "tls"}]),
        ("ul.lookup", {"AoR": "bob", "Contacts": [{"Contact": {"Q": 1}}]}, [{"Q": 1}]),
        (
            "dispatcher.list",
            DESTINATIONS,
            [{"GROUP": 3, "URI": "sip:a", "FLAGS": "AP"}, {"GROUP": 3, "URI": "sip:b"}],
        ),
        ("pike.list", {"max_hits": 5, "list": [{"ip": "a"}], "number_of_rows": 1}, [{"ip": "a"}]),
        ("htable.get", {"item": {"name": "k", "value": 1}}, [{"name": "k", "value": 1}]),
        ("htable.dump", [{"entry": 1, "slot": [{"name": "a"}, {"name": "b"}]}, {"entry": 2, "slot": []}],
         [{"name": "a"}, {"name": "b"}]),
        ("any", {"items": [1, 2], "next": "x"}, [1, 2]),
    ],
)  # fmt: skip
def test_rows_are_found_when_the_form_is_known(method: str, value: Any, rows: list[Any]) -> None:
    assert rows_of(value, method) == rows


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("core.ps", [1, "a", 2]),
        ("core.ps", {"a": 1}),
        ("ul.lookup", {"AoR": "bob"}),
        ("dispatcher.list", {"RECORDS": [{"SET": 5}]}),
        ("htable.dump", [5]),
        ("any", {"items": [1], "other": 2}),
        ("any", {"items": "text"}),
    ],
)
def test_value_stays_as_it_is_when_it_is_of_another_form(method: str, value: Any) -> None:
    assert rows_of(value, method) == value
