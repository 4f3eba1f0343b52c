"""Text of the command line to typed values."""

from __future__ import annotations

import contextlib
import io
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sertwist.client.failure import ExitCode, Failure
from sertwist.rpc.xmlrpc_writer import write_call
from sertwist.serctl.arguments import DECLARED, has_prefix, parse_argument

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def same(one: object, other: object) -> bool:
    """Equal, and of one type: 1, 1.0 and True are not the same."""
    return one == other and type(one) is type(other)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-7", -7),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775808", -(2**63)),
        ("1.50", 1.5),
        ("-1.0", -1.0),
        ("1" * 400 + ".0", "1" * 400 + ".0"),
        *(
            (text, text)
            for text in ("0123", "+1", "85030A", "1e5", ".5", "1.", "٣", "1_000", " 1", "", "true", "nil", "x:1")
        ),
    ],
)
def test_plain_numbers_only_are_numbers_when_nothing_is_declared(text: str, value: object) -> None:
    assert same(parse_argument(text), value)
    assert same(parse_argument(text, "undef"), value)


@pytest.mark.parametrize(
    ("text", "declared", "value"),
    [
        ("0123", "string", "0123"),
        ("0123", "int", 123),
        ("+5", "i4", 5),
        ("42", "double", 42.0),
        ("1e5", "double", 1e5),
        ("1", "boolean", True),
        ("False", "boolean", False),
        ("2026-01-31T12:00:00Z", "dateTime.iso8601", NOON),
        ("2026-01-31T13:00:00+01:00", "dateTime.iso8601", NOON),
        ("20260131T12:00:00", "dateTime.iso8601", NOON),
        ("1769860800", "dateTime.iso8601", NOON),
        ("AP8=", "base64", b"\0\xff"),
        ('[1, "a", null]', "array", [1, "a", None]),
        ('{"a": {"b": []}}', "struct", {"a": {"b": []}}),
        ("nil", "nil", None),
        ("i:5", "string", 5),
        ("s:5", "int", "5"),
        ("s:@x", None, "@x"),
        ("s:i:5", None, "i:5"),
        ("d:5", None, 5.0),
        ("b:no", None, False),
        ("n:", None, None),
        ("json:[1.5, true]", None, [1.5, True]),
        ("sip:bob@example.com", None, "sip:bob@example.com"),
    ],
)
def test_prefix_wins_over_the_declared_type_and_that_over_the_look(
    text: str, declared: str | None, value: object
) -> None:
    assert same(parse_argument(text, declared), value)


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("i:", None),
        ("i:1.5", None),
        ("i:9223372036854775808", None),
        ("12abc", "int"),
        ("1_000", "int"),
        ("٣", "int"),
        ("d:nan", None),
        ("d:1e999", None),
        ("b:2", None),
        ("t:yesterday", None),
        ("t:999999999999", None),
        ("n:x", None),
        ("A", "base64"),
        ("json:[NaN]", None),
        ('json:{"a": 1, "a": 2}', None),
        ("json:" + "[" * 100_000, None),
        ("{}", "array"),
        ("[]", "struct"),
        ("@/no/such/file", None),
        ("@a\0b", None),
        ("a\x1bb", None),
        ("a\udcffb", None),
        ('json:[{"k": "\\u0000"}]', None),
    ],
)
def test_argument_is_refused_when_it_is_nothing_of_its_type(text: str, declared: str | None) -> None:
    with pytest.raises(Failure) as caught:
        parse_argument(text, declared)
    assert caught.value.exit_code == ExitCode.USAGE


def test_file_is_read_when_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "value"
    path.write_text("42\n")
    assert parse_argument(f"@{path}") == "42\n"
    assert parse_argument(f"@{path}", "int") == 42
    assert parse_argument(f"@{path}", "base64") == b"42\n"
    assert parse_argument(f"json:@{path}") == 42
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"typed")))
    assert parse_argument("@-") == "typed"
    path.write_bytes(b"\xff")
    with pytest.raises(Failure, match="not UTF-8"):
        parse_argument(f"@{path}")


@given(st.text(), st.sampled_from([None, *DECLARED]))
def test_every_text_is_a_value_that_can_be_sent_or_a_usage_error(text: str, declared: str | None) -> None:
    assume(not text.startswith(("@", "json:@")))
    with contextlib.suppress(Failure):
        assert b"<methodCall>" in write_call("m", [parse_argument(text, declared)])


def test_prefixed_arguments_say_their_type() -> None:
    assert [has_prefix(text) for text in ("s:", "json:1", "@f", "5", "sip:x", "n")] == [True, True, *[False] * 4]
