"""`bind`: parameters against their declaration, with and without autoconversion."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from sertwist.rpc.arguments import bind, signature_text
from sertwist.rpc.declare import Method, Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def method(*params: Param) -> Method:
    return Method(name="a.b", run=print, params=params)


def param(kind: Type, **more: object) -> Method:
    return method(Param(name="x", type=kind, **more))  # type: ignore[arg-type]


def refusal(declared: Method, *params: Value, autoconversion: bool = False) -> str:
    with pytest.raises(Fault) as caught:
        bind(declared, params, autoconversion=autoconversion)
    assert caught.value.code == 400
    return caught.value.text


REPLY = method(
    Param(name="code", type=Type.INT),
    Param(name="reason", type=Type.STRING),
    Param(name="headers", type=Type.STRING, optional=True),
    Param(name="more", type=Type.ANY, rest=True),
)


def test_the_signature_is_readable() -> None:
    assert signature_text(REPLY) == "a.b(code:int, reason:string, headers:string?, more:undef...)"


def test_missing_and_extra_parameters_are_refused_with_the_signature() -> None:
    assert refusal(REPLY, 1) == f"Missing Parameter: expected {signature_text(REPLY)}"
    assert refusal(method(), 1) == "Too Many Parameters: expected a.b()"
    assert refusal(param(Type.INT), 1, 2) == "Too Many Parameters: expected a.b(x:int)"


def test_optional_and_repeated_parameters_are_bound() -> None:
    assert bind(method(), ()) == ()
    assert bind(REPLY, (1, "r")) == (1, "r")
    assert bind(REPLY, (1, "r", "h", 4, "5")) == (1, "r", "h", 4, "5")
    assert bind(REPLY, (1, "r", None)) == (1, "r")
    assert bind(REPLY, (1, "r", None, 4)) == (1, "r", None, 4)
    assert refusal(REPLY, None, "r") == "Invalid Parameter Type"


VALUES: dict[Type, Value] = {
    Type.INT: 5,
    Type.BOOLEAN: True,
    Type.DOUBLE: 1.5,
    Type.STRING: "s",
    Type.TIME: NOON,
    Type.BASE64: b"b",
    Type.ARRAY: (1,),
    Type.STRUCT: MappingProxyType({"a": 1}),
    Type.NIL: None,
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_type_takes_its_own_values_only(kind: Type) -> None:
    for other, value in VALUES.items():
        if other is kind or (kind, other) == (Type.DOUBLE, Type.INT):
            assert bind(param(kind), (value,)) == (value,)
        else:
            assert refusal(param(kind), value) == "Invalid Parameter Type", (kind, value)
        assert bind(param(Type.ANY), (value,)) == (value,)


@pytest.mark.parametrize(("kind", "bits"), [(Type.INT, 32), (Type.I8, 64)])
def test_integers_have_their_range(kind: Type, bits: int) -> None:
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    assert bind(param(kind), (low,)) == (low,)
    assert bind(param(kind), (high,)) == (high,)
    assert refusal(param(kind), low - 1) == refusal(param(kind), high + 1) == "Invalid Value"


def test_64_bits_may_come_as_a_double_that_holds_them() -> None:
    assert bind(param(Type.I8), (float(1 << 53),)) == (1 << 53,)
    assert refusal(param(Type.I8), float(1 << 54)) == refusal(param(Type.I8), 1.5) == "Invalid Parameter Type"
    assert refusal(param(Type.INT), 1.0) == "Invalid Parameter Type"


def test_the_declared_range_is_inclusive() -> None:
    declared = param(Type.INT, minimum=1, maximum=64)
    assert [bind(declared, (n,)) for n in (1, 64)] == [(1,), (64,)]
    assert refusal(declared, 0) == refusal(declared, 65) == "Invalid Value: x is 1..64"
    assert refusal(param(Type.INT, minimum=0), -1) == "Invalid Value: x is 0.."
    assert refusal(param(Type.INT, maximum=3), "4", autoconversion=True) == "Invalid Value: x is ..3"


CONVERTED = [
    (Type.INT, "-12", -12),
    (Type.INT, True, 1),
    (Type.INT, 2.9, 2),
    (Type.INT, -2.9, -2),
    (Type.INT, datetime(1970, 1, 1, 0, 1, tzinfo=UTC), 60),
    (Type.I8, "9223372036854775807", (1 << 63) - 1),
    (Type.DOUBLE, "1e3", 1000.0),
    (Type.DOUBLE, True, 1.0),
    (Type.BOOLEAN, 1, True),
    (Type.BOOLEAN, 0, False),
    (Type.STRING, 12, "12"),
    (Type.STRING, 1.5, "1.5"),
    (Type.STRING, False, "0"),
    (Type.STRING, NOON, "20260101T12:00:00"),
]


@pytest.mark.parametrize(("kind", "value", "converted"), CONVERTED)
def test_a_value_is_converted_when_asked_for(kind: Type, value: Value, converted: Value) -> None:
    (bound,) = bind(param(kind), (value,), autoconversion=True)
    assert (type(bound), bound) == (type(converted), converted)
    assert refusal(param(kind), value) == "Invalid Parameter Type"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Type.INT, "12abc", "Invalid Value"),
        (Type.INT, "", "Empty Parameter Value"),
        (Type.INT, "2147483648", "Invalid Value"),
        (Type.INT, 1e10, "Invalid Value"),
        (Type.INT, "1.0", "Invalid Value"),
        (Type.DOUBLE, "", "Empty Double Parameter"),
        (Type.DOUBLE, "inf", "Invalid Value"),
        (Type.BOOLEAN, 2, "Invalid Parameter Type"),
        (Type.STRING, b"x", "Invalid Parameter Type"),
        (Type.ARRAY, "x", "Invalid Parameter Type"),
        (Type.TIME, "20260101T00:00:00", "Invalid Parameter Type"),
    ],
)
def test_a_conversion_takes_the_whole_value_or_fails(kind: Type, value: Value, text: str) -> None:
    assert refusal(param(kind), value, autoconversion=True) == text


def test_text_that_looks_like_a_number_stays_text() -> None:
    assert bind(param(Type.STRING), ("0123",), autoconversion=True) == ("0123",)
    assert bind(param(Type.ANY), ("0123",), autoconversion=True) == ("0123",)
