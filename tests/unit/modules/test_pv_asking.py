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
