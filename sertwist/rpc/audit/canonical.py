"""The digest of a call: the same for the same methods and values, however they were written; different for others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.declare import Method

__all__ = ["call_digest", "is_secret"]

_SECRET: Final = b"*"


def is_secret(method: Method | None, position: int) -> bool:
    """Whether the parameter at `position` of `method` is to be hidden; so is what nobody has declared."""
    if method is None:
        return True
    params = method.params
    if position < len(params):
        return params[position].secret
    return not params or not params[-1].rest or params[-1].secret


def call_digest(call: Call, resolve: Callable[[str], Method | None] | None = None) -> str:
    """SHA-256 over methods and parameters, hexadecimal.

    Args:
        call: aliases resolved; of a multicall its members count.
        resolve: finds declarations: what is secret by them counts as one and the same value then, since the digest of
            a short secret gives it away to whoever tries them all. None: everything counts as it is.
    """
    parts: list[bytes] = []
    for each in call.members or (call,):
        _add_call(each, resolve, parts)
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _add_call(call: Call, resolve: Callable[[str], Method | None] | None, parts: list[bytes]) -> None:
    _add(call.method, parts)
    method = None if resolve is None else resolve(call.method)
    parts.append(b"[")
    for position, value in enumerate(call.params):
        if resolve is not None and is_secret(method, position):
            parts.append(_SECRET)
        else:
            _add(value, parts)
    parts.append(b"]")
    if call.named is not None:
        parts.append(b"=")
        _add(call.named if resolve is None else tuple(sorted(call.named)), parts)


def _add(value: Value, parts: list[bytes]) -> None:
    """Append `value` so that no two different ones give the same bytes: types have marks, texts their lengths."""
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        parts.append(scalar(value))
    elif isinstance(value, Mapping):
        parts.append(b"{")
        for name in sorted(value):
            _add(name, parts)
            _add(value[name], parts)
        parts.append(b"}")
    else:
        parts.append(b"[")
        for each in cast("Sequence[Value]", value):
            _add(each, parts)
        parts.append(b"]")


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"s%d:%b" % (len(data), data)


_SCALARS: Final[dict[type, Callable[[Any], bytes]]] = {
    str: _text,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"i%d;" % value,
    float: lambda value: b"d%b;" % repr(value).encode("ascii"),
    bytes: lambda value: b"b%d:%b" % (len(value), value),
    datetime: lambda value: b"T%b;" % value.isoformat().encode("ascii"),
    type(None): lambda _value: b"n",
}
