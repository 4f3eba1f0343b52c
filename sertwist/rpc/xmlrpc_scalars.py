"""Text of one XML-RPC type element to its value, strictly (reference rpc 6.3, 14.5).

What two readers could read differently is refused.
"""

from __future__ import annotations

import binascii
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sertwist.rpc import fault
from sertwist.rpc.fault import Fault, limit_passed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.limits import XmlRpcLimits

__all__ = ["SCALAR_READERS", "format_time", "parse_double", "parse_integer", "parse_time"]

# `\d` would take the digits of every script, `float()` and `int()` underscores and white space.
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TIME: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z?")
_LAYOUT: Final = str.maketrans("", "", " \t\r\n")


def parse_integer(text: str, bits: int, limits: XmlRpcLimits) -> int:
    """Return the integer that is all of `text`: an optional sign and ASCII digits, in range of `bits` bits, signed."""
    if len(text) > limits.max_integer_text or not _INTEGER.fullmatch(text):
        raise Fault(400, fault.INVALID_VALUE if text else fault.EMPTY_PARAMETER)
    value = int(text)
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise Fault(400, fault.INVALID_VALUE)
    return value


def parse_double(text: str) -> float:
    """Return the finite number that is all of `text`, an exponent allowed."""
    if not _DOUBLE.fullmatch(text):
        raise Fault(400, fault.INVALID_VALUE if text else fault.EMPTY_DOUBLE)
    value = float(text)
    if not math.isfinite(value):
        raise Fault(400, fault.INVALID_VALUE)
    return value


def parse_time(text: str) -> datetime:
    """Return the moment `YYYYMMDDTHH:MM:SS`, a `Z` allowed, as an aware time in UTC (XML-RPC names no zone)."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise Fault(400, fault.INVALID_VALUE if text else fault.EMPTY_PARAMETER)
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise Fault(400, fault.INVALID_VALUE) from None


def format_time(value: datetime) -> str:
    """Return `value` as `parse_time` reads it: in UTC (naive is taken for it), whole seconds, four digits of year."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    date = f"{value.year:04d}{value.month:02d}{value.day:02d}"
    return f"{date}T{value.hour:02d}:{value.minute:02d}:{value.second:02d}"


def _parse_boolean(text: str, _limits: XmlRpcLimits) -> bool:
    if text not in ("0", "1"):
        raise Fault(400, fault.INVALID_VALUE if text else fault.EMPTY_PARAMETER)
    return text == "1"


def _parse_base64(text: str, limits: XmlRpcLimits) -> bytes:
    text = text.translate(_LAYOUT)
    if len(text) // 4 * 3 - text[-2:].count("=") > limits.max_string:
        raise limit_passed("max_string", limits.max_string)
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one; so is text that is not ASCII
        raise Fault(400, fault.INVALID_VALUE) from None


def _parse_nil(text: str, _limits: XmlRpcLimits) -> None:
    if text:
        raise Fault(400, fault.INVALID_VALUE)


def _parse_int(text: str, limits: XmlRpcLimits) -> int:
    return parse_integer(text, 32, limits)


def _parse_i8(text: str, limits: XmlRpcLimits) -> int:
    return parse_integer(text, 64, limits)


#: type element -> reader of its text; `string` needs none
SCALAR_READERS: Final[dict[str, Callable[[str, XmlRpcLimits], bool | int | float | bytes | datetime | None]]] = {
    "int": _parse_int,
    "i4": _parse_int,
    "i8": _parse_i8,
    "ex:i8": _parse_i8,
    "boolean": _parse_boolean,
    "double": lambda text, _limits: parse_double(text),
    "dateTime.iso8601": lambda text, _limits: parse_time(text),
    "base64": _parse_base64,
    "nil": _parse_nil,
    "ex:nil": _parse_nil,
}
