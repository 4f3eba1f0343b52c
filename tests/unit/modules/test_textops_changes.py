"""Module textops: text replaced where a pattern matches, bodies, and what stays a message."""

from __future__ import annotations

import pytest

from sertwist.sip.message import parse_message
from tests.script_run import make_request
from tests.unit.modules.asking import answer, changed, load, sent_lines, value

BODY = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4 RTP/AVP 0\r\nc=IN IP4 10.0.0.1\r\n"
MESSAGE = make_request(
    "INVITE", "sip:bob@example.com", "Content-Type: application/sdp", "X-One: a=1;a=2", "X-One: a=3", body=BODY
)


def body_of(calls: str, message: bytes = MESSAGE) -> str:
    sent = changed(calls, message, "textops", "pv").forwards[0].message
    assert sent.content_length == len(sent.body)
    return str(sent.body.decode())


def ones(calls: str) -> list[str]:
    return [line.partition(" ")[2] for line in sent_lines(calls, MESSAGE, "textops", "pv") if line.startswith("X-One")]


@pytest.mark.parametrize(
    ("calls", "lines"),
    [
        ('replace("a=", "b=");', ["b=1;a=2", "a=3"]),
        ('replace_all("a=[0-9]", "c");', ["c;c", "c"]),
        ('replace_hdrs("a=", "b=");', ["b=1;b=2", "b=3"]),
        ('replace_str("a=", "b=", "f");', ["b=1;a=2", "a=3"]),
        ('replace_str("a=", "b=", "a");', ["b=1;b=2", "b=3"]),
        ('replace_hdrs_str("a=", "b=", "l");', ["a=1;a=2", "b=3"]),
        ('search_append("^X-One: a", "bc");', ["abc=1;a=2", "a=3"]),
        (r'subst("/a=([0-9])/b=\1\1/");', ["b=11;a=2", "a=3"]),
        (r'subst("/a=([0-9])/b=\1\1/g");', ["b=11;b=22", "b=33"]),
        ('subst("/^x-one: .*$/X-One: gone/gi");', ["gone", "gone"]),
        ('subst_hf("X-One", "/a/b/g", "a");', ["b=1;b=2", "b=3"]),
        ('subst_hf("X-One", "/a/b/", "f");', ["b=1;a=2", "a=3"]),
        ('subst_hf("X-One", "/a/b/", "l");', ["a=1;a=2", "b=3"]),
        ('subst_hf("X-One", "/a/b/", "l"); subst_hf("X-One", "/b/c/", "l");', ["a=1;a=2", "c=3"]),
        (r'replace("X-One: a=3\r\n", "");', ["a=1;a=2"]),
        (r'replace("^X-One: a=3", "X-One: 3\r\nX-One: 4");', ["a=1;a=2", "3", "4"]),
    ],
)
def test_header_text_is_replaced(calls: str, lines: list[str]) -> None:
    assert ones(calls) == lines
    assert body_of(calls) == BODY


@pytest.mark.parametrize(
    ("calls", "body"),
    [
        ('replace_body("10.0.0.1", "192.0.2.9");', BODY.replace("10.0.0.1", "192.0.2.9", 1)),
        ('replace_body_all("10[.]0[.]0[.]1", "192.0.2.9");', BODY.replace("10.0.0.1", "192.0.2.9")),
        ('replace_body_str("10.0.0.1", "192.0.2.9", "a");', BODY.replace("10.0.0.1", "192.0.2.9")),
        ('replace_body_atonce("^v=0.*audio", "x");', "x" + BODY.partition("audio")[2]),
        ('replace_body_all("^c=.*$", "c=x");', BODY.replace("c=IN IP4 10.0.0.1", "c=x")),
        ('subst_body("/^m=(audio) /m=\\1x /");', BODY.replace("audio", "audiox")),
        ('replace("^m=audio", "m=video");', BODY.replace("audio", "video")),
        ('search_append_body("^v=0", "1");', BODY.replace("v=0", "v=01")),
        ('set_body("hello", "text/plain");', "hello"),
        ('$var(m) = "x"; set_body("from $var(m)", "");', "from x"),
        ('set_body("", "");', ""),
        (
            'replace_body("10.0.0.1", "a"); replace_body("10.0.0.1", "b");',
            BODY.replace("10.0.0.1", "a", 1).replace("10.0.0.1", "b"),
        ),
    ],
)
def test_body_is_replaced(calls: str, body: str) -> None:
    assert body_of(calls) == body


