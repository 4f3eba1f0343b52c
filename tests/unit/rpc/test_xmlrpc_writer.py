"""Documents that are written: well-formed for every value, and read back as what went in."""

from __future__ import annotations

import math
import xmlrpc.client
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.limits import XmlRpcLimits
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import read_call, read_response
from sertwist.rpc.xmlrpc_writer import Style, write_call, write_fault, write_response

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

LIMITS = XmlRpcLimits()
XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]).filter(
        lambda c: c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")
    )
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    XML_TEXT,
    st.binary(max_size=40),
    st.datetimes(datetime(1, 1, 1)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC)),  # noqa: DTZ001
)
VALUES = st.recursive(
    SCALARS,
    lambda v: st.one_of(st.lists(v, max_size=4).map(tuple), st.dictionaries(XML_TEXT.filter(bool), v, max_size=3)),
    max_leaves=12,
)


def same(a: Value, b: Value) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "items") and hasattr(b, "items"):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_a_value_is_read_back_as_it_was_written(value: Value) -> None:
    assert same(read_response(write_response(value)), value)
    assert same(read_call(write_call("a.b", [value, value]), LIMITS).params, (value, value))


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_makes_a_well_formed_document(text: str) -> None:
    kept = read_response(write_response(text))
    assert isinstance(kept, str)
    assert len(kept) == len(text)
    assert all(new in (old, "\ufffd") for old, new in zip(text, kept, strict=True))
    with pytest.raises(Fault) as caught:
        read_response(write_fault(500, text))
    assert caught.value.text == kept


def test_the_standard_library_reads_what_is_written() -> None:
    value = {"n": [1, -(1 << 40), 1.5, True, "a<b>&\r\n", None], "d": b"\0\xff"}
    (read,), _ = xmlrpc.client.loads(write_response(value), use_builtin_types=True)
    assert read == value


def test_we_read_what_the_standard_library_writes() -> None:
    params = (1, "a<b>&\n", 1.5, True, None, [1, [2]], {"a": {"b": b"x" * 100}}, datetime(2026, 1, 2, 3, 4, 5))  # noqa: DTZ001
    read = read_call(xmlrpc.client.dumps(params, "core.echo", allow_none=True).encode(), LIMITS)
    assert read.method == "core.echo"
    assert read.params == (*params[:5], (1, (2,)), {"a": {"b": b"x" * 100}}, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_markup_and_cr_are_escaped() -> None:
    assert b"<string>&lt;a&gt; &amp; &#13;\n</string>" in write_response("<a> & \r\n")


def test_cr_is_written_as_itself_when_escape_cr_is_off() -> None:
    assert b"<string>&lt;\r\n\xef\xbf\xbd</string>" in write_response("<\r\n\0", Style(escape_cr=False))


def test_what_xml_can_not_hold_becomes_the_replacement_character() -> None:
    sip = b"\xff\x00\x1bok".decode("utf-8", "surrogateescape")
    assert read_response(write_response([sip, "\ufffe\uffff", {"\x01": 1}])) == (
        "\ufffd" * 3 + "ok",
        "\ufffd" * 2,
        {"\ufffd": 1},
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1 << 31) - 1, "<int>2147483647</int>"),
        (1 << 31, "<i8>2147483648</i8>"),
        (-(1 << 31), "<int>-2147483648</int>"),
        (-(1 << 31) - 1, "<i8>-2147483649</i8>"),
        ((1 << 63) - 1, "<i8>9223372036854775807</i8>"),
    ],
)
def test_an_integer_past_32_bits_is_an_i8(value: int, text: str) -> None:
    assert text.encode() in write_response(value)


def test_old_forms_are_written_when_i8_and_nil_are_off() -> None:
    document = write_response([1 << 31, None], Style(i8=False, nil=False))
    assert b"<double>2147483648</double>" in document
    assert b"<value><string></string></value>" in document


class Code(IntEnum):
    OK = 200


def test_a_subclass_is_written_as_its_type() -> None:
    assert read_response(write_response(Code.OK)) == 200


def test_a_time_is_written_in_utc() -> None:
    time = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert read_response(write_response(time)) == datetime(2025, 12, 31, 23, tzinfo=UTC)


def deep(levels: int) -> Value:
    value: Value = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.nan, "Error While Converting double"),
        (math.inf, "Error While Converting double"),
        (1 << 63, "Error While Converting long"),
        (-(1 << 63) - 1, "Error While Converting long"),
        (object(), "Error While Converting result"),
        (deep(33), "Error While Converting result"),
        ({"a": deep(32)}, "Error While Converting result"),
    ],
)
def test_a_value_that_can_not_be_written_is_a_fault(value: Value, text: str) -> None:
    with pytest.raises(Fault) as caught:
        write_response([value] if not isinstance(value, list) else value)
    assert (caught.value.code, caught.value.text) == (500, text)


def test_the_deepest_value_that_can_be_written_can_be_read() -> None:
    read_response(write_response(deep(32)))
