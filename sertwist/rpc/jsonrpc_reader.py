"""Read a JSON-RPC 2.0 document once, strictly (reference rpc 11.2).

Nothing is taken that two readers could read differently: duplicate names, numbers past 64 bits or not finite, lone
surrogates, a byte order mark, members that the specification does not have.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sertwist.rpc.fault import Fault, limit_passed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.limits import XmlRpcLimits
    from sertwist.rpc.call import Value

__all__ = ["INVALID_PARAMS", "INVALID_REQUEST", "PARSE_ERROR", "JsonCall", "read_document"]

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
INVALID_PARAMS: Final = -32602

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MEMBERS: Final = frozenset({"jsonrpc", "method", "params", "id"})
_MAX_ID: Final = 256  # characters of a text, digits of a number
_BITS: Final = 64


class _Number(str):
    """A number as it was written: only an id is kept so."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JsonCall:
    """One request object.

    Attributes:
        id_text: the id as JSON, exactly as it was sent; None: a notification.
        method: as received; empty with `fault`.
        params: by place.
        named: by name; None when they came by place.
        fault: why it is no call, its code one of JSON-RPC's.
    """

    id_text: str | None
    method: str = ""
    params: tuple[Value, ...] = ()
    named: Mapping[str, Value] | None = None
    fault: Fault | None = None


def read_document(body: bytes, limits: XmlRpcLimits) -> JsonCall | list[JsonCall]:
    """The request object in `body`, or those of its batch.

    Raises:
        Fault: the document as a whole is refused; its code is -32700 or -32600.
    """
    _check_shape(body, limits)
    try:
        document = json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        raise Fault(PARSE_ERROR, "Parse error: not one JSON document in UTF-8") from None
    if not isinstance(document, list):
        return _read_one(document, limits)
    if not document:
        raise Fault(INVALID_REQUEST, "Invalid Request: an empty batch")
    if len(document) > limits.max_multicall:
        raise Fault(INVALID_REQUEST, f"Invalid Request: max_multicall is {limits.max_multicall}")
    return [_read_one(each, limits) for each in document]


def _check_shape(body: bytes, limits: XmlRpcLimits) -> None:
    """Refuse what has too many values or nests too deep before anything is made of it.

    Raises:
        Fault: a bound is passed.
    """
    openings = body.count(b"[") + body.count(b"{")
    if openings <= limits.max_depth and body.count(b",") + openings < limits.max_values:
        return
    bare = _STRING.sub(b"", body)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") >= limits.max_values:
        raise limit_passed("max_values", limits.max_values)
    depth = -2 if bare.lstrip().startswith(b"{") else -3  # the request's own levels are not the caller's
    for each in re.finditer(rb"[\[{\]}]", bare):
        depth += 1 if each[0] in b"[{" else -1
        if depth > limits.max_depth:
            raise limit_passed("max_depth", limits.max_depth)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _read_one(document: Any, limits: XmlRpcLimits) -> JsonCall:
    """One request object; what is wrong with it is its own fault, and its id is answered if it can be read."""
    if not isinstance(document, dict):
        return JsonCall("null", fault=_invalid("not an object"))
    id_text = _id_text(document["id"]) if "id" in document else None
    if "id" in document and id_text is None:
        return JsonCall("null", fault=_invalid("id is a string of 256 characters at most, a number or null"))
    try:
        return _read_call(document, id_text, limits)
    except Fault as fault:
        return JsonCall("null" if id_text is None else id_text, fault=fault)


def _read_call(document: dict[str, Any], id_text: str | None, limits: XmlRpcLimits) -> JsonCall:
    if not document.keys() <= _MEMBERS or document.get("jsonrpc") != "2.0" or type(document["jsonrpc"]) is not str:
        raise _invalid('members are jsonrpc ("2.0"), method, params and id')
    method = document.get("method")
    if type(method) is not str or not method or _SURROGATE.search(method):
        raise _invalid("method is a text")
    if len(method) > limits.max_method_name:
        raise _invalid(f"max_method_name is {limits.max_method_name}")
    params = document.get("params", [])
    if not isinstance(params, list | dict):
        raise _invalid("params is an array or an object")
    if len(params) > limits.max_params:
        raise _invalid(f"max_params is {limits.max_params}")
    if isinstance(params, list):
        return JsonCall(id_text, method, tuple(_value(each, limits) for each in params))
    return JsonCall(id_text, method, named=_struct(params, limits))


def _invalid(words: str) -> Fault:
    return Fault(INVALID_REQUEST, f"Invalid Request: {words}")


def _id_text(value: Any) -> str | None:
    if type(value) is _Number:
        return str(value) if len(value) <= _MAX_ID else None
    if value is None:
        return "null"
    if type(value) is str and len(value) <= _MAX_ID and not _SURROGATE.search(value):
        return json.dumps(value)
    return None


def _value(value: Any, limits: XmlRpcLimits) -> Value:
    """`value` as calls hold it: immutable.

    Raises:
        Fault: a number out of range, a text that is too long or none.
    """
    if type(value) is _Number:
        return _number(value)
    if isinstance(value, str):
        return _text(value, limits)
    if isinstance(value, list):
        return tuple(_value(each, limits) for each in value)
    if isinstance(value, dict):
        return _struct(value, limits)
    return value  # type: ignore[no-any-return]  # true, false, null


def _struct(members: dict[str, Any], limits: XmlRpcLimits) -> Mapping[str, Value]:
    return MappingProxyType({_text(name, limits): _value(each, limits) for name, each in members.items()})


def _text(text: str, limits: XmlRpcLimits) -> str:
    if len(text) > limits.max_string:
        raise _invalid(f"max_string is {limits.max_string}")
    if _SURROGATE.search(text):
        raise _invalid("half of a surrogate pair is no character")
    return text


def _number(text: str) -> int | float:
    if text.lstrip("-").isdigit():
        if len(text) <= 20 and -(1 << (_BITS - 1)) <= (value := int(text)) < 1 << (_BITS - 1):
            return value
        raise _invalid("an integer has 64 bits at most")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _invalid("a number is too large")
    return number
