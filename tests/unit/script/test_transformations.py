"""What each transformation makes of a value, through a script (reference language 8.5)."""

from __future__ import annotations

import pytest

from sertwist.limits import MAX_SUBJECT
from sertwist.script.transformations import TRANSFORMATIONS

URI = "sip:alice:pw@example.org:5070;transport=TCP;lr;maddr=192.0.2.1;x=1?a=b"
BODY = '"Alice \\"A\\"" <sip:alice@example.org>;tag=88;x=1'

CASES = [
    ("s.int", "12", "12"), ("s.int", "x", "0"), ("s.int", "0x1f", "31"),
    ("s.len", "abc", "3"), ("s.len", "\xe4\u20ac", "2"),
    ("s.substr,1", "abcd", "bcd"), ("s.substr,1,2", "abcd", "bc"), ("s.substr,-2,1", "abcd", "c"),
    ("s.substr,9,1", "abcd", ""), ("s.substr,-9", "abcd", "abcd"), ("s.substr,1,0", "abcd", "bcd"),
    ("s.select,1,,", "a,b,c", "b"), ("s.select,-1,/", "a/b/c", "c"), ("s.select,3,/", "a/b/c", ""),
    ("s.replace,a,bb", "banana", "bbbnbbnbb"), ("s.replace,a,", "banana", "bnn"), ("s.rm,an", "banana", "ba"),
    ("s.tolower", "AbC", "abc"), ("s.toupper", "AbC", "ABC"),
    ("s.trim", " \ta b\r\n", "a b"), ("s.ltrim", "  a ", "a "), ("s.rtrim", " a  ", " a"),
    ("s.strip,2", "abc", "c"), ("s.strip,9", "abc", ""), ("s.striptail,2", "abc", "a"), ("s.striptail,9", "abc", ""),
    ("s.prefixes", "123", "1,12,123"), ("s.prefixes,2", "123", "1,12"), ("s.numeric", "+49 (30) 1", "49301"),
    ("s.before,@", "a@b@c", "a"), ("s.after,@", "a@b@c", "b@c"), ("s.rbefore,@", "a@b@c", "a@b"),
    ("s.rafter,@", "a@b@c", "c"), ("s.before,@", "abc", "abc"), ("s.after,@", "abc", ""),
    ("s.count,a", "banana", "3"), ("s.charat,1", "abc", "b"), ("s.charat,9", "abc", ""),
    ("s.unquote", '"a"', "a"), ("s.unquote", "a", "a"),
    ("s.md5", "a", "0cc175b9c0f1b6a831c399e269772661"),
    ("s.sha256", "a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("s.sha384}{s.len", "", "96"),
    ("s.sha512}{s.len", "", "128"),
    ("s.crc32", "a", "3904355907"), ("s.corehash,1", "abc", "0"),
    ("s.encode.hexa", "a\xe4", "61c3a4"), ("s.decode.hexa", "61c3a4", "a\xe4"), ("s.decode.hexa", "6", None),
    ("s.encode.base64", "ab", "YWI="), ("s.decode.base64", "YWI", "ab"), ("s.decode.base64", "*", None),
    ("s.escape.common", "a'b\"c\\", "a\\'b\\\"c\\\\"), ("s.unescape.common", "a\\'b\\\\", "a'b\\"),
    ("s.escape.user", "a@b c", "a%40b%20c"), ("s.unescape.user", "a%40b%20c", "a@b c"),
    ("s.unescape.user", "a%0D%0AX: y%00", "a%0D%0AX: y%00"), ("s.unescape.user", "%C3%A4", "\xe4"),
    ("s.escape.param", "a;b", "a%3Bb"), ("s.unescape.param", "a%3Bb", "a;b"),
    ("s.urlencode.param", "a/b", "a%2Fb"), ("s.urldecode.param", "a%2Fb", "a/b"),
    ("s.ftime,%Y", "86400000", "1972"), ("s.ftime,%Y", "9" * 18, None),
    ("uri.user", URI, "alice"), ("uri.passwd", URI, "pw"), ("uri.host", URI, "example.org"),
    ("uri.domain", URI, "example.org"), ("uri.port", URI, "5070"), ("uri.port", "sip:a@b", ""),
    ("uri.scheme", URI, "sip"), ("uri.scheme", "tel:+1", "tel"), ("uri.transport", URI, "tcp"),
    ("uri.param,X", URI, "1"), ("uri.param,y", URI, ""), ("uri.params", "sip:a@b;c=1;d", "c=1;d"),
    ("uri.headers", URI, "a=b"), ("uri.lr", URI, "lr"), ("uri.lr", "sip:a@b", ""), ("uri.maddr", URI, "192.0.2.1"),
    ("uri.ttl", "sip:a@b;ttl=3", "3"), ("uri.r2", "sip:a@b;r2=on", "on"), ("uri.saor", URI, "sip:alice@example.org"),
    ("uri.duri", URI, "sip:example.org:5070;transport=tcp"), ("uri.tosocket", URI, "tcp:example.org:5070"),
    ("uri.tosocket", "sips:a@b", "tls:b:5061"), ("uri.user", "no uri", None), ("uri.user", "sip:b", ""),
    ("urialias.decode", "192.0.2.1~5060~2", "sip:192.0.2.1:5060;transport=tcp"), ("urialias.decode", "x", None),
    ("urialias.encode", "sip:192.0.2.1:5062;transport=tls", "192.0.2.1~5062~3"),
    ("param.value,b", "a=1;b=2", "2"), ("param.value,B", "a=1;b=2", "2"), ("param.value,c", "a=1", ""),
    ("param.value,b,,", "a=1,b=\"x,y\"", "x,y"), ("param.in,a", "a;b", "1"), ("param.in,c", "a;b", "0"),
    ("param.count", "a=1;b;c=3", "3"), ("param.count,&", "a=1&b", "2"), ("param.name,1", "a=1;b=2", "b"),
    ("param.valueat,-1", "a=1;b=2", "2"), ("param.valueat,5", "a=1", ""),
    ("nameaddr.name", BODY, 'Alice "A"'), ("nameaddr.uri", BODY, "sip:alice@example.org"),
    ("nameaddr.len", BODY, str(len(BODY) - 11)), ("nameaddr.uri", "<", None),
    ("tobody.uri", BODY, "sip:alice@example.org"), ("tobody.user", BODY, "alice"),
    ("tobody.host", BODY, "example.org"), ("tobody.tag", BODY, "88"), ("tobody.display", BODY, 'Alice "A"'),
    ("tobody.params", BODY, "tag=88;x=1"),
    ("line.count", "a\r\nb\nc", "3"), ("line.at,1", "a\r\nb\nc", "b"), ("line.at,-1", "a\nb", "b"),
    ("line.at,7", "a", ""), ("line.sw,m=", "v=0\r\nm=audio 1\r\nm=x", "m=audio 1"), ("line.sw,z", "v=0", ""),
    ("re.subst,/^00/+/", "0049", "+49"), ("re.subst,/a/b/g", "aa", "bb"), ("re.subst,/(.),(.)/\\2,\\1/", "a,b", "b,a"),
    ("re.subst,/x/y/", "abc", "abc"), ("re.subst,/B/x/i", "abc", "axc"),
    ("re.subst,/a/b/", "a" * (MAX_SUBJECT + 1), None),
    ("val.n0", None, "0"), ("val.n0", "7", "7"), ("val.ne", None, ""), ("num.fdigit", "a42", "4"),
    ("ip.family", "192.0.2.1", "INET"), ("ip.family", "[2001:db8::1]", "INET6"), ("ip.family", "x", None),
    ("ip.isip", "::1", "1"), ("ip.isip", "x", "0"), ("ip.matches,10.0.0.0/8", "10.1.1.1", "1"),
    ("ip.matches,10.0.0.0/8", "11.1.1.1", "0"),
    ("json.parse,a.b[1]", '{"a": {"b": [1, "x"]}}', "x"), ("json.parse,a", '{"a": true}', "1"),
    ("json.parse,a", '{"a": {"b": 1.5}}', '{"b": 1.5}'), ("json.parse,z", "{}", None),
    ("json.parse,a", "[" * 9999, None),
    ("kz.json,a", '{"a": "x"}', "x"),
    ("sql.val", "it's", "'it''s'"), ("sql.val", None, "NULL"), ("sql.val.str", "a\\b", "'a\\\\b'"),
    ("sql.val.int", None, "0"), ("s.encode.base64url", "a?>", "YT8-"), ("s.decode.base64url", "YT8-", "a?>"),
    ("s.decode.base64url", "a", None), ("s.rmws", " a\tb ", "ab"), ("s.reverse", "abc", "cba"),
    ("s.index,c", "abcc", "2"), ("s.index,x", "abc", "-1"), ("s.rindex,c", "abcc", "3"),
    ("s.fill.left,0,5", "42", "00042"), ("s.fill.right,-,4", "ab", "ab--"), ("s.fill.left,,5", "42", "42"),
    ("s.fill.left,0,99999", "42", None), ("s.width,2", "abc", "ab"), ("s.width,4", "abc", "abc "),
    ("csv.count", "a,b,c", "3"), ("csv.value,1", "a,b", "b"), ("csv.value,7", "a,b", None),
    ("s.trim}{s.len", " a ", "1"), ("uri.user}{s.toupper", URI, "ALICE"), ("s.len", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("chain", "value", "expected"), CASES, ids=[f"{c[0][:20]}-{i}" for i, c in enumerate(CASES)])
def test_transformation(bench, chain: str, value: str | None, expected: str | None) -> None:
    written = "$(v{" + chain + "})"
    text = f'route {{ if (defined {written}) say({written}); else say("undefined"); }}'
    _, calls = bench.run(text, bench.Ctx(selects={"v": value}))
    assert calls[0][1] == ("undefined" if expected is None else expected)


def test_every_transformation_is_tried() -> None:
    tried = {part.split(",")[0] for chain, *_ in CASES for part in chain.split("}{")}
    assert set(TRANSFORMATIONS) - tried == set()


def test_arguments_may_be_variables(bench) -> None:
    text = """route {
        $var(i) = 1; $var(sep) = "/"; say($(v{s.select,$var(i),$var(sep)})); say($(v{s.substr,$var(none)}));
    }"""
    assert [call[1] for call in bench.run(text, bench.Ctx(selects={"v": "a/b"}))[1]] == ["b", "a/b"]
