"""Each output form against a file that shows it: what scripts read must not change unseen.

`UPDATE_GOLDEN=1 pytest tests/unit/serctl/test_forms.py` writes the files anew; read the difference.
"""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sertwist.client.failure import DeniedError, UsageError
from sertwist.serctl.invocation import OUTPUTS
from sertwist.serctl.output import Form, Result, format_results
from sertwist.serctl.yaml_text import format_yaml

GOLDEN = Path(__file__).parent / "golden"

WHEN = datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "text": "sertwist 0.1.0\nsecond line",
    "number": 42,
    "struct": {"uptime": 7, "since": WHEN, "name": "a, \"b\"\tc", "ok": True, "none": None, "odd": "1:30",
               "list": [1, "x"]},
    "rows": [
        {"id": 1, "aor": "bob@example.net", "q": 0.5, "contacts": [{"uri": "sip:bob@192.0.2.7;transport=udp"}]},
        {"id": 20, "aor": "ünï", "at": WHEN},
    ],
    "names": ["core.kill", "yes", "0123", "1e5", ""],
    "page": {"items": [{"a": 1}], "next": "x17"},
    "empty": [],
}  # fmt: skip


def body(value: object) -> bytes:
    return f"<as it came>{value!r}</as it came>\n".encode()


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text + "\n")
    assert text + "\n" == path.read_text()


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.mark.parametrize("output", OUTPUTS)
def test_one_servers_results_look_as_they_always_did(output: str) -> None:
    form = Form(output=output)
    shown = []
    for name, value in VALUES.items():
        result = Result(server="https://a:5061/RPC2", value=value, body=body(value))
        shown.append(f"=== {name}\n{format_results([result], 'm', form, several=False)}")
    compare(f"one.{output}", "\n".join(shown))


@pytest.mark.parametrize("output", OUTPUTS)
def test_several_servers_results_look_as_they_always_did(output: str) -> None:
    shown = []
    for name, value in VALUES.items():
        results = [
            Result(server="https://a:5061/RPC2", value=value, body=body(value)),
            Result(server="https://b:5061/RPC2", failure=DeniedError("Unauthorized", code="denied", number=403)),
            Result(server="unix:/run/c.sock", value=value, body=body(value)),
        ]
        shown.append(f"=== {name}\n{format_results(results, 'm', Form(output=output), several=True)}")
    compare(f"several.{output}", "\n".join(shown))


def show(value: object, **form: Any) -> str:
    return format_results([Result(server="s", value=value)], "m", Form(**form), several=False)  # type: ignore[arg-type]


def test_columns_are_chosen_by_name_and_order() -> None:
    rows = [{"id": 1, "aor": "bob", "q": 0.5}, {"id": 20, "aor": "eve", "q": 1.0}]
    assert show(rows, columns=("AOR", "id")) == "aor  id\nbob   1\neve  20"
    assert show(rows, columns=("aor",), has_headings=False) == "bob\neve"
    assert show(rows, columns=("q", "aor"), output="csv", has_headings=False) == "0.5,bob\n1.0,eve"
    assert show({"a": 1, "b": 2}, columns=("b",)) == "b  2"
    with pytest.raises(UsageError, match="no column 'aro'; there are: id, aor, q"):
        show(rows, columns=("aro",))


def test_columns_of_nothing_are_no_mistake() -> None:
    assert show([], columns=("a",)) == ""


def test_envelope_says_where_a_result_is_from() -> None:
    assert json.loads(show(5, output="json", has_envelope=True)) == {"server": "s", "method": "m", "result": 5}


def test_csv_is_read_again_as_it_was() -> None:
    rows = [{"a": 'quote " comma , ', "b": "x"}, {"a": "-1", "b": ""}]
    read = list(csv.DictReader(io.StringIO(show(rows, output="csv"))))
    assert read == rows


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.from_regex(r"[-+0-9a-zA-Z:._ ]{1,12}", fullmatch=True)
    | st.sampled_from(["yes", "No", "~", "null", "1_000", "0x1f", "1:30:00", "2026-01-31", "=", "<<",
                       "- a", "a: b", "a #b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON_VALUES)
def test_yaml_is_the_value_for_a_reader_that_is_not_ours(value: object) -> None:
    assert yaml.safe_load(format_yaml(value)) == value