def test_body_type_goes_with_it() -> None:
    assert "Content-Type: text/plain" in sent_lines('set_body("hello", "text/plain");', MESSAGE, "textops")
    assert "Content-Type: application/sdp" in sent_lines('set_body("hello", "");', MESSAGE, "textops")


@pytest.mark.parametrize(
    "call",
    [
        'replace("nowhere", "x")',
        'replace_body("X-One", "x")',
        'subst_hf("Expires", "/a/b/", "a")',
        'subst_hf("X-One", "/q/b/", "a")',
        'subst_uri("/q/b/")',
        'search_append("nowhere", "x")',
    ],
)
def test_nothing_to_replace(call: str) -> None:
    assert value(call, MESSAGE, "textops") == -1


@pytest.mark.parametrize(
    "call",
    [
        r'replace("^X-One: a=3", "no header")',
        r'replace("^X-One: a=3", "X: 1\r\n\r\n")',
        r'replace("\r\n", "\n")',
        r'subst("/^X-One: /X-One /")',
        r'subst_hf("X-One", "/a/\r\n/", "a")',
        'subst_uri("/^sip:/ /")',
        'subst_user("/bob/b@c/")',
        'subst_user("/bob/b c/")',
    ],
)
def test_what_would_be_no_message_is_refused(call: str) -> None:
    run = load(f'{call}; $var(x) = $retcode; forward("198.51.100.9"); ', "textops", "pv")
    sent = run.send(MESSAGE).forwards[0]
    unchanged = load('forward("198.51.100.9");', "textops").send(MESSAGE).forwards[0]
    if "\r\n\r\n" not in call.encode().decode("unicode_escape"):
        assert sent.data == unchanged.data
    parse_message(sent.data)


@pytest.mark.parametrize(
    ("calls", "uri"),
    [
        ('subst_uri("/bob/carol/");', "sip:carol@example.com"),
        (r'subst_uri("/^sip:(.*)@(.*)$/sip:\1@gw.\2;x=1/");', "sip:bob@gw.example.com;x=1"),
        (r'subst_user("/^(.*)$/+1\1/");', "sip:+1bob@example.com"),
        ('subst_user("/.*//");', "sip:example.com"),
        ('subst_uri("/bob/carol/"); subst_user("/carol/dave/");', "sip:dave@example.com"),
    ],
)
def test_request_uri_is_substituted(calls: str, uri: str) -> None:
    assert sent_lines(calls, MESSAGE, "textops")[0] == f"INVITE {uri} SIP/2.0"


def test_variable_is_substituted() -> None:
    calls = (
        r'$var(x) = "sip:bob@b"; subst_v("$var(x)", "/^sip:([^@]+)@.*$/\1/", "$var(u)"); sl_reply("200", "$var(u)");'
    )
    assert load(calls, "textops", "pv").send(MESSAGE).reason == "bob"


