"""One call has one digest, and no other call has it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertwist.limits import MAX_AUDIT_TEXT, MAX_AUDIT_UNKNOWN
from sertwist.rpc.audit.canonical import call_digest
from sertwist.rpc.audit.redacted import cut, redacted
from sertwist.rpc.call import MULTICALL, Call
from tests.unit.rpc.audit.kit import ALICE, METHODS, Server

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), 1 << 63),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.datetimes(),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(MappingProxyType),
    ),
    max_leaves=4,
)


def described(value: Any) -> str:
    """A text that is the same for the same value of the same types only."""
    if isinstance(value, MappingProxyType):
        return "{" + ",".join(f"{name!r}:{described(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(map(described, value)) + ")"
    return repr(value)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(VALUES, max_size=2), st.lists(VALUES, max_size=2))
def test_digests_are_the_same_for_the_same_values_only(first: list[Any], second: list[Any]) -> None:
    same = described(tuple(first)) == described(tuple(second))
    assert (call_digest(Call("a", tuple(first))) == call_digest(Call("a", tuple(second)))) is same


def with_values(*values: Any) -> tuple[Call, ...]:
    return tuple(Call("a", (value,)) for value in values)


def with_members(*members: Call) -> Call:
    return Call(MULTICALL, ((),), members)


@pytest.mark.parametrize(
    "calls",
    [
        with_values(1, True, 1.0, "1", b"1", (1,), None, "n", "", (), datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01"),
        (Call("a", ("b", "c")), Call("a", ("bc",)), Call("a", (("b", "c"),)), Call("a", ("b",)), Call("ab", ("c",))),
        (
            with_members(Call("a"), Call("b")),
            with_members(Call("b"), Call("a")),
            with_members(Call("a")),
            with_members(Call("a", ("b",))),
        ),
        (*(Call("a", named=each) for each in ({"x": 1}, {"x": 2}, {"y": 1}, {})), Call("a", ("x", 1)), Call("a")),
    ],
)
def test_calls_that_differ_have_different_digests(calls: tuple[Call, ...]) -> None:
    assert len({call_digest(call) for call in calls}) == len(calls)


def test_order_of_a_structs_members_does_not_matter() -> None:
    one, two = {"a": 1, "b": 2}, MappingProxyType({"b": 2, "a": 1})
    assert call_digest(Call("x", (one,))) == call_digest(Call("x", (two,)))


# -- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (Call("core.version"), "core.version()"),
        (Call("core.echo", ("a", 1, 1.5, True, None, b"abc")), 'core.echo("a", 1, 1.5, true, nil, <3 bytes>)'),
        (Call("core.echo", (("a", ()), {"x": 1, "y": ("z",)})), 'core.echo(["a", []], {"x": 1, "y": ["z"]})'),
        (Call("core.echo", ("\x1b[31m\n\u202e\ud800é",)), 'core.echo("\\u001b[31m\\n\\u202e\\ud800\\u00e9")'),
        (Call("evil\n\x1b"), "evil\\n\\x1b()"),
        (Call(MULTICALL, ((),), (Call("cfg.set", ("a", 1)), Call("x", (2,)))), 'cfg.set("a", 1); x(***)'),
    ],
)
def test_call_as_a_text(call: Call, text: str) -> None:
    assert redacted(call, METHODS.get) == text


@pytest.mark.parametrize(("length", "cuts"), [(MAX_AUDIT_TEXT, False), (MAX_AUDIT_TEXT + 1, True)])
def test_text_is_cut_at_its_bound(length: int, cuts: bool) -> None:
    for text in ("x" * length, "é" * length):
        shown = cut(text)
        assert len(shown) == MAX_AUDIT_TEXT
        assert shown.endswith("...") is cuts


def test_long_parameters_are_not_written_out() -> None:
    call = Call("core.echo", ("x" * 200_000, *[{"k" * 100_000: ("y" * 100_000,)}] * 1_000))
    assert len(redacted(call, METHODS.get)) == MAX_AUDIT_TEXT


@pytest.mark.parametrize(
    ("unknown", "named"), [(MAX_AUDIT_UNKNOWN, MAX_AUDIT_UNKNOWN), (MAX_AUDIT_UNKNOWN + 1, MAX_AUDIT_UNKNOWN)]
)
def test_every_method_that_exists_is_named_and_some_that_do_not(unknown: int, named: int) -> None:
    server = Server()
    members = (*[Call(f"no.{number}") for number in range(unknown)], Call("core.kill"), Call("cfg.set"))
    server.log.refused(Call(MULTICALL, ((),), members), ALICE, 403, "Denied", call_id="m")
    server.wait(0.1)
    methods = server.store.records[0]["methods"]
    assert len(methods) == named + 2
    assert methods[-2:] == ["core.kill", "cfg.set"]
