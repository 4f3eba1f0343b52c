"""pv_isset, is_int and the like: what a variable holds, whichever it is."""

from __future__ import annotations

import pytest

from tests.script_run import ScriptRun

HEAD = '#!KAMAILIO\nloadmodule "sl"\nloadmodule "pv"\nrequest_route {{ {body}\n    sl_reply("404", "no");\n}}\n'


@pytest.mark.parametrize(
    ("before", "condition", "holds"),
    [
        ("", 'pv_isset("$avp(x)")', False),
        ('$avp(x) = "";', "pv_isset($avp(x))", True),
        ('$avp(x) = "a";', '!pv_unset("$avp(x)") || pv_isset("$avp(x)")', False),
        ("$avp(x) = 5;", 'is_int("$avp(x)")', True),
        ('$avp(x) = "5";', 'is_int("$avp(x)")', False),
        ("", 'is_int("$avp(x)")', False),
        ('$avp(x) = "a";', 'not_empty("$avp(x)")', True),
        ('$avp(x) = "";', 'not_empty("$avp(x)")', False),
        ("", 'not_empty("$avp(x)")', False),
        ("$avp(x) = 5;", 'typeof("$avp(x)", "int")', True),
        ("$avp(x) = 5;", 'typeof("$avp(x)", "str")', False),
        ('$avp(x) = "a";', 'typeof("$avp(x)", "str")', True),
        ("", 'typeof("$avp(x)", "null")', True),
        ("$shv(x) = 3;", 'pv_isset("$shv(x)") && is_int($shv(x))', True),
    ],
)
def test_function_tells_what_a_variable_holds(before: str, condition: str, holds: bool) -> None:
    body = f'{before} if ({condition}) {{ sl_reply("200", "yes"); exit; }}'
    assert ScriptRun(HEAD.format(body=body)).send().status == (200 if holds else 404)


def test_shared_variable_is_seen_by_the_next_message() -> None:
    script = ScriptRun(HEAD.format(body='$shv(n) = $shv(n) + 1; sl_reply("200", "$shv(n)"); exit;'))
    assert [script.send().reason for _ in range(3)] == ["1", "2", "3"]


def test_first_value_of_a_shared_variable_is_set_by_the_script() -> None:
    text = HEAD.format(body='sl_reply("200", "$shv(a) $shv(b)"); exit;')
    settings = 'modparam("pv", "shvset", "a=i:7")\nmodparam("pv", "shvset", "b=s:x y")\n'
    assert ScriptRun(text.replace("request_route", settings + "request_route")).send().reason == "7 x y"


def test_variable_begins_each_message_with_what_the_script_sets() -> None:
    text = HEAD.format(body='$var(n) = $var(n) + 1; sl_reply("200", "$var(n) $var(t) $var(o)"); exit;')
    settings = 'modparam("pv", "varset", "n=i:5")\nmodparam("pv", "varset", "t=s:x")\n'
    script = ScriptRun(text.replace("request_route", settings + "request_route"))
    assert [script.send().reason for _ in range(2)] == ["6 x 0", "6 x 0"]


def test_value_is_never_taken_as_a_format() -> None:
    with pytest.raises(AssertionError, match="pv_printf"):
        ScriptRun(HEAD.format(body='pv_evalx("$var(x)", "$var(y)");'))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('pv_var_to_xavp("a", "x"); $var(r) = $xavp(x=>a);', "1"),
        ('pv_var_to_xavp("*", "x"); $var(r) = $xavp(x=>a) + $xavp(x=>b);', "3"),
        ('if (!pv_var_to_xavp("none", "x")) { $var(r) = "no"; }', "no"),
        ('xavp_params_explode("a=7;c=8", "x"); pv_xavp_to_var("x"); $var(r) = $var(a) + $var(c);', "78"),
        ('if (!pv_xavp_to_var("x")) { $var(r) = "no"; }', "no"),
    ],
)
def test_variables_become_extended_attributes_and_back(body: str, reason: str) -> None:
    body = f'$var(a) = 1; $var(b) = 2; {body} sl_reply("200", "$var(r)"); exit;'
    assert ScriptRun(HEAD.format(body=body)).send().reason == reason


def test_branch_is_put_together_and_added() -> None:
    body = '$sbranch(uri) = "sip:c@gw.example.com"; $sbranch(dst_uri) = "sip:proxy.example.org"; sbranch_append(); '
    body += '$sbranch(uri) = "no uri"; if (sbranch_append()) { exit; } sbranch_reset(); '
    body += 'if ($sbranch(uri) == $null) { sl_reply("200", "OK"); exit; }'
    outcome = ScriptRun(HEAD.format(body=body)).send()
    assert outcome.ctx is not None
    assert outcome.ctx.wishes is not None
    [branch] = outcome.ctx.wishes.branches
    assert (branch.uri, branch.destination) == ("sip:c@gw.example.com", "sip:proxy.example.org")


def test_branch_is_taken_as_the_request_uri() -> None:
    body = '$sbranch(uri) = "sip:c@gw.example.com"; sbranch_set_ruri(); sl_reply("200", "$ru"); exit;'
    assert ScriptRun(HEAD.format(body=body)).send().reason == "sip:c@gw.example.com"
    assert ScriptRun(HEAD.format(body='if (sbranch_set_ruri()) { sl_reply("200", "x"); exit; }')).send().status == 404
