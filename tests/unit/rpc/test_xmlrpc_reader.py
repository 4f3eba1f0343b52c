"""`read_call` and `read_response`: what is read, what is refused, with which text, at which bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from xml.dom import expatbuilder
from xml.parsers.expat import ExpatError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.limits import XmlRpcLimits
from sertwist.rpc.call import Call
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import BadResponseError, read_call, read_response
from sertwist.rpc.xmlrpc_writer import write_fault, write_response

LIMITS = XmlRpcLimits()


def call(params: str = "", name: str = "core.version") -> bytes:
    return f"<methodCall><methodName>{name}</methodName>{params}</methodCall>".encode()


def params(*values: str) -> str:
    return "<params>" + "".join(f"<param><value>{v}</value></param>" for v in values) + "</params>"


def refusal(body: bytes, limits: XmlRpcLimits = LIMITS, charset: str | None = None) -> str:
    with pytest.raises(Fault) as caught:
        read_call(body, limits, charset=charset)
    assert caught.value.code == 400
    return caught.value.text


ACCEPTED = {
    "no params": (call(), ()),
    "empty params": (call("<params/>"), ()),
    "declaration": (b"<?xml version='1.0' encoding='UTF-8'?>\n" + call(), ()),
    "white space between elements": (
        call(" <params>\r\n<param> <value> <int>1</int>\t</value></param></params> "),
        (1,),
    ),
    "comment between elements": (call("<!-- c --><params><param><!----><value>x</value></param></params>"), ("x",)),
    "int": (call(params("<int>-1</int>", "<i4>+2</i4>", "<int>2147483647</int>")), (-1, 2, 2147483647)),
    "i8": (call(params("<i8>-9223372036854775808</i8>", "<ex:i8>5</ex:i8>")), (-(1 << 63), 5)),
    "boolean": (call(params("<boolean>0</boolean>", "<boolean>1</boolean>")), (False, True)),
    "double": (
        call(params("<double>-1.5</double>", "<double>2e3</double>", "<double>.5</double>")),
        (-1.5, 2000.0, 0.5),
    ),
    "string": (call(params("<string>a&lt;&#13;&#x41;<![CDATA[<b>]]></string>", "<string/>")), ("a<\rA<b>", "")),
    "untyped": (call(params("  x y ", "")), ("  x y ", "")),
    "time": (
        call(params("<dateTime.iso8601>20260102T03:04:05Z</dateTime.iso8601>")),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),),
    ),
    "base64": (call(params("<base64>aGVs\n bG8=\n</base64>", "<base64/>")), (b"hello", b"")),
    "nil": (call(params("<nil/>", "<ex:nil/>")), (None, None)),
    "array": (call(params("<array><data><value>1</value><value><int>2</int></value></data></array>")), (("1", 2),)),
    "struct": (
        call(params("<struct><member><name>a</name><value><int>1</int></value></member></struct>")),
        (MappingProxyType({"a": 1}),),
    ),
    "extension namespace": (
        call().replace(b"<methodCall>", b"<methodCall xmlns:ex='http://ws.apache.org/xmlrpc/namespaces/extensions'>"),
        (),
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_document_is_read(case: str) -> None:
    body, values = ACCEPTED[case]
    assert read_call(body, LIMITS) == Call("core.version", values)


def test_values_keep_their_types() -> None:
    (value,) = read_call(
        call(params("<struct><member><name>a</name><value><array><data/></array></value></member></struct>")), LIMITS
    ).params
    assert type(value) is MappingProxyType
    assert type(value["a"]) is tuple
    assert type(read_call(call(params("<boolean>1</boolean>")), LIMITS).params[0]) is bool


INVALID = "Invalid XML-RPC Document"
REFUSED = {
    "no body": (b"", "Malformed Message Body"),
    "not XML": (b"hello", "Empty XML-RPC Document"),
    "only white space": (b" \n", "Empty XML-RPC Document"),
    "only a declaration": (b"<?xml version='1.0'?>", "Empty XML-RPC Document"),
    "not closed": (call()[:-1], INVALID),
    "junk after the root": (call() + b"<x/>", INVALID),
    "wrong root": (b"<methodResponse/>", "Root Element Is Not methodCall"),
    "root of another case": (b"<MethodCall/>", "Root Element Is Not methodCall"),
    "no method name": (b"<methodCall/>", "Method Name Not Found"),
    "params only": (b"<methodCall><params/></methodCall>", "Method Name Not Found"),
    "name after params": (b"<methodCall><params/><methodName>a</methodName></methodCall>", "Method Name Not Found"),
    "text before the name": (b"<methodCall>x<methodName>a</methodName></methodCall>", "Method Name Not Found"),
    "empty name": (call(name=""), "Cannot Extract Method Name"),
    "comment in the name": (call(name="core<!-- -->.kill"), "Cannot Extract Method Name"),
    "CDATA in the name": (call(name="<![CDATA[core.kill]]>"), "Cannot Extract Method Name"),
    "CDATA in part of the name": (call(name="core.<![CDATA[kill]]>"), "Cannot Extract Method Name"),
    "character reference in the name": (call(name="core.&#107;ill"), "Cannot Extract Method Name"),
    "predefined entity in the name": (call(name="a&amp;b"), "Cannot Extract Method Name"),
    "element in the name": (call(name="core<b/>.kill"), "Cannot Extract Method Name"),
    "instruction in the name": (call(name="core<?x y?>.kill"), INVALID),
    "entity in the name": (call(name="&kill;"), INVALID),
    "two names": (call("<methodName>core.kill</methodName>"), INVALID),
    "two params": (call("<params/><params/>"), INVALID),
    "name after all": (call("<params/><methodName>core.kill</methodName>"), INVALID),
    "unknown element": (call("<extra/>"), INVALID),
    "text between elements": (call("x"), INVALID),
    "attribute": (call().replace(b"<methodName>", b"<methodName a='1'>"), INVALID),
    "attribute of the root": (call().replace(b"<methodCall>", b"<methodCall a='1'>"), INVALID),
    "namespace": (call().replace(b"<methodCall>", b"<methodCall xmlns='urn:x'>"), INVALID),
    "prefixed root": (b"<x:methodCall xmlns:x='urn:x'/>", "Root Element Is Not methodCall"),
    "DOCTYPE": (b"<!DOCTYPE methodCall>" + call(), INVALID),
    "DOCTYPE after a comment": (
        b"<?xml version='1.0'?><!-- a --> <!DOCTYPE methodCall [<!ENTITY k 'core.kill'>]>" + call(name="&k;"),
        INVALID,
    ),
    "instruction": (b"<?xml version='1.0'?><?php x?>" + call(), INVALID),
    "UTF-16": (call().decode().encode("utf-16"), INVALID),
    "UTF-16 without mark": (call().decode().encode("utf-16-be"), INVALID),
    "UTF-8 with mark": (b"\xef\xbb\xbf" + call(), INVALID),
    "declared Latin-1": (b"<?xml version='1.0' encoding='ISO-8859-1'?>" + call(), INVALID),
    "declared UTF-7": (b"<?xml version='1.0' encoding='UTF-7'?>" + call(), INVALID),
    "not ASCII as declared": (b"<?xml version='1.0' encoding='us-ascii'?>" + call(params("ä")), INVALID),
    "XML 1.1": (b"<?xml version='1.1'?>" + call(), INVALID),
    "invalid UTF-8": (call(params("?")).replace(b"?", b"\xff"), INVALID),
    "param without value": (call("<params><param/></params>"), "Invalid Parameter Value"),
    "param with text": (call("<params><param>1</param></params>"), "Invalid Parameter Value"),
    "two values in a param": (call("<params><param><value/><value/></param></params>"), "Invalid Parameter Value"),
    "value outside a param": (call("<params><value/></params>"), "Invalid Parameter Value"),
    "text and type": (call(params("x<int>1</int>")), "Invalid Parameter Value"),
    "type and text": (call(params("<int>1</int>x")), "Invalid Parameter Value"),
    "two types": (call(params("<int>1</int><int>1</int>")), "Invalid Parameter Value"),
    "unknown type": (call(params("<i16>1</i16>")), "Invalid Parameter Type"),
    "comment in a value": (call(params("a<!-- -->b")), "Invalid Parameter Type"),
    "comment in an int": (call(params("<int>1<!-- -->2</int>")), "Invalid Value"),
    "empty int": (call(params("<int/>")), "Empty Parameter Value"),
    "empty double": (call(params("<double/>")), "Empty Double Parameter"),
    "int past 32 bits": (call(params("<int>2147483648</int>")), "Invalid Value"),
    "i8 past 64 bits": (call(params("<i8>9223372036854775808</i8>")), "Invalid Value"),
    "boolean as word": (call(params("<boolean>true</boolean>")), "Invalid Value"),
    "base64 outside the alphabet": (call(params("<base64>a-b_</base64>")), "Invalid Value"),
    "base64 cut": (call(params("<base64>aGVsbG8</base64>")), "Invalid Value"),
    "base64 that is not ASCII": (call(params("<base64>äaaa</base64>")), "Invalid Value"),
    "nil with text": (call(params("<nil>0</nil>")), "Invalid Value"),
    "struct with a value": (call(params("<struct><value/></struct>")), "Invalid Structure Parameter"),
    "member without name": (
        call(params("<struct><member><value/></member></struct>")),
        "Member Name Not Found In Structure",
    ),
    "member with empty name": (
        call(params("<struct><member><name/><value/></member></struct>")),
        "Empty name Element of Structure Parameter",
    ),
    "member without value": (
        call(params("<struct><member><name>a</name></member></struct>")),
        "Member Value Not Found In Structure",
    ),
    "member named twice": (
        call(params("<struct>" + "<member><name>a</name><value/></member>" * 2 + "</struct>")),
        "Invalid Structure Parameter",
    ),
    "array without data": (call(params("<array/>")), "Invalid Array Parameter"),
    "array with two data": (call(params("<array><data/><data/></array>")), "Invalid Array Parameter"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_is_refused_with_the_text_for_its_cause(case: str) -> None:
    body, text = REFUSED[case]
    assert refusal(body) == text


@pytest.mark.parametrize("text", [" 1", "1 ", "1_000", "٣", "0x1", "1.0", "--1", "+", "1e2", "\u00a01"])
def test_an_integer_is_refused_when_it_is_not_sign_and_ascii_digits(text: str) -> None:
    assert refusal(call(params(f"<int>{text}</int>"))) == "Invalid Value"


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999", "1_0.0", " 1.0", "0x1p3", "1.e", ".", "٣.0"])
def test_a_double_is_refused_when_it_is_not_a_finite_number(text: str) -> None:
    assert refusal(call(params(f"<double>{text}</double>"))) == "Invalid Value"


@pytest.mark.parametrize(
    "text",
    [
        "20260230T00:00:00",
        "20261301T00:00:00",
        "20260101T24:00:00",
        "2026-01-01T00:00:00",
        "20260101T00:00:00+01",
        "00000101T00:00:00",
    ],
)
def test_a_time_is_refused_when_no_calendar_has_it(text: str) -> None:
    assert refusal(call(params(f"<dateTime.iso8601>{text}</dateTime.iso8601>"))) == "Invalid Value"


@pytest.mark.parametrize(
    ("charset", "accepted"), [("utf-8", True), ("US-ASCII", False), ("utf-16", False), ("", False)]
)
def test_the_content_types_charset_is_obeyed(charset: str, accepted: bool) -> None:
    body = call(params("ä"))
    if accepted:
        assert read_call(body, LIMITS, charset=charset).params == ("ä",)
    else:
        assert refusal(body, charset=charset) == INVALID


def test_lf_lf_becomes_cr_lf_in_strings_when_asked_for() -> None:
    body = call(params("a\n\nb", "<string>c\n\n</string>"))
    assert read_call(body, LIMITS, double_lf_to_crlf=True).params == ("a\r\nb", "c\r\n")
    assert read_call(body, LIMITS).params == ("a\n\nb", "c\n\n")


def nested(depth: int) -> str:
    return "<array><data><value>" * depth + "</value></data></array>" * depth


BOUNDS = {
    "max_depth": (3, lambda n: call(params(nested(n)))),
    "max_params": (3, lambda n: call(params(*["x"] * n))),
    "max_values": (4, lambda n: call(params("<array><data>" + "<value/>" * (n - 1) + "</data></array>"))),
    "max_string": (9, lambda n: call(params("<string>" + "ä" * n + "</string>"))),
    "max_method_name": (5, lambda n: call(name="x" * n)),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_bound_holds_at_it_and_one_past_it(name: str) -> None:
    bound, make = BOUNDS[name]
    limits = replace(LIMITS, **{name: bound})
    read_call(make(bound), limits)
    assert refusal(make(bound + 1), limits) == f"Document Too Large: {name} is {bound}"


def test_the_string_bound_holds_for_untyped_text_member_names_and_base64() -> None:
    limits = replace(LIMITS, max_string=6)
    past = "Document Too Large: max_string is 6"
    member = "<struct><member><name>{}</name><value/></member></struct>"
    for within, beyond in [("x" * 6, "x" * 7), (member.format("x" * 6), member.format("x" * 7))]:
        read_call(call(params(within)), limits)
        assert refusal(call(params(beyond)), limits) == past
    assert read_call(call(params("<base64>YWJj\nZGVm\n</base64>")), limits).params == (b"abcdef",)
    assert refusal(call(params("<base64>YWJjZGVmZw==</base64>")), limits) == past
    assert refusal(call(params("<base64>" + " " * 99 + "</base64>")), limits) == past


def test_integer_text_has_a_bound() -> None:
    limits = replace(LIMITS, max_integer_text=3)
    assert read_call(call(params("<int>007</int>")), limits).params == (7,)
    assert refusal(call(params("<int>0007</int>")), limits) == "Invalid Value"


def test_entities_are_not_expanded_behind_the_refusal() -> None:
    """Expat reads on after a handler raised: a document with ten to the ninth expansions must be refused unread."""
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    body = f"<?xml version='1.0'?><!-- x --><!DOCTYPE a [<!ENTITY l0 'ha'>{laughs}]>".encode() + call(name="&l9;")
    assert refusal(body) == INVALID


# -- multicall --------------------------------------------------------------------------------------------------------


def multicall(*members: str) -> bytes:
    data = "".join(f"<value>{m}</value>" for m in members)
    return call(params(f"<array><data>{data}</data></array>"), name="system.multicall")


def member(name: str, *values: str) -> str:
    data = "".join(f"<value>{v}</value>" for v in values)
    return (
        f"<struct><member><name>methodName</name><value>{name}</value></member>"
        f"<member><name>params</name><value><array><data>{data}</data></array></value></member></struct>"
    )


def test_a_multicalls_members_are_calls_of_the_same_document() -> None:
    read = read_call(multicall(member("core.version"), member("core.kill", "<int>15</int>")), LIMITS)
    assert read.members == (Call("core.version"), Call("core.kill", (15,)))
    assert read.methods == ("core.version", "core.kill")


@pytest.mark.parametrize(
    "body",
    [
        call(name="system.multicall"),
        call(params("x"), name="system.multicall"),
        call(params("<array><data/></array>", "x"), name="system.multicall"),
        multicall("core.kill"),
        multicall("<struct/>"),
        multicall(member("")),
        multicall(member("system.multicall")),
        multicall(member("a").replace("params", "parameters")),
        multicall(member("core.version"), member("<int>1</int>")),
        multicall(
            "<struct><member><name>methodName</name><value>a</value></member><member><name>params</name><value>x</value></member></struct>"
        ),
    ],
)
def test_a_multicall_is_refused_as_a_whole_when_a_member_is_malformed_or_nested(body: bytes) -> None:
    assert refusal(body).startswith("Invalid Multicall: ")


def test_a_multicalls_bounds_hold_for_each_member() -> None:
    limits = replace(LIMITS, max_multicall=2, max_params=2, max_method_name=16)
    read_call(multicall(member("x" * 16, "1", "2"), member("b")), limits)
    assert refusal(multicall(*[member("a")] * 3), limits) == "Document Too Large: max_multicall is 2"
    assert refusal(multicall(member("a", "1", "2", "3")), limits) == "Document Too Large: max_params is 2"
    assert refusal(multicall(member("x" * 17)), limits) == "Document Too Large: max_method_name is 16"


# -- any bytes --------------------------------------------------------------------------------------------------------

SEEDS = [*(body for body, _ in ACCEPTED.values()), *(body for body, _ in REFUSED.values()), multicall(member("a", "1"))]
PIECES = st.sampled_from(
    [
        b"<methodCall>",
        b"</methodCall>",
        b"<methodName>",
        b"</methodName>",
        b"core.kill",
        b"a.b",
        b"<params>",
        b"</params>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"&#107;",
        b"&amp;",
        b"<param><value>",
        b"</value></param>",
        b"\n",
        b" ",
        b"<!DOCTYPE x>",
        b"<?x?>",
        b"\xff",
        b"\xc3\xa4",
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 12))] = draw(st.one_of(PIECES, st.binary(max_size=3)))
    return bytes(body)


def method_names(body: bytes) -> list[str]:
    document = expatbuilder.parseString(body, namespaces=False)  # prefixes are plain parts of names to us
    assert document.documentElement.tagName == "methodCall"
    names = document.getElementsByTagName("methodName")
    return ["".join(child.data for child in name.childNodes) for name in names]


@settings(max_examples=400, deadline=None)
@given(st.one_of(mutated(), st.lists(PIECES, max_size=14).map(b"".join)))
def test_another_reader_finds_the_same_only_method_name_in_every_accepted_document(body: bytes) -> None:
    try:
        read = read_call(body, LIMITS)
    except Fault:
        return
    try:
        names = method_names(body)
    except ExpatError:
        pytest.fail("accepted, but not well-formed to another reader")
    assert names == [read.method]
    assert body.count(b"<methodName") == 1
    assert read.method.encode() in body


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_fault_or_a_call_and_nothing_else(body: bytes) -> None:
    with pytest.raises(Fault):  # random bytes never make a whole call
        read_call(body, LIMITS)


# -- responses --------------------------------------------------------------------------------------------------------


def test_a_response_is_its_value() -> None:
    assert read_response(write_response([1, {"a": "b"}])) == (1, {"a": "b"})


def test_a_servers_fault_is_raised_as_it_was_sent() -> None:
    with pytest.raises(Fault) as caught:
        read_response(write_fault(404, "No <such> thing"))
    assert (caught.value.code, caught.value.text) == (404, "No <such> thing")


FAULT = "<methodResponse><fault><value>{}</value></fault></methodResponse>"
STRUCT = "<struct><member><name>faultCode</name><value>{}</value></member></struct>"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html/>",
        "<methodResponse/>",
        "<methodResponse><params/></methodResponse>",
        call().decode(),
        "<methodResponse><params><param><value/></param><param><value/></param></params></methodResponse>",
        "<methodResponse><params><param/></params></methodResponse>",
        "<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>",
        FAULT.format("x"),
        FAULT.format("<struct/>"),
        FAULT.format(STRUCT.format("<int>1</int>")),
        write_response("x").decode().encode("utf-16").decode("latin-1"),
        "<!DOCTYPE x><methodResponse><params><param><value/></param></params></methodResponse>",
    ],
)
def test_what_is_no_response_is_a_peer_error(body: str) -> None:
    with pytest.raises(BadResponseError) as caught:
        read_response(body.encode("latin-1"))
    assert caught.value.code == "bad-response"


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=30), st.integers(0, 200), st.integers(0, 20))
def test_a_damaged_response_never_raises_anything_else(piece: bytes, at: int, length: int) -> None:
    body = write_response([1, {"a": "b"}, "text", 1.5])
    try:
        read_response(body[:at] + piece + body[at + length :])
    except (BadResponseError, Fault):
        return
