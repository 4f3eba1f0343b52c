"""URIs, Via, addresses, CSeq, parameters, names: values read, printed, refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.sip import sanity
from sertwist.sip import via as via_module
from sertwist.sip.address import Address, parse_address
from sertwist.sip.cseq import CSeq, parse_cseq
from sertwist.sip.errors import (
    BadAddressError,
    BadCSeqError,
    BadHeaderError,
    BadParameterError,
    BadUriError,
    BadViaError,
)
from sertwist.sip.grammar import safe_value, split_commas, split_semicolons, unquote
from sertwist.sip.header_names import canonical_name, parse_name, printed_name
from sertwist.sip.params import encode_params, find_param, parse_params
from sertwist.sip.uri import OtherUri, SipUri, parse_uri
from sertwist.sip.via import Via, parse_via


def letters(alphabet: str, most: int = 12) -> st.SearchStrategy[bytes]:
    return st.text(alphabet, min_size=1, max_size=most).map(str.encode)


TOKENS = letters("abcXYZ019-.!%*_+`'~")
HOSTS = st.one_of(letters("abz019.-"), st.sampled_from([b"[2001:db8::1]", b"[::ffff:192.0.2.1]", b"192.0.2.1"]))
PORTS = st.none() | st.integers(1, 65535)
VALUES = st.one_of(st.none(), TOKENS, st.sampled_from([b'"a;b, \\" <x>"', b"[::1]", b'""']))
PARAMS = st.lists(st.tuples(TOKENS, VALUES), max_size=4).map(tuple)
USERS = letters("abc019-_.!~*'()&=+$,;?/#")
URI_PARAMS = st.lists(st.tuples(letters("abc-_.!~*'[]/:&+$"), st.none() | letters("abc09:/[]&")), max_size=3).map(tuple)
SIP_URIS = st.builds(
    lambda s, u, p, h, port, params, hs: SipUri(s, u, p if u else None, h, port, params, hs),
    st.sampled_from([b"sip", b"sips"]), st.none() | USERS, st.none() | letters("abc&=+$,"), HOSTS, PORTS, URI_PARAMS,
    st.sampled_from([b"", b"subject=a%20b&x=y"]),
)  # fmt: skip
NAMES = st.sampled_from([b"", b"Ann B", b'"A, \\"B\\" <c>"', "Zoë".encode()])


@settings(max_examples=150)
@given(SIP_URIS)
def test_sip_uri_comes_back_equal_when_printed_and_read(uri: SipUri) -> None:
    assert parse_uri(bytes(uri)) == uri


@settings(max_examples=100)
@given(st.builds(Via, TOKENS, HOSTS, PORTS, PARAMS))
def test_via_comes_back_equal_when_printed_and_read(via: Via) -> None:
    assert parse_via(bytes(via)) == via


@settings(max_examples=100)
@given(st.builds(Address, SIP_URIS.map(bytes), NAMES, PARAMS))
def test_address_comes_back_equal_when_printed_and_read(address: Address) -> None:
    assert parse_address(bytes(address)) == address


@given(st.builds(CSeq, st.integers(0, 2**31 - 1), TOKENS.map(bytes.decode)))
def test_cseq_comes_back_equal_when_printed_and_read(cseq: CSeq) -> None:
    assert parse_cseq(bytes(cseq)) == cseq


@settings(max_examples=100)
@given(st.from_regex(sanity._plain_address.__self__, fullmatch=True))
def test_parser_takes_it_when_the_plain_pattern_matches(text: bytes) -> None:
    parse_address(text)


@settings(max_examples=100)
@given(st.from_regex(via_module.is_plain_via.__self__, fullmatch=True))
def test_long_way_reads_the_same_when_the_plain_via_matches(text: bytes) -> None:
    assert via_module._parse_spaced(text) == parse_via(text)


@settings(max_examples=200)
@given(st.binary(max_size=60), st.sampled_from([parse_uri, parse_via, parse_address, parse_cseq, parse_params]))
def test_only_header_errors_are_raised_when_bytes_are_random(text: bytes, parse: object) -> None:
    for prefix in (b"", b"sip:", b"SIP/2.0/UDP ", b'"', b"<sip:", b";"):
        try:
            parse(prefix + text)  # type: ignore[operator]
        except BadHeaderError:
            continue


def test_semicolon_and_question_mark_belong_to_the_user_when_before_the_at() -> None:
    uri = parse_uri(b"sip:user;par=u%40example.net?x@example.com:5070;lr;t=1?a=b")
    assert uri == SipUri(
        b"sip",
        b"user;par=u%40example.net?x",
        None,
        b"example.com",
        5070,
        ((b"lr", None), (b"t", b"1")),
        b"a=b",
    )
    assert uri.param(b"lr") == b""
    assert uri.param(b"x") is None


def test_scheme_and_rest_are_kept_when_the_scheme_is_another() -> None:
    assert parse_uri(b"TEL:+1-201") == OtherUri(b"tel", b"+1-201")
    assert bytes(OtherUri(b"urn", b"service:sos")) == b"urn:service:sos"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"sip:",
        b"sip",
        b"sip:a@b@c",
        b"sip:@h",
        b"sip:a b@h",
        b"<sip:h>",
        b"sip:2001:db8::10",
        b"sip:h:0",
        b"sip:h:65536",
        b"sip:h:",
        b"sip:h;",
        b"sip:h;;x",
        b"sip:h?",
        b"sip:%4@h",
        b"sip:a\xff@h",
        b"sip:[::1",
        b"1sip:h",
        b'sip:"a"@h',
    ],
)
def test_uri_is_refused_when_malformed(text: bytes) -> None:
    with pytest.raises(BadUriError):
        parse_uri(text)


def test_port_is_taken_when_at_its_bounds() -> None:
    assert [parse_uri(b"sip:h:%d" % port) for port in (1, 65535)] == [
        SipUri(b"sip", None, None, b"h", 1), SipUri(b"sip", None, None, b"h", 65535)
    ]  # fmt: skip


def test_via_parts_are_read_when_ipv6_and_rport() -> None:
    via = parse_via(b"SIP/2.0/TLS [2001:db8::9:1]:5061;received=[2001:db8::9:255];Branch=z9hG4bK1;rport")
    assert (via.host, via.port, via.transport) == (b"[2001:db8::9:1]", 5061, b"TLS")
    assert (via.branch, via.rport, via.received) == (b"z9hG4bK1", b"", b"[2001:db8::9:255]")
    assert via.param(b"maddr") is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"SIP/2.0/UDP",
        b"SIP/2.0 h",
        b"SIP/2.0/UDP h;;a",
        b"SIP/2.0/UDP h;",
        b"SIP/2.0/UDP h:0",
        b"SIP/2.0/UDP h:65536",
        b"SIP/2.0/UDP h i",
        b"SIP/2.0/UDP 2001:db8::1",
        b'SIP/2.0/UDP h;a="x',
        b"SIP/2.0/UDP h;branch=",
    ],
)
def test_via_is_refused_when_malformed(text: bytes) -> None:
    with pytest.raises(BadViaError):
        parse_via(text)


def test_params_belong_to_the_header_when_the_uri_has_no_brackets() -> None:
    address = parse_address(b"sip:a@b;user=phone;tag=9")
    assert (address.uri, address.tag, address.display) == (b"sip:a@b", b"9", b"")
    inside = parse_address(b'"A \\"B\\"" <sip:a@b;tag=no>;tag="q;t"')
    assert (inside.name, inside.tag, inside.uri) == (b'A "B"', b'"q;t"', b"sip:a@b;tag=no")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'"a <sip:a@b>',
        b"<sip:a@b",
        b"< sip:a@b >",
        b"A, B <sip:a@b>",
        b"sip:a@b?x=y",
        b"sip:a,b@c",
        b"sip:a@b;",
        b"<sip:a@b>x",
        b'"A" sip:a@b',
        b"<sip:a@b>;;",
        b"<>",
    ],
)
def test_address_is_refused_when_malformed(text: bytes) -> None:
    with pytest.raises(BadAddressError):
        parse_address(text)


def test_cseq_is_bounded_when_at_and_past_two_to_31() -> None:
    assert parse_cseq(b"2147483647 INVITE").number == 2**31 - 1
    assert parse_cseq(b"0000000000000009\tINVITE") == CSeq(9, "INVITE")
    for text in (
        b"2147483648 INVITE",
        b"9" * 5000 + b" INVITE",
        b"-1 INVITE",
        b"1",
        b"1 IN VITE",
        b"1INVITE",
        b"",
    ):
        with pytest.raises(BadCSeqError):
            parse_cseq(text)


def test_separators_separate_nothing_when_in_quotes_or_brackets() -> None:
    assert split_commas(b'"a,b\\"," <c,d>, e ,') == [b'"a,b\\"," <c,d>', b"e", b""]
    assert split_semicolons(b'a;"b;c";<d;e>;"f;') == [b"a", b'"b;c"', b"<d;e>", b'"f;']
    assert split_commas(b'"a\\') == [b'"a\\']
    assert split_commas(b"<,") == [b"<,"]


def test_list_is_split_in_linear_time_when_quotes_never_end() -> None:
    assert len(split_commas(b'"' * 60_001 + b"," * 5)) == 1
    assert len(split_commas(b"<" * 60_000)) == 1


def test_params_are_found_in_any_case_when_present() -> None:
    params = parse_params(b'; Tag = x ;lr;q="a;b"')
    assert params == ((b"Tag", b"x"), (b"lr", None), (b"q", b'"a;b"'))
    assert (find_param(params, b"tag"), find_param(params, b"lr"), find_param(params, b"no")) == (
        b"x",
        b"",
        None,
    )
    assert encode_params(params) == b';Tag=x;lr;q="a;b"'
    for text in (b"x", b";", b";;a", b";a=", b";a b", b';a="x', b";a=x y"):
        with pytest.raises(BadParameterError):
            parse_params(text)


def test_names_are_canonical_when_compact_spaced_or_in_any_case() -> None:
    assert [parse_name(raw) for raw in (b"v", b"VIA", b"Via \t", b"cAlL-iD", b"C%6Fntact")] == [
        "via", "via", "via", "call-id", "c%6fntact"
    ]  # fmt: skip
    assert (canonical_name("L"), printed_name("cseq"), printed_name("x-new-one")) == (
        "content-length",
        "CSeq",
        "X-New-One",
    )
    for raw in (b"", b" Via", b"Vi a", b"V\xff"):
        with pytest.raises(BadHeaderError):
            parse_name(raw)
    with pytest.raises(ValueError, match="not a header"):
        printed_name("X:\r\nY")


def test_line_breaks_become_spaces_when_a_value_is_made_safe() -> None:
    assert safe_value("a\r\nVia: x\0y\rz\n") == b"a Via: x y z"
    assert safe_value(b" plain ") == b"plain"
    assert unquote(b'"a\\"b"') == b'a"b'
    assert unquote(b'"') == b'"'
