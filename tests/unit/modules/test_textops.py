"""Module textops: questions, header lines, patterns, texts."""

from __future__ import annotations

import pytest

from tests.script_run import INVITE, OPTIONS, ScriptRun, make_request
from tests.unit.modules.asking import answer, changed, load, sent_lines, value

SDP = make_request(
    "INVITE", "sip:bob@example.com", "Content-Type: application/sdp", body="v=0\r\nm=audio 4 RTP/AVP 0\r\n"
)
RICH = make_request(
    "INVITE",
    "sip:bob@example.com",
    "User-Agent: friendly-scanner",
    "X-One: 1",
    "x-two: 2",
    "X-One: 3",
    "s: Compact",
    "Privacy: id;critical",
    body="first line\r\nsecond line\r\n",
)


@pytest.mark.parametrize(
    ("call", "true"),
    [
        ('is_method("INVITE")', True),
        ('is_method("ACK|INVITE")', True),
        ('is_method("ACK | INVITE")', True),
        ('is_method("invite")', True),
        ('is_method("ACK|CANCEL")', False),
        ('is_method("INVITEX")', False),
        ('is_method("NEWMETHOD|INVITE")', True),
        ('is_present_hf("X-One")', True),
        ('is_present_hf("x-ONE")', True),
        ('is_present_hf("Subject")', True),
        ('is_present_hf("s")', True),
        ('is_present_hf("Expires")', False),
        ('is_privacy("id")', True),
        ('is_privacy("Critical")', True),
        ('is_privacy("header")', False),
        ('search("^User-Agent: Friendly")', True),
        ('search("^Agent")', False),
        ('search("friendly-scanner$")', True),
        ('search("^INVITE sip:")', True),
        ('search("first.*second")', False),
        ('search("[Ss]econd line")', True),
        ('search_body("^second")', True),
        ('search_body("User-Agent")', False),
        ('search_hf("X-One", "^3$", "a")', True),
        ('search_hf("X-One", "^3$", "f")', False),
        ('search_hf("X-One", "^3$", "l")', True),
        ('search_hf("Expires", "3", "a")', False),
        ("has_body()", True),
        ('has_body("application/sdp")', True),  # a body of no type is taken for that
        ('has_body("text/plain")', False),
        ('cmp_str("a", "a")', True),
        ('cmp_str("a", "A")', False),
        ('cmp_istr("a", "A")', True),
        ('starts_with("sip:a", "sip:")', True),
        ('starts_with("sip:a", "SIP:")', False),
        ('starts_with_i("sip:a", "SIP:")', True),
        ('ends_with("sip:a", ":a")', True),
        ('ends_with_i("sip:a", ":A")', True),
        ('ends_with("sip:a", "b")', False),
        ('str_find("abc", "b")', True),
        ('str_find("abc", "B")', False),
        ('str_ifind("abc", "B")', True),
        ('in_list("b", "a, b,c", ",")', True),
        ('in_list("b", "a;b,c", ",;")', True),
        ('in_list("", "a,b", ",")', False),
        ('in_list("bc", "a,b", ",")', False),
        ('in_list_prefix("bc", "a,b", ",")', True),
        ('in_list_prefix("cb", "a,b", ",")', False),
    ],
)
def test_questions(call: str, true: bool) -> None:
    assert answer(call, RICH, "textops") is true


@pytest.mark.parametrize(
    ("call", "returned"),
    [("has_body()", -1), ('has_body("application/sdp")', -1), ('is_privacy("id")', -1), ('remove_hf("X-One")', -1)],
)
def test_bare_request(call: str, returned: int) -> None:
    assert value(call, OPTIONS, "textops") == returned


def test_body_types() -> None:
    assert answer('has_body("application/sdp")', SDP, "textops")
    assert answer('has_body("Application/SDP")', SDP.replace(b"application/sdp", b"application/SDP;a=b"), "textops")
    assert not answer('has_body("application/sdp")', SDP.replace(b"application/sdp", b"text/plain"), "textops")


@pytest.mark.parametrize(
    ("calls", "where", "lines"),
    [
        (r'append_hf("P-Hint: one\r\n");', -1, ["P-Hint: one"]),
        ('append_hf("P-Hint: one");', -1, ["P-Hint: one"]),
        (r'append_hf("A: 1\r\nB: 2\r\n");', -2, ["A: 1", "B: 2"]),
        (r'$var(x) = "a"; append_hf("P-Hint: $var(x)\r\n");', -1, ["P-Hint: a"]),
        (r'append_hf("P-Hint: one\r\n", "To");', 5, ["P-Hint: one", "Call-ID: call-1@192.0.2.9"]),
        (r'append_hf("P-Hint: one\r\n", "t");', 5, ["P-Hint: one", "Call-ID: call-1@192.0.2.9"]),
        (r'append_hf("P-Hint: one\r\n", "Expires");', -1, ["P-Hint: one"]),
        (r'insert_hf("P-Hint: one\r\n", "To");', 4, ["P-Hint: one", "To: Bob <sip:bob@example.com>"]),
        (r'insert_hf("P-Hint: one\r\n");', 1, ["P-Hint: one"]),
        (r'insert_hf("P-Hint: one\r\n", "Expires");', 1, ["P-Hint: one"]),
        (r'append_urihf("CC-Diversion: <", ">\r\n");', -1, ["CC-Diversion: <sip:bob@example.com>"]),
        ("append_time_to_request();", -1, ["Date: Tue, 14 Nov 2023 22:13:20 GMT"]),
    ],
)
def test_lines_are_put_in(calls: str, where: int, lines: list[str]) -> None:
    sent = sent_lines(calls, OPTIONS, "textops", "pv")
    assert lines == sent[where:][: len(lines)]
    assert sorted(sent) == sorted(
        [*sent_lines("", OPTIONS, "textops"), *(each for each in lines if each not in _BEFORE)]
    )


