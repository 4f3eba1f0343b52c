"""JSON-RPC 2.0 as a client needs it: one call written, one response read strictly (reference rpc 11.2)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NoReturn

from sertwist.errors import PeerError
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.client.protocol import Params
    from sertwist.rpc.call import Value

__all__ = ["HintedFault", "json_ready", "parse_json", "read_json_response", "write_json_call"]

VERSION: Final = "2.0"
# One call is under way on a connection, so one number serves.
ID: Final = 1


class HintedFault(Fault):
    """A fault with the hint that JSON-RPC has a place for; `hint` is empty if there is none."""

    def __init__(self, code: int, text: str, hint: str) -> None:
        super().__init__(code, text)
        self.hint = hint


def json_ready(value: Value) -> object:
    """`value` for `json.dumps`: bytes as base64, times as ISO 8601 in UTC with `Z`; all else as it is."""
    if isinstance(value, Mapping):
        return {name: json_ready(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(each) for each in value]
    if isinstance(value, datetime):
        utc = value.astimezone(UTC) if value.tzinfo else value
        return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def write_json_call(method: str, params: Params) -> bytes:
    """The request of one call.

    Raises:
        Fault: 400, a value that JSON cannot carry.
    """
    given = json_ready(params if isinstance(params, Mapping) else list(params))
    request = {"jsonrpc": VERSION, "method": method, "params": given, "id": ID}
    try:
        return json.dumps(request, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise Fault(400, "a number is not finite, or text is not Unicode") from error


def parse_json(text: str) -> object:
    """What `text` stands for, read strictly: no NaN, no two members of one name.

    Raises:
        ValueError: it is no such JSON.
        RecursionError: it is nested too deep.
    """
    value: object = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_members)
    return value


def read_json_response(body: bytes) -> Value:
    """The result in `body`.

    Raises:
        Fault: the server answered this error.
        PeerError: the body is no JSON-RPC 2.0 response to our call.
    """
    try:
        response = parse_json(body.decode())
    except (ValueError, RecursionError) as error:
        raise _bad(f"it is not JSON: {error}") from None
    if not isinstance(response, dict) or response.get("jsonrpc") != VERSION:
        raise _bad("it has no jsonrpc 2.0")
    if ("error" in response) == ("result" in response):
        raise _bad("it needs either a result or an error")
    if "error" in response:
        raise _fault(response["error"])
    if response.get("id") != ID:
        raise _bad("its id is not that of the call")
    result: Value = response["result"]
    return result


def _fault(error: object) -> Fault:
    code, message = (error.get("code"), error.get("message")) if isinstance(error, dict) else (None, None)
    if not isinstance(code, int) or isinstance(code, bool) or not isinstance(message, str):
        return _raise_bad("its error has no code and message")
    data = error.get("data") if isinstance(error, dict) else None
    hint = data.get("hint") if isinstance(data, dict) else None
    return HintedFault(code, message, hint if isinstance(hint, str) else "")


def _raise_bad(why: str) -> NoReturn:
    raise _bad(why)


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _bad(why: str) -> PeerError:
    return PeerError(f"the answer is not a JSON-RPC response: {why}")
