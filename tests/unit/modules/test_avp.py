"""Module avp, and flags of attributes: what scripts of SER do with attributes."""

from __future__ import annotations

import pytest

from sertwist.script.dialect import Dialect
from tests.script_run import ScriptRun, make_request

HEAD = '#!SER\nloadmodule "sl"\nloadmodule "avp"\nloadmodule "textops"\navpflags dialog_cookie, other;\nflags ACC:3;\n'
YES = '{ sl_reply("200", "yes"); exit; }'


def run(body: str) -> ScriptRun:
    return ScriptRun(HEAD + "route {\n" + body + '\n sl_reply("404", "no"); }', dialect=Dialect.SER2)


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        ('set_attr("$a", "v"); if (attr_equals("$a", "v"))', True),
        ('set_attr("$a", "v"); if (attr_equals("$a", "w"))', False),
        ('set_iattr("$a", 5); if ($a == 5)', True),
        ('$a = "x"; $a[] = "y"; if (attr_equals("$a", "x") && attr_equals("$a", "y"))', True),
        ('$a = "x"; $a[] = "y"; set_attr("$a", "z"); if (attr_equals("$a", "x"))', False),
        ('if (attr_exists("$a"))', False),
        ('$f.a = "x"; if (attr_exists("$f.a") && attr_equals("$f.a"))', True),
        ('$a = "x"; del_attr("$a"); if (attr_exists("$a"))', False),
        ('$f.uid = "x"; del_attr("$f.uid"); if (!attr_exists("$f.uid"))', True),
        ('xlset_attr("$a", "%@method-%@src.ip"); if ($a == "OPTIONS-192.0.2.9")', True),
        ('$a = "OPTIONS"; if (attr_equals_xl("$a", "%@method"))', True),
        ('$a = "1234"; subst_attr("$a", "/^1(.*)/0\\\\1/"); if ($a == "0234")', True),
        ('$a = "1234"; if (subst_attr("$a", "/^9/0/"))', False),
        ('setflag(ACC); setflag(0); flags2attr("$a"); if ($a == 9)', True),
        ('hdr_body2attrs("X-Attrs", "in_"); if ($in_name == "Bob B" && $in_age == 42 && $in_id == "007x")', True),
        ('if (hdr_body2attrs("X-None", "in_"))', False),
        ('if (hdr_body2attrs("X-Attrs", "a b"))', False),
        ('$a = "x"; if (@avp.a == "x" && @attr.a == "x")', True),
        ('$a = "x"; setavpflag($a, "dialog_cookie"); if (isavpflagset($a, "dialog_cookie"))', True),
        ('$a = "x"; setavpflag($a, dialog_cookie); if (isavpflagset($a, other))', False),
        ('$f.a = "x"; setavpflag("$f.a", "other"); resetavpflag("$f.a", 1); if (isavpflagset("$f.a", "other"))', False),
        ('if (setavpflag($f.none, "other"))', False),
    ],
)
def test_script_works_on_attributes(body: str, holds: bool) -> None:
    message = make_request("OPTIONS", "sip:bob@example.com", 'X-Attrs: name="Bob B", age=#42; id=007x')
    assert run(f"{body} {YES}").send(message).status == (200 if holds else 404)


@pytest.mark.parametrize(
    ("value", "part", "uri"),
    [
        ("sip:new@gw.example.com", "", "sip:new@gw.example.com"),
        ("sip:new@gw.example.com", ', "uri"', "sip:new@gw.example.com"),
        ("00", ', "prefix"', "sip:00bob@example.com"),
        ("alice", ', "username"', "sip:alice@example.com"),
        ("alice:pw", ', "usernamepassword"', "sip:alice:pw@example.com"),
        ("gw.example.com", ', "domain"', "sip:bob@gw.example.com"),
        ("gw.example.com:5070", ', "domainport"', "sip:bob@gw.example.com:5070"),
        ("1", ', "strip"', "sip:ob@example.com"),
        ("2", ', "strip_tail"', "sip:b@example.com"),
        ("not a uri", "", "sip:bob@example.com"),
        ("not a host", ', "domain"', "sip:bob@example.com"),
        ("x", ', "strip"', "sip:bob@example.com"),
    ],
)
def test_attribute_becomes_a_part_of_the_request_uri(value: str, part: str, uri: str) -> None:
    body = f'$a = "{value}"; attr2uri("$a"{part}); if (uri == "{uri}") {YES}'
    assert run(body).send().status == 200