@pytest.mark.parametrize(
    ("setting", "substitution", "uri"),
    [
        ('"carol"', "/bob/$var(x)/", "sip:carol@example.com"),
        ('"1"', r"/sip:(.*)@(.*)/sip:+$var(x)\1@$var(x).\2/", "sip:+1bob@1.example.com"),
        (r'"\\1\\0"', "/bob/a$var(x)/", None),  # no URI: what a variable holds is never a group
        ('"$"', "/^sip:bob@example.com$/sip:$rU.x@b/", "sip:bob.x@b"),
        ("7", "/bob/a$var(x)$$/", "sip:a7$@example.com"),
    ],
)
def test_variables_in_a_replacement(setting: str, substitution: str, uri: str | None) -> None:
    calls = f'$var(x) = {setting}; subst_uri("{substitution}");'
    assert sent_lines(calls, MESSAGE, "textops", "pv")[0] == f"INVITE {uri or 'sip:bob@example.com'} SIP/2.0"


def test_variable_in_a_replacement_can_not_end_a_line() -> None:
    calls = (
        r'$var(x) = "a\r\nX-Injected: 1";'
        'subst("/^X-One: a=3$/X-One: $var(x)/"); subst_hf("X-One", "/a=1/$var(x)/", "f");'
    )
    lines = sent_lines(calls, MESSAGE, "textops", "pv")
    assert not [line for line in lines if line.startswith("X-Injected")]
    ones = [line for line in lines if line.startswith("X-One")]
    assert ones == ["X-One: aX-Injected: 1;a=2", "X-One: aX-Injected: 1"]


def test_body_of_a_reply() -> None:
    calls = 'set_reply_body("why INVITE", "text/plain"); sl_reply("488", "no");'
    reply = load(calls, "textops", "pv").send(MESSAGE).replies[0]
    assert (reply.body, reply.first["content-type"], reply.content_length) == (b"why INVITE", b"text/plain", 10)


PARTS = "--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\nc: Application/SDP;x=1\r\n\r\nv=0\r\n--b1--\r\n"
MIXED = make_request("INVITE", "sip:bob@example.com", 'Content-Type: multipart/mixed;boundary="b1"', body=PARTS)


def test_one_part_is_left() -> None:
    assert body_of('filter_body("application/sdp");', MIXED) == "v=0"
    assert "Content-Type: application/sdp" in sent_lines('filter_body("application/sdp");', MIXED, "textops")
    assert value('filter_body("text/html")', MIXED, "textops") == -1
    assert value('filter_body("application/sdp")', MESSAGE, "textops") == 1
    assert value('filter_body("text/plain")', MESSAGE, "textops") == -1


def test_parts_come_and_go() -> None:
    assert (
        body_of('remove_body_part("text/plain");', MIXED) == "--b1\r\nc: Application/SDP;x=1\r\n\r\nv=0\r\n--b1--\r\n"
    )
    added = body_of('append_body_part("<p>", "text/html", "render");', MIXED)
    assert added.endswith("--b1\r\nContent-Type: text/html\r\nContent-Disposition: render\r\n\r\n<p>\r\n--b1--\r\n")
    assert value('append_body_part("x", "text/plain")', MESSAGE, "textops") == -1
    whole = body_of('set_body_multipart("a", "text/plain", "q7"); append_body_part("b", "text/html");')
    assert whole == (
        "--q7\r\nContent-Type: text/plain\r\n\r\na\r\n--q7\r\nContent-Type: text/html\r\n\r\nb\r\n--q7--\r\n"
    )
    calls = 'get_body_part("application/sdp", "$var(x)"); sl_reply("200", "$var(x)");'
    assert load(calls, "textops", "pv").send(MIXED).reason == "v=0"


def test_audio_on_hold() -> None:
    assert not answer("is_audio_on_hold()", MESSAGE, "textops")
    for line in ("a=sendonly", "a=inactive", "c=IN IP4 0.0.0.0"):
        held = make_request("INVITE", "sip:bob@example.com", body=f"{BODY}{line}\r\nm=video 0 RTP/AVP 0\r\n")
        assert answer("is_audio_on_hold()", held, "textops"), line
    video = make_request("INVITE", "sip:bob@example.com", body=f"{BODY}m=video 0 RTP/AVP 0\r\na=sendonly\r\n")
    assert not answer("is_audio_on_hold()", video, "textops")
