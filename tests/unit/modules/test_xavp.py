"""$xavp, $xavu, $xavi: what is written where, and the functions that take lists apart."""

from __future__ import annotations

import pytest

from sertwist.limits import MAX_EXTENDED_VALUES
from sertwist.modules.pv.extended import Family, Lists, Path, read_path
from tests.script_run import ScriptRun

HEAD = '#!KAMAILIO\nloadmodule "sl"\nloadmodule "pv"\nrequest_route {\n'
A = read_path("a")
THREE = "$xavp(a) = 1; $xavp(a) = 2; $xavp(a) = 3;"


def said(body: str) -> str:
    return ScriptRun(HEAD + body + ' sl_reply("200", "$var(x)"); }').send().reason


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("$xavp(a) = 1; $xavp(a) = 2; $var(x) = $xavp(a) + $xavp(a[1]);", "3"),
        ('$xavp(a=>b) = "v"; $var(x) = $xavp(a=>b);', "v"),
        ("$xavp(a=>b) = 1; $xavp(a=>b) = 2; $var(x) = $xavp(a[0]=>b) - $xavp(a[1]=>b);", "1"),
        ("$xavp(a=>b) = 1; $xavp(a[0]=>c) = 5; $var(x) = $xavp(a=>b) + $xavp(a=>c);", "6"),
        ("$xavp(a=>b) = 1; $xavp(a[0]=>b) = 2; $var(x) = $xavp(a=>b[0]) + $xavp(a=>b[1]) + 0;", "3"),
        ("$xavp(a=>b) = 1; $xavp(a[0]=>b[0]) = 7; $var(x) = $xavp(a[0]=>b[0]);", "7"),
        ("$xavp(a[0]=>b) = 4; $var(x) = $xavp(a=>b);", "4"),
        ("$xavp(a) = 1; $xavp(a) = 2; $xavp(a) = $null; $var(x) = $xavp(a);", "1"),
        ('$xavp(a) = 1; $xavp(a[*]) = $null; if ($xavp(a) == $null) { $var(x) = "none"; }', "none"),
        ('if ($xavp(a=>b) == $null) { $var(x) = "none"; }', "none"),
        ("$var(i) = 1; $xavp(a) = 8; $xavp(a) = 9; $var(x) = $xavp(a[$var(i)]);", "8"),
        ("$xavu(a) = 1; $xavu(a) = 2; $var(x) = $xavu(a);", "2"),
        ("$xavu(a=>b) = 1; $xavu(a=>b) = 2; $xavu(a=>c) = 3; $var(x) = $xavu(a=>b) + $xavu(a=>c);", "5"),
        ("$xavi(Who=>Name) = 1; $var(x) = $xavi(WHO=>name);", "1"),
        ('xavp_params_explode("b=1;c=\\"x;y\\";d", "a"); $var(x) = $xavp(a=>c);', "x;y"),
        ('xavp_params_explode("b=1;c=2", "a"); xavp_params_implode("a", "$var(x)");', "b=1;c=2;"),
        ('xavp_params_explode("b=1;c=2", "a"); xavp_params_implode_qval("a", "$var(x)");', 'b="1";c="2";'),
        ('xavu_params_explode("b=1", "a"); xavu_params_implode("a", "$var(x)");', "b=1;"),
        ('xavp_slist_explode("p, q", ",", "t", "a"); $var(x) = $xavp(a) + $xavp(a[1]);', "pq"),
        ('$xavp(a) = 1; xavp_rm("a"); if (!xavp_rm("a")) { $var(x) = "gone"; }', "gone"),
        ('$xavi(a) = 1; xavi_rm("A"); if (!xavi_rm("a")) { $var(x) = "gone"; }', "gone"),
        ('$xavp(a) = 1; $xavp(a) = 2; xavp_rm_by_index("a", 0); $var(x) = $xavp(a);', "1"),
        *(
            (f'{THREE} xavp_lshift("a", {index}); $var(x) = "" + $xavp(a) + $xavp(a[2]);', found)
            for index, found in ((0, "31"), (1, "23"), (2, "12"), (4, "23"), ("-1", "12"), ('"$var(none)"', "31"))
        ),
        ('if (!xavp_lshift("a", 1)) { $var(x) = "none"; }', "none"),
        ('xavp_child_seti("a", "b", 5); xavp_child_seti("a", "b", 6); $var(x) = $xavp(a=>b);', "6"),
        (
            'xavp_child_sets("a", "b", "t"); xavp_child_rm("a", "b"); if ($xavp(a=>b) == $null) { $var(x) = "gone"; }',
            "gone",
        ),
        ('xavi_child_sets("A", "B", "t"); xavi_child_seti("a", "c", 1); $var(x) = $xavi(a=>b) + $xavi(a=>c);', "t1"),
        ('xavi_child_sets("A", "B", "t"); if (xavi_child_rm("a", "b")) { $var(x) = "gone"; }', "gone"),
        ('$xavp(a=>b) = 1; xavp_copy("a", 0, "c"); $xavp(a[0]=>b[0]) = 2; $var(x) = $xavp(c=>b);', "1"),
        ('$xavp(a=>b) = 1; $xavp(c=>b) = 3; xavp_copy("a", 0, "c", 0); $var(x) = $xavp(c=>b);', "1"),
        (
            '$xavp(a=>b) = 1; if (pv_isset("$xavp(a=>b)") && is_int("$xavp(a=>b)")) { $var(x) = "a number"; }',
            "a number",
        ),
    ],
)
def test_script_keeps_lists(body: str, value: str) -> None:
    assert said(body) == value


def test_lists_end_with_their_message() -> None:
    script = ScriptRun(HEAD + '$var(x) = $xavp(a=>b) + 0; $xavp(a=>b) = 1; sl_reply("200", "$var(x)."); }')
    assert [script.send().reason for _ in range(2)] == ["0.", "0."]


def test_lists_are_shown_in_the_log() -> None:
    script = ScriptRun(
        HEAD + "$xavp(a=>b) = 1; $xavu(u) = 2; pv_xavp_print(); pv_xavu_print(); pv_xavi_print(); exit; }"
    )
    assert script.send().log == ["xavp: a[0]=>b[0] = 1", "xavu: u[0] = 2"]


@pytest.mark.parametrize("text", ["", "a b", "a[x]", "a[1", "a=>", "=>b", "a=>b=>c", "a[1]=>"])
def test_name_has_one_form(text: str) -> None:
    with pytest.raises(ValueError, match="form"):
        read_path(text)


def test_number_of_values_is_bounded() -> None:
    lists = Lists(Family("xavp"))
    for number in range(MAX_EXTENDED_VALUES + 1):
        lists.put(A, number)
    assert lists.refused == 1
    assert lists.get(A) == MAX_EXTENDED_VALUES - 1
    lists.put(Path("a", 0), "changed")
    assert lists.get(A) == "changed"
    lists.push("b", {"c": [1]})
    assert lists.get(Path("b", 0, "c")) is None
