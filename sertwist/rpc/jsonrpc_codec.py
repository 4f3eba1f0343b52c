"""`JsonRpcCodec`: JSON-RPC 2.0 documents as a `Codec`; a batch is a multicall, so that whatever judges one judges it.

Parameters by name are put in their places by the method's declaration before anything is decided. A call whose names
do not fit is refused when it runs, not before: who may not call a method learns nothing about its parameters.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sertwist.rpc.call import MULTICALL, Call, make_call
from sertwist.rpc.codec import Reading
from sertwist.rpc.declare import Type
from sertwist.rpc.fault import Fault
from sertwist.rpc.jsonrpc_reader import INVALID_REQUEST, JsonCall, read_document
from sertwist.rpc.jsonrpc_writer import write_error, write_value

if TYPE_CHECKING:
    from sertwist.limits import XmlRpcLimits
    from sertwist.rpc.call import Value
    from sertwist.rpc.declare import Method
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.rpc.registry import Registry

__all__ = ["JsonRpcCodec"]

_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What a document's answer is made of beside the results.

    Attributes:
        is_batch: the answer is an array.
        ids: of each request object in order, as JSON; None: a notification.
        faults: of those that are no calls, by their place in the document.
    """

    is_batch: bool
    ids: tuple[str | None, ...]
    faults: Mapping[int, Fault]


class JsonRpcCodec:
    """Reads and writes JSON-RPC."""

    content_type: Final = "application/json"

    def __init__(self, registry: Registry, limits: XmlRpcLimits) -> None:
        self._registry = registry
        self._limits = limits

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self, request: HttpRequest) -> Reading:
        """See `Codec.read`."""
        return self.read_bytes(request.body)

    def read_bytes(self, body: bytes) -> Reading:
        """Read one document."""
        try:
            document = read_document(body, self._limits)
        except Fault as fault:
            return Reading(_as_json_fault(fault), _Envelope(is_batch=False, ids=("null",), faults={}))
        return self._read_batch(document) if isinstance(document, list) else self._read_single(document)

    def _read_single(self, one: JsonCall) -> Reading:
        envelope = _Envelope(is_batch=False, ids=(one.id_text,), faults={})
        call = self._call(one)
        silent = frozenset({0}) if one.id_text is None and isinstance(call, Call) else frozenset[int]()
        return Reading(call, envelope, silent)

    def _read_batch(self, batch: list[JsonCall]) -> Reading:
        members: list[Call] = []
        silent: set[int] = set()
        faults: dict[int, Fault] = {}
        for place, each in enumerate(batch):
            call = self._call(each)
            if isinstance(call, Call) and call.method == MULTICALL:
                call = Fault(INVALID_REQUEST, f"Invalid Request: {MULTICALL} stands in a batch")
            if isinstance(call, Fault):
                faults[place] = call
                continue
            if each.id_text is None:
                silent.add(len(members))
            members.append(call)
        envelope = _Envelope(is_batch=True, ids=tuple(each.id_text for each in batch), faults=faults)
        return Reading(Call(MULTICALL, (), tuple(members)), envelope, frozenset(silent))

    def _call(self, one: JsonCall) -> Call | Fault:
        if one.fault is not None:
            return one.fault
        method = self._registry.resolve(one.method)
        try:
            if one.named is None:
                params = one.params if method is None else _converted(one.params, method)
                return self._registry.canonical(make_call(one.method, params, self._limits))
            if method is None:
                return Call(one.method, named=one.named)
            placed = _placed(one.named, method)
            if placed is None:
                return Call(method.name, named=one.named)
            return self._registry.canonical(make_call(method.name, _converted(placed, method), self._limits))
        except Fault as fault:
            return _as_json_fault(fault)

    # -- writing ------------------------------------------------------------------------------------------------------

    def write_result(self, reading: Reading, value: Value, request: HttpRequest) -> bytes:
        """See `Codec.write_result`."""
        wide_as_text = request.field(b"x-int64") == b"string"
        envelope: _Envelope = reading.envelope
        if not envelope.is_batch:
            (id_text,) = envelope.ids
            return b"" if id_text is None else _response(id_text, result=write_value(value, wide_as_text=wide_as_text))
        assert isinstance(value, list)  # noqa: S101 (a multicall's)
        results = iter(value)
        return _batch(
            _response(id_text or "null", error=write_error(envelope.faults[place]))
            if place in envelope.faults
            else _member_response(id_text, next(results), wide_as_text=wide_as_text)
            for place, id_text in enumerate(envelope.ids)
        )

    def write_fault(self, reading: Reading | None, fault: Fault) -> bytes:
        """See `Codec.write_fault`: of a batch every call is answered with it, since none has run."""
        error = write_error(fault)
        if reading is None:
            return _response("null", error=error)
        envelope: _Envelope = reading.envelope
        if not envelope.is_batch:
            (id_text,) = envelope.ids
            return b"" if id_text is None else _response(id_text, error=error)
        return _batch(
            b"" if id_text is None and place not in envelope.faults else _response(id_text or "null", error=error)
            for place, id_text in enumerate(envelope.ids)
        )