_BEFORE = ("Call-ID: call-1@192.0.2.9", "To: Bob <sip:bob@example.com>")


@pytest.mark.parametrize(
    ("calls", "gone"),
    [
        ('remove_hf("X-One");', ["X-One: 1", "X-One: 3"]),
        ('remove_hf("subject");', ["s: Compact"]),
        ('remove_hf("Expires");', []),
        ('remove_hf_re("^X-");', ["X-One: 1", "x-two: 2", "X-One: 3"]),
        ('remove_hf_re("^subject$");', ["s: Compact"]),
        ('remove_hf_exp("^X-", "Two");', ["X-One: 1", "X-One: 3"]),
        ('remove_hf_idx("X-One", 0);', ["X-One: 1"]),
        ('remove_hf_idx("X-One", "-1");', ["X-One: 3"]),
        ('remove_hf_idx("X-One", 2);', []),
        ('remove_hf("X-One"); remove_hf("X-Two");', ["X-One: 1", "x-two: 2", "X-One: 3"]),
        ('remove_hf_idx("X-One", 0); remove_hf_idx("X-One", 0);', ["X-One: 1", "X-One: 3"]),
    ],
)
def test_lines_are_taken_out(calls: str, gone: list[str]) -> None:
    before, after = sent_lines("", RICH, "textops"), sent_lines(calls, RICH, "textops")
    assert [line for line in before if line not in after] == gone
    assert after == [line for line in before if line not in gone]


def test_removed_and_added_header_stands_once() -> None:
    sent = sent_lines(r'remove_hf("X-One"); append_hf("X-One: new\r\n");', RICH, "textops")
    assert [line for line in sent if line.startswith("X-One")] == ["X-One: new"]


def test_changes_are_not_seen_before_they_are_applied() -> None:
    calls = r"""
        append_hf("X-New: 1\r\n"); remove_hf("X-One");
        $var(before) = is_present_hf("X-New"); $var(old) = is_present_hf("X-One");
        msg_apply_changes();
        $var(after) = is_present_hf("X-New"); $var(gone) = is_present_hf("X-One");
        sl_reply("200", "$var(before) $var(old) $var(after) $var(gone)");
    """
    assert load(calls, "textops", "textopsx", "pv").send(RICH).reason == "-1 1 1 -1"


def test_headers_of_replies() -> None:
    calls = r'$var(x) = 7; append_to_reply("X-A: 1\r\nX-B: $var(x)\r\n"); append_time(); sl_reply("404", "no");'
    text = load(calls, "textops", "pv").send(OPTIONS).sent[0].text
    for line in ("X-A: 1", "X-B: 7", "Date: Tue, 14 Nov 2023 22:13:20 GMT"):
        assert f"\r\n{line}\r\n" in text


@pytest.mark.parametrize(
    "call",
    [
        r'append_hf("X-A: $var(e)\r\n");',
        r'append_hf("X-A: $var(e)");',
        r'insert_hf("X-A: $var(e)\r\n");',
        r'$var(a) = "X-A: " + $var(e) + "\r\n"; append_hf("$var(a)");',
        r'$var(a) = "X-A: " + $var(e) + "\r\n"; append_hf($var(a));',
        r'append_hf("X-A: " + $var(e) + "\r\n");',
        r'append_hf("X-A: " + $var(e) + "\r\nX-B: 1\r\n");',
        'replace("^Max-Forwards: 70", "X-A: $var(e)");',
        'append_hf_value("X-A", "$var(e)");',
        'append_hf_value("X-A", $var(e));',
    ],
)
def test_value_can_not_end_a_line(call: str) -> None:
    evil = r'$var(e) = "a\r\nX-Injected: yes\r\n\r\nbody";'
    sent = changed(evil + call, OPTIONS, "textops", "pv").forwards[0]
    lines = sent.text.split("\r\n")
    assert (
        "X-A: aX-Injected: yesbody" in [line.replace("  ", "") for line in lines]
        or "X-A: a X-Injected: yes body" in lines
    )
    assert ("X-B: 1" in lines) is ("X-B" in call)
    assert sent.message.body == b""


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (r'append_hf("X-A: 1\nX-B: 2\r\n");', r"header lines end with \r\n"),
        (r'append_hf("X-A\r\n");', "a header line is a name, a colon and a value"),
        (r'append_hf("\r\n");', "header text is empty"),
        (r'append_hf("X: 1\r\n\r\nbody");', "an empty line would end the header"),
        ('remove_hf("a b");', "is no header name"),
        ('is_method("INVITE,ACK");', "is no method name"),
        ('has_body("sdp");', "is no media type"),
        ('search("(abc");', "invalid regular expression"),
        ('search("^(a+)+$");', "exponential time"),
        ('subst("/a/b");', "is no substitution"),
        ('subst("/(a/b/");', "invalid regular expression"),
        ("search($var(x));", "constant"),
        ('search_hf("To", "x", "q");', "must be one of a, f, l"),
    ],
)
def test_mistakes_are_found_when_the_script_is_read(call: str, problem: str) -> None:
    with pytest.raises(AssertionError) as raised:
        ScriptRun(f'loadmodule "textops" loadmodule "pv"\nroute {{ {call} }}')
    assert problem in str(raised.value)


def test_both_modules_in_one_script() -> None:
    assert "Supported: path" in sent_lines('include_hf_value("Supported", "path");', INVITE, "textops", "textopsx")
