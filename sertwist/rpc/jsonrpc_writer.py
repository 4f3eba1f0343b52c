"""Write JSON-RPC 2.0 responses (reference rpc 11.2): values as JSON has them, times as ISO text, octets as base64."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sertwist.rpc import fault as texts
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["write_error", "write_value"]

_SAFE: Final = 1 << 53  # past it a reader with doubles only reads another number
_MAX_DEPTH: Final = 64
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

# SER's faults that JSON-RPC has codes of its own for; all others keep theirs.
_CODES: Final = {
    texts.METHOD_NOT_FOUND: -32601,
    texts.INVALID_TYPE: -32602,
    texts.INVALID_VALUE: -32602,
}
_PARAMETER_FAULTS: Final = ("Missing Parameter:", "Too Many Parameters:", f"{texts.INVALID_VALUE}:", "Invalid params")


def write_value(value: Value, *, wide_as_text: bool = False) -> str:
    """`value` as JSON; `wide_as_text`: integers that a double can't hold are texts.

    Raises:
        Fault: 500, a value that JSON can't carry.
    """
    return json.dumps(_plain(value, 0, wide_as_text=wide_as_text), ensure_ascii=False, separators=(",", ":"))


def write_error(fault: Fault) -> str:
    """The error object for `fault`: code, message, and in `data` the code and text as XML-RPC has them."""
    code = _code(fault)
    data: dict[str, Any] = {"fault": fault.code}
    incident = fault.text.partition("(incident ")[2].rstrip(")")
    if incident:
        data["incident"] = incident
    error = {"code": code, "message": _clean(fault.text), "data": data}
    return json.dumps(error, ensure_ascii=False, separators=(",", ":"))


def _code(fault: Fault) -> int:
    if fault.code < 0:
        return fault.code
    if fault.text.startswith(_PARAMETER_FAULTS):
        return -32602
    if fault.code == 500 and fault.text.startswith(texts.INTERNAL_ERROR):
        return -32603
    return _CODES.get(fault.text, fault.code)


def _plain(value: Any, depth: int, *, wide_as_text: bool) -> Any:
    if depth > _MAX_DEPTH:
        raise Fault(500, texts.BAD_RESULT)
    if isinstance(value, Mapping):
        return {_clean(str(n)): _plain(v, depth + 1, wide_as_text=wide_as_text) for n, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, depth + 1, wide_as_text=wide_as_text) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value)) if wide_as_text and abs(value) > _SAFE else int(value)
    return _scalar(value)


def _clean(text: str) -> str:
    """Octets of SIP messages that are no UTF-8 are lone surrogates in ours: no JSON text may have them."""
    return _SURROGATE.sub("\ufffd", text)


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Fault(500, texts.BAD_DOUBLE)
        return value
    return _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise Fault(500, texts.BAD_RESULT)
