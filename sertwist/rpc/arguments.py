"""Check a call's parameters against the method's declaration, and convert where that is asked for (reference rpc 6.4).

Text that looks like a number stays text unless the declaration wants a number; a conversion takes the whole
text or fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sertwist.limits import XmlRpcLimits
from sertwist.rpc import fault
from sertwist.rpc.declare import Type
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_scalars import format_time, parse_double, parse_integer

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.rpc.declare import Method, Param

__all__ = ["bind", "misnamed_text", "signature_text"]

_LIMITS: Final = XmlRpcLimits()
_INTEGER_BITS: Final = {Type.INT: 32, Type.I8: 64}
_EXACT: Final = 1 << 53  # past it a double does not hold every integer


def bind(method: Method, params: tuple[Value, ...], *, autoconversion: bool = False) -> tuple[Value, ...]:
    """Return the arguments to run `method` with; optional ones that are missing at the end are left out.

    Args:
        method: the declaration.
        params: as read.
        autoconversion: turn text into numbers and scalars into text where the declaration asks for them.

    Raises:
        Fault: 400, too few or too many parameters, one of a wrong type, or one out of its range.
    """
    declared = method.params
    if not declared and not params:
        return ()
    if len(params) > len(declared) and not (declared and declared[-1].rest):
        raise Fault(400, f"Too Many Parameters: expected {signature_text(method)}")
    bound: list[Value] = []
    for index, value in enumerate(params):
        param = declared[min(index, len(declared) - 1)]
        if value is None and param.optional:
            bound.append(None)
        else:
            bound.append(_bind_one(param, value, autoconversion=autoconversion))
    for param in declared[len(params) :]:
        if not param.optional and not param.rest:
            raise Fault(400, f"Missing Parameter: expected {signature_text(method)}")
    _drop_missing(bound, declared)
    return tuple(bound)


def _drop_missing(bound: list[Value], declared: tuple[Param, ...]) -> None:
    """A nil where an optional parameter may stand means that it was not given."""
    while bound and bound[-1] is None and _is_optional(declared, len(bound)):
        bound.pop()


def _is_optional(declared: tuple[Param, ...], count: int) -> bool:
    """Whether value number `count` fills an optional parameter; what a repeated one takes was meant to be given."""
    param = declared[min(count, len(declared)) - 1]
    return param.optional and not param.rest


def signature_text(method: Method) -> str:
    """Return the declaration as people write it: `tm.reply(code:int, reason:string, headers:string?)`."""
    params = ", ".join(
        f"{p.name}:{p.type.value}{'...' if p.rest else '?' if p.optional else ''}" for p in method.params
    )
    return f"{method.name}({params})"


def misnamed_text(method: Method, named: Mapping[str, Value]) -> str:
    """What is wrong with parameters by name that do not fit: which are missing, which are too many."""
    names = {p.name for p in method.params}
    missing = [p.name for p in method.params if p.name not in named and not (p.optional or p.rest)]
    extra = [ascii(name[:64]) for name in named if name not in names]
    parts = [f"missing {', '.join(missing)}"] if missing else []
    if extra:
        parts.append(f"unknown {', '.join(extra[:8])}")
    return f"Invalid params: {'; '.join(parts)}; expected {signature_text(method)}"


def _bind_one(param: Param, value: Value, *, autoconversion: bool) -> Value:
    taken = _take(param.type, value)
    if taken is _WRONG and autoconversion:
        taken = _convert(param.type, value)
    if isinstance(taken, _Wrong):
        raise Fault(400, fault.INVALID_TYPE)
    if param.minimum is not None or param.maximum is not None:
        _check_range(param, taken)
    return taken


def _check_range(param: Param, value: Value) -> None:
    if not isinstance(value, int | float):
        return
    if (param.minimum is not None and value < param.minimum) or (param.maximum is not None and value > param.maximum):
        low = "" if param.minimum is None else param.minimum
        high = "" if param.maximum is None else param.maximum
        raise Fault(400, f"{fault.INVALID_VALUE}: {param.name} is {low}..{high}")


class _Wrong:
    """The value is not of the type."""

    __slots__ = ()


_WRONG: Final = _Wrong()


def _take(kind: Type, value: Value) -> Value | _Wrong:
    """Return `value` when it is of type `kind`; an integer is also a double."""
    bits = _INTEGER_BITS.get(kind)
    if bits is not None:
        return _take_integer(value, bits)
    if kind is Type.DOUBLE and type(value) is int:
        return float(value)
    return value if kind is Type.ANY or isinstance(value, _PYTHON_TYPES[kind]) else _WRONG


_PYTHON_TYPES: Final[dict[Type, type]] = {
    Type.BOOLEAN: bool,
    Type.DOUBLE: float,
    Type.STRING: str,
    Type.TIME: datetime,
    Type.BASE64: bytes,
    Type.ARRAY: tuple,
    Type.STRUCT: Mapping,
    Type.NIL: type(None),
}


def _take_integer(value: Value, bits: int) -> int | _Wrong:
    if isinstance(value, float) and bits == 64 and value.is_integer() and abs(value) <= _EXACT:
        value = int(value)  # what SER sent for 64 bits
    if isinstance(value, bool) or not isinstance(value, int):
        return _WRONG
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise Fault(400, fault.INVALID_VALUE)
    return value


def _convert(kind: Type, value: Value) -> Value | _Wrong:
    bits = _INTEGER_BITS.get(kind)
    if bits is not None:
        return _to_integer(value, bits)
    convert = _CONVERSIONS.get(kind)
    return _WRONG if convert is None else convert(value)


def _to_integer(value: Value, bits: int) -> int | _Wrong:
    if isinstance(value, str):
        return parse_integer(value, bits, _LIMITS)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return _take_integer(int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()), bits)
    return _take_integer(math.trunc(value), bits) if isinstance(value, float) else _WRONG


def _to_double(value: Value) -> float | _Wrong:
    if isinstance(value, bool):
        return float(value)
    return parse_double(value) if isinstance(value, str) else _WRONG


def _to_boolean(value: Value) -> bool | _Wrong:
    return value == 1 if isinstance(value, int) and value in (0, 1) else _WRONG


def _to_string(value: Value) -> str | _Wrong:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return format_time(value)
    return repr(value) if isinstance(value, int | float) else _WRONG


_CONVERSIONS: Final[dict[Type, Callable[[Value], Value | _Wrong]]] = {
    Type.DOUBLE: _to_double,
    Type.BOOLEAN: _to_boolean,
    Type.STRING: _to_string,
}