def _placed(named: Mapping[str, Value], method: Method) -> tuple[Value, ...] | None:
    """Parameters by place, nil where an optional one is left out; None when names are missing or too many."""
    names = [param.name for param in method.params]
    if not named.keys() <= set(names):
        return None
    if any(p.name not in named and not (p.optional or p.rest) for p in method.params):
        return None
    last = max((place for place, name in enumerate(names) if name in named), default=-1)
    placed = [named.get(name) for name in names[: last + 1]]
    if last >= 0 and method.params[last].rest:
        rest = placed.pop()
        placed.extend(rest if isinstance(rest, tuple) else (rest,))
    return tuple(placed)


def _converted(params: tuple[Value, ...], method: Method) -> tuple[Value, ...]:
    """`params` with the texts that JSON has in place of times and octets turned into these."""
    declared = method.params
    if not any(p.type in _FROM_TEXT for p in declared):
        return params
    return tuple(
        _FROM_TEXT[declared[place].type](value)
        if place < len(declared) and declared[place].type in _FROM_TEXT and isinstance(value, str)
        else value
        for place, value in enumerate(params)
    )


def _time(text: str) -> Value:
    match = _TIME.fullmatch(text)
    try:
        return text if match is None else datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    except ValueError:
        return text


def _octets(text: str) -> Value:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text


_FROM_TEXT: Final = {Type.TIME: _time, Type.BASE64: _octets}


def _as_json_fault(fault: Fault) -> Fault:
    return fault if fault.code < 0 else Fault(INVALID_REQUEST, f"Invalid Request: {fault.text}")


def _response(id_text: str, *, result: str = "", error: str = "") -> bytes:
    outcome = f'"error":{error}' if error else f'"result":{result}'
    return f'{{"jsonrpc":"2.0",{outcome},"id":{id_text}}}'.encode()


def _member_response(id_text: str | None, outcome: Value, *, wide_as_text: bool) -> bytes:
    """A multicall's member is its value in an array, or its fault as a struct."""
    if id_text is None:
        return b""
    if isinstance(outcome, Mapping):
        fault = Fault(int(str(outcome["faultCode"])), str(outcome["faultString"]))
        return _response(id_text, error=write_error(fault))
    assert isinstance(outcome, list)  # noqa: S101 (as above)
    try:
        return _response(id_text, result=write_value(outcome[0], wide_as_text=wide_as_text))
    except Fault as fault:
        return _response(id_text, error=write_error(fault))


def _batch(responses: object) -> bytes:
    said = [each for each in responses if each]  # type: ignore[attr-defined]
    return b"[" + b",".join(said) + b"]" if said else b""
