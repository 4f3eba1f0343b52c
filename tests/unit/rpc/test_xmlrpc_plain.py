"""The plain reading gives what the careful one gives, or nothing at all."""

from __future__ import annotations

import xmlrpc.client
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.limits import XmlRpcLimits
from sertwist.rpc.call import MULTICALL, Call, Value
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_plain import read_plain_call
from sertwist.rpc.xmlrpc_reader import read_call, read_call_carefully
from sertwist.rpc.xmlrpc_writer import write_call

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = XmlRpcLimits()


def call(params: str = "", name: str = "core.version") -> bytes:
    return f"<methodCall><methodName>{name}</methodName>{params}</methodCall>".encode()


def params(*values: str) -> str:
    return "<params>" + "".join(f"<param><value>{v}</value></param>" for v in values) + "</params>"


PLAIN: dict[str, tuple[bytes, tuple[Value, ...]]] = {
    "nothing else": (call(), ()),
    "empty params": (call("<params/>"), ()),
    "open and closed params": (call("<params>\n</params>"), ()),
    "our own client": (write_call("core.version", (1, "a b", True)), (1, "a b", True)),
    "Python's client": (xmlrpc.client.dumps((-5, "", False), "core.version").encode(), (-5, "", False)),
    "declared": (b"<?xml version='1.0' encoding='UTF-8' ?>\r\n" + call(), ()),
    "every plain scalar": (
        call(params("<int>1</int>", "<i4>+2</i4>", "<boolean>1</boolean>", "<string>a\n</string>", " x ")),
        (1, 2, True, "a\n", " x "),
    ),
    "white space": (
        b"\n" + call("\t<params> <param>\n<value> <int>007</int> </value> </param></params> ") + b" ",
        (7,),
    ),
}


@pytest.mark.parametrize(("body", "values"), PLAIN.values(), ids=PLAIN)
def test_what_clients_write_is_plain(body: bytes, values: tuple[Value, ...]) -> None:
    plain = read_plain_call(body, LIMITS)
    assert plain == Call("core.version", values) == read_call_carefully(body, LIMITS)
    assert [type(value) for value in plain.params] == [type(value) for value in values]


NOT_PLAIN = {
    "an empty body": b"",
    "a reference": call(params("<string>&lt;</string>")),
    "a reference in the name": call(name="core&#46;version"),
    "a comment": call("<!-- -->"),
    "CDATA": call(params("<![CDATA[a]]>")),
    "]]>": call(params("]]>")),
    "CR in text": call(params("a\r\nb")),
    "beyond ASCII": call(params("ä")),
    "a control character": call(params("\x01")),
    "DEL": call(params("\x7f")),
    "an attribute": call().replace(b"<methodName>", b'<methodName a="b">'),
    "a DOCTYPE": b"<!DOCTYPE methodCall>" + call(),
    "a byte order mark": b"\xef\xbb\xbf" + call(),
    "another encoding": b'<?xml version="1.0" encoding="ISO-8859-1"?>' + call(),
    "mixed quotes": b"<?xml version=\"1.0'?>" + call(),
    "white space before the declaration": b' <?xml version="1.0"?>' + call(),
    "two declarations": b'<?xml version="1.0"?><?xml version="1.0"?>' + call(),
    "an empty name": call(name=""),
    "white space in the name": call(name=" core.version"),
    "ten digits": call(params("<int>2147483648</int>")),
    "no digits": call(params("<int>-</int>")),
    "white space in a number": call(params("<int> 1</int>")),
    "boolean 2": call(params("<boolean>2</boolean>")),
    "unlike tags": call(params("<int>1</i4>")),
    "text and type": call(params("a<int>1</int>")),
    "two types": call(params("<int>1</int><int>1</int>")),
    "an array": call(params("<array><data/></array>")),
    "params never closed": call("<params>"),
    "params never opened": call("</params>"),
    "params twice": call("<params/><params/>"),
    "more after the end": call() + b"x",
    "a second call": call() + call(),
}


