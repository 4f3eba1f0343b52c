"""JSON-RPC 2.0: the specification's own examples, strictness, ids exactly as sent, batches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.limits import XmlRpcLimits
from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.declare import Method, Param, Type
from sertwist.rpc.dispatch import CallContext, run_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.http_request import HttpHead, HttpRequest
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.jsonrpc_codec import JsonRpcCodec
from sertwist.rpc.registry import Registry

INT = Type.INT
REGISTRY = Registry()
for each in (
    *system_methods(REGISTRY),
    Method(
        name="subtract",
        params=(Param(name="minuend", type=INT), Param(name="subtrahend", type=INT)),
        run=lambda _context, minuend, subtrahend: minuend - subtrahend,
        aliases=("minus",),
    ),
    Method(
        name="sum",
        params=(Param(name="values", type=INT, rest=True),),
        run=lambda _context, *values: sum(values),
    ),
    Method(name="echo", params=(Param(name="value", type=Type.ANY),), run=lambda _context, value: value),
    Method(name="time", params=(Param(name="at", type=Type.TIME),), run=lambda _context, at: at),
    Method(name="octets", params=(Param(name="data", type=Type.BASE64),), run=lambda _context, data: data),
    Method(
        name="optional",
        params=(Param(name="a", type=INT), Param(name="b", type=INT, optional=True), Param(name="c", type=INT, optional=True)),
        run=lambda _context, *values: list(values),
    ),
    Method(name="get_data", run=lambda _context: ["hello", 5]),
    Method(name="defect", run=lambda _context: int("x")),
):  # fmt: skip
    REGISTRY.add(each)
CODEC = JsonRpcCodec(REGISTRY, XmlRpcLimits())


def request(*fields: tuple[bytes, bytes]) -> HttpRequest:
    head = HttpHead(("POST", "/jsonrpc", "1.1"), dict(fields), b"", keep_alive=True, length=0, expects_continue=False)
    return HttpRequest(head, b"")


def answer(body: str | bytes, *fields: tuple[bytes, bytes]) -> str:
    """What comes back for `body`."""
    reading = CODEC.read_bytes(body if isinstance(body, bytes) else body.encode())
    context = CallContext(registry=REGISTRY, report=lambda *_: None)
    if isinstance(reading.call, Fault):
        return CODEC.write_fault(reading, reading.call).decode()
    try:
        value: Any = run_call(reading.call, context)
        return CODEC.write_result(reading, value, request(*fields)).decode()
    except Fault as fault:
        return CODEC.write_fault(reading, fault).decode()


def made(body: str) -> Any:
    text = answer(body)
    return json.loads(text) if text else None


def call(method: str, params: Any = (), request_id: Any = 1) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": request_id})


# ruff: noqa: E501 (documents as they are sent)
# https://www.jsonrpc.org/specification, section 7
@pytest.mark.parametrize(
    ("asked", "result"),
    [
        ('{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}', (1, 19)),
        ('{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}', (2, -19)),
        ('{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}', (3, 19)),
        ('{"id": 4, "params": {"minuend": 42, "subtrahend": 23}, "method": "subtract", "jsonrpc": "2.0"}', (4, 19)),
        ('{"jsonrpc": "2.0", "method": "minus", "params": [1, 2], "id": "a"}', ("a", -1)),
        ('{"jsonrpc": "2.0", "method": "get_data", "id": null}', (None, ["hello", 5])),
        ('{"jsonrpc": "2.0", "method": "sum", "params": {"values": [1, 2, 4]}, "id": 9}', (9, 7)),
        ('{"jsonrpc": "2.0", "method": "optional", "params": {"a": 1, "c": 3}, "id": 9}', (9, [1, None, 3])),
        ('{"jsonrpc": "2.0", "method": "time", "params": ["2026-01-31T12:00:00Z"], "id": 9}', (9, "2026-01-31T12:00:00Z")),
        ('{"jsonrpc": "2.0", "method": "octets", "params": {"data": "AAE="}, "id": 9}', (9, "AAE=")),
    ],
)  # fmt: skip
def test_calls_are_answered(asked: str, result: tuple[Any, Any]) -> None:
    assert made(asked) == {"jsonrpc": "2.0", "result": result[1], "id": result[0]}


@pytest.mark.parametrize(
    ("asked", "code", "request_id"),
    [
        ('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}', -32601, "1"),
        ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', -32700, None),
        ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}', -32600, None),
        ('{"jsonrpc": "2.0", "method": "subtract", "params": "bar", "id": 7}', -32600, 7),
        ("[]", -32600, None),
        ("", -32700, None),
        ("1", -32600, None),
        ('{"jsonrpc": "1.0", "method": "get_data", "id": 1}', -32600, 1),
        ('{"method": "get_data", "id": 1}', -32600, 1),
        ('{"jsonrpc": 2.0, "method": "get_data", "id": 1}', -32600, 1),
        ('{"jsonrpc": "2.0", "method": "get_data", "id": [1]}', -32600, None),
        ('{"jsonrpc": "2.0", "method": "get_data", "id": true}', -32600, None),
        ('{"jsonrpc": "2.0", "method": "get_data", "id": 1, "auth": "x"}', -32600, 1),
        ('{"jsonrpc": "2.0", "method": "echo", "method": "get_data", "id": 1}', -32700, None),
        ('{"jsonrpc": "2.0", "method": "echo", "params": [{"a": 1, "a": 2}], "id": 1}', -32700, None),
        ('{"jsonrpc": "2.0", "method": "echo", "params": [NaN], "id": 1}', -32700, None),
        ('{"jsonrpc": "2.0", "method": "echo", "params": [1e999], "id": 1}', -32600, 1),
        ('{"jsonrpc": "2.0", "method": "echo", "params": [9223372036854775808], "id": 1}', -32600, 1),
        ('{"jsonrpc": "2.0", "method": "echo", "params": ["\\ud800"], "id": 1}', -32600, 1),
        ('{"jsonrpc": "2.0", "method": "subtract", "params": [1], "id": 1}', -32602, 1),
        ('{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 1}, "id": 1}', -32602, 1),
        ('{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 1, "x": 3}, "id": 1}', -32602, 1),
        ('{"jsonrpc": "2.0", "method": "subtract", "params": ["1", 2], "id": 1}', -32602, 1),
        ('{"jsonrpc": "2.0", "method": "defect", "id": 1}', -32603, 1),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_code(asked: str, code: int, request_id: Any) -> None:
    reply = made(asked)
    assert (reply["error"]["code"], reply["id"], reply["jsonrpc"]) == (code, request_id, "2.0")
    assert "result" not in reply


def test_missing_and_unknown_names_are_told() -> None:
    message = made(call("subtract", {"minuend": 1, "x": 3}))["error"]["message"]
    assert "missing subtrahend" in message
    assert "unknown 'x'" in message


@pytest.mark.parametrize(
    "request_id", ["0", "-0", "1.50", "1E2", "12345678901234567890123", '"\\u00e9"', '"x"', "null"]
)
def test_an_id_comes_back_as_it_was(request_id: str) -> None:
    reply = answer(f'{{"jsonrpc":"2.0","method":"sum","id":{request_id}}}')
    assert reply == f'{{"jsonrpc":"2.0","result":0,"id":{request_id}}}'


@pytest.mark.parametrize("body", [b"\xff{}", b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b"{}{}", b"[" * 100_000])
def test_only_one_document_in_utf_8_is_read(body: bytes) -> None:
    assert json.loads(answer(body))["error"]["code"] in (-32700, -32600)


def test_notifications_are_not_answered() -> None:
    assert answer('{"jsonrpc": "2.0", "method": "sum", "params": [1]}') == ""
    assert answer('[{"jsonrpc": "2.0", "method": "sum"}, {"jsonrpc": "2.0", "method": "defect"}]') == ""


def test_a_batch_is_answered_call_by_call() -> None:
    batch = """[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "sum", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"},
        1
    ]"""
    got = [(each["id"], each.get("result", each.get("error", {}).get("code"))) for each in made(batch)]
    assert got == [
        ("1", 7),
        ("2", 19),
        (None, -32600),
        ("5", -32601),
        ("9", ["hello", 5]),
        (None, -32600),
    ]


def test_a_batch_is_a_multicall_to_whoever_judges_it() -> None:
    reading = CODEC.read_bytes(f"[{call('minus', [1, 2])},{call('get_data')}]".encode())
    assert reading.call == Call(MULTICALL, (), (Call("subtract", (1, 2)), Call("get_data")))
    refused = json.loads(CODEC.write_fault(reading, Fault(403, "no")))
    assert [each["error"]["code"] for each in refused] == [403, 403]


def test_a_multicall_can_not_stand_in_a_batch() -> None:
    (reply,) = made(f"[{call('system.multicall', [[{'methodName': 'get_data', 'params': []}]])}]")
    assert reply["error"]["code"] == -32600


@pytest.mark.parametrize("over", [0, 1])
def test_bounds_hold_exactly(over: int) -> None:
    limits = XmlRpcLimits()
    nested = "[" * (limits.max_depth + over) + "]" * (limits.max_depth + over)
    deep = f'{{"jsonrpc":"2.0","method":"echo","params":[{nested}],"id":1}}'
    many = call("sum", [0] * (limits.max_params + over))
    long_text = call("echo", ["x" * (limits.max_string + over)])
    batch = "[" + ",".join([call("get_data")] * (limits.max_multicall + over)) + "]"
    for body in (deep, many, long_text, batch):
        reply = made(body)
        first = reply[0] if isinstance(reply, list) else reply
        assert ("error" in first) is bool(over), body[:80]


def test_wide_integers_come_as_text_when_asked_for() -> None:
    asked = call("echo", [2**60])
    assert json.loads(answer(asked))["result"] == 2**60
    assert json.loads(answer(asked, (b"x-int64", b"string")))["result"] == str(2**60)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBER = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@given(JSON.filter(lambda value: value is not None))  # a method without a result answers true
def test_any_value_comes_back_as_it_went(value: Any) -> None:
    assert made(call("echo", [value]))["result"] == value


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_the_bytes_are_there_is_one_answer(body: bytes) -> None:
    reply = answer(body)
    assert not reply or json.loads(reply)


@given(st.data())
def test_a_document_with_one_octet_changed_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(call("subtract", {"minuend": 5, "subtrahend": 3}).encode())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    reply = answer(bytes(body))
    assert not reply or set(json.loads(reply)) in ({"jsonrpc", "result", "id"}, {"jsonrpc", "error", "id"})