def test_attribute_becomes_the_next_hop() -> None:
    for value, target in (
        ("sip:gw.example.com:5070", ("198.51.100.7", 5070)),
        ("gw.example.com:5071", ("198.51.100.7", 5071)),
    ):
        outcome = run(f'$a = "{value}"; attr_destination("$a"); forward(); exit;').send()
        assert [each.target for each in outcome.forwards] == [target]
    assert run(f'$a = "a b"; if (attr_destination("$a")) {YES}').send().status == 404


def test_attribute_becomes_header_lines() -> None:
    body = '$a = "v"; append_attr_hf("X-A", "$a"); insert_attr_hf("X-B", "$a"); replace_attr_hf("Subject", "$a");'
    outcome = run(body + 'append_attr_hf("X-C", "$f.none"); forward("gw.example.com"); exit;').send(
        make_request("OPTIONS", "sip:bob@example.com", "Subject: old")
    )
    [sent] = outcome.forwards
    assert "X-A: v\r\n" in sent.text
    assert "X-B: v\r\n" in sent.text
    assert "Subject: v\r\n" in sent.text
    assert "old" not in sent.text
    assert "X-C" not in sent.text


def test_attribute_goes_into_replies_and_never_makes_another_line() -> None:
    body = 'hdr_body2attrs("X-Attrs", "in_"); attr_to_reply("X-Told", "$in_a"); append_attr_hf("X-Sent", "$in_a"); '
    script = run(body + 'sl_reply("200", "OK"); exit;')
    outcome = script.send(make_request("OPTIONS", "sip:bob@example.com", 'X-Attrs: a="x\r\n Evil: 1"'))
    assert all("evil" not in reply.first for reply in outcome.replies)
    assert "X-Told" in outcome.sent[0].text or "x-told" in outcome.sent[0].text.lower()


def test_attributes_are_shown_in_the_log() -> None:
    lines = run('$a = "v"; $t.b = 2; print_attr("$a"); dump_attrs(); exit;').send().log
    assert lines[0] == "avp: $a = ['v']"
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("group", "left"),
    [
        ("$fu", "r t g"),
        ("fr", "u t g"),
        ("f", "t g"),
        ("$t", "r u g"),
        ("tu", "r u g"),
        ("td", "r u t g"),
        ("g", "r u t"),
    ],
)
def test_attributes_of_a_class_are_deleted(group: str, left: str) -> None:
    values = '$fr.r = "r"; $fu.u = "u"; $tu.t = "t"; $g.g = "g";'
    said = "".join(f'if (attr_exists("${name}")) $said[] = "{name[-1]}"; ' for name in ("fr.r", "fu.u", "tu.t", "g.g"))
    outcome = run(f'{values} del_attrs("{group}"); {said} print_attr("$said"); dump_attrs("t"); exit;').send()
    assert outcome.log[0] == f"avp: $said = {left.split()}"
    assert len(outcome.log) == 1 + ("t" in left)


def test_value_is_never_taken_as_a_format() -> None:
    with pytest.raises(AssertionError, match="xlset_attr"):
        run('xlfix_attr("$a");')


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('setavpflag($a, "cookie");', "unknown flag 'cookie'"),
        ("setavpflag($a, 32);", "out of range"),
        ('subst_attr("$a", "/(/x/");', "invalid regular expression"),
        ('attr2uri("$a", "hostname");', "must be one of"),
        ('append_attr_hf("X Y", "$a");', "argument 1"),
        ('print_attr("text");', "must be a variable"),
        ('del_attrs("fx");', "none of f, t, fr"),
    ],
)
def test_mistake_is_found_when_the_script_is_loaded(body: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        run(body)