@pytest.mark.parametrize("body", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_everything_else_is_not(body: bytes) -> None:
    assert read_plain_call(body, LIMITS) is None


@pytest.mark.parametrize(
    ("limits", "within", "past"),
    [
        (replace(LIMITS, max_method_name=3), call(name="abc"), call(name="abcd")),
        (replace(LIMITS, max_params=2), call(params("a", "b")), call(params("a", "b", "c"))),
        (replace(LIMITS, max_values=2), call(params("a", "b")), call(params("a", "b", "c"))),
        (replace(LIMITS, max_string=2), call(params("ab")), call(params("abc"))),
        (replace(LIMITS, max_string=2), call(params("<string>ab</string>")), call(params("<string>abc</string>"))),
    ],
)
def test_bounds_hold_for_plain_calls(limits: XmlRpcLimits, within: bytes, past: bytes) -> None:
    assert read_plain_call(within, limits) == read_call_carefully(within, limits)
    assert read_plain_call(past, limits) is None
    with pytest.raises(Fault) as caught:
        read_call(past, limits)
    assert (caught.value.code, caught.value.text[:18]) == (400, "Document Too Large")


def test_the_bound_of_a_number_is_the_careful_readings_matter() -> None:
    body = call(params("<int>+123456789</int>"))
    assert read_plain_call(body, replace(LIMITS, max_integer_text=10)) == Call("core.version", (123456789,))
    assert read_plain_call(body, replace(LIMITS, max_integer_text=9)) is None


def test_a_long_document_is_read_carefully() -> None:
    room = 4_096 - len(call(params("")))
    assert read_plain_call(call(params("x" * room)), LIMITS) == Call("core.version", ("x" * room,))
    assert read_plain_call(call(params("x" * (room + 1))), LIMITS) is None
    assert read_call(call(params("x" * (room + 1))), LIMITS) == Call("core.version", ("x" * (room + 1),))


def test_a_multicall_is_never_made_of_scalars() -> None:
    with pytest.raises(Fault, match="Invalid Multicall"):
        read_plain_call(call(params("a"), name=MULTICALL), LIMITS)


def test_what_the_carriage_asks_for_holds_for_plain_calls_too() -> None:
    body = call(params("a\n\nb"))
    assert read_call(body, LIMITS).params == ("a\n\nb",)
    assert read_call(body, LIMITS, double_lf_to_crlf=True).params == ("a\r\nb",)
    with pytest.raises(Fault, match="Invalid XML-RPC Document"):
        read_call(call(), LIMITS, charset="utf-16")


PIECES = st.sampled_from(
    [
        *(b'<?xml version="1.0"?>', b"<methodCall>", b"<methodName>", b"core.version", b"</methodName>", b"<params>"),
        *(b"<params/>", b"<param>", b"<value>", b"<int>", b"</int>", b"<i4>", b"</i4>", b"<boolean>", b"</boolean>"),
        *(b"<string>", b"</string>", b"<string/>", b"</value>", b"<value/>", b"</param>", b"</params>"),
        *(
            b"</methodCall>",
            b"\n",
            b" ",
            b"\r",
            b"0",
            b"1",
            b"-7",
            b"x",
            b"&amp;",
            b"]]>",
            b"<!-- -->",
            b"system.multicall",
        ),
    ]
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A plain call, with some pieces put in, put in place of others, or cut out."""
    body = draw(st.sampled_from([body for body, _ in PLAIN.values()]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        end = at + draw(st.integers(0, 12))
        body = body[:at] + draw(st.one_of(PIECES, st.binary(max_size=2))) + body[end:]
    return body


def outcome(read: Callable[[bytes, XmlRpcLimits], Call | None], body: bytes, limits: XmlRpcLimits) -> object:
    """The call with its parameters' types, the fault, or None."""
    try:
        call = read(body, limits)
    except Fault as fault:
        return (fault.code, fault.text)
    return None if call is None else (call, [type(value) for value in call.params])


SMALL = XmlRpcLimits(max_params=4, max_values=4, max_string=3, max_method_name=12, max_integer_text=3)


@settings(max_examples=250, deadline=None)
@given(st.one_of(documents(), st.lists(PIECES, max_size=16).map(b"".join)), st.sampled_from([LIMITS, SMALL]))
def test_a_plain_call_is_the_careful_readings_call(body: bytes, limits: XmlRpcLimits) -> None:
    plain = outcome(read_plain_call, body, limits)
    if plain is not None:
        assert plain == outcome(read_call_carefully, body, limits)
