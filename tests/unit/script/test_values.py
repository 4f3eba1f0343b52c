"""Variables, attributes, texts with variables in them, transformations: what they read, write and give to functions."""

from __future__ import annotations

from typing import Any

import pytest

from sertwist.script.reference import Reference
from tests.script_run import ScriptRun


def said(bench, body: str, **selects: Any) -> list[str]:
    """What `say` was given by `body`."""
    ctx = bench.Ctx(selects=selects)
    return [call[1] for call in bench.run("route { " + body + " }", ctx)[1] if call[0] == "say"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("say($var(x));", ["0"]),
        ("say($vn(x));", [""]),
        ('$var(x) = "a"; say($var(x)); $var(x) = $null; say($var(x));', ["a", "0"]),
        ("$vn(x) = 5; say($vn(x)); $vn(x) = $null; if (!defined $vn(x)) say('gone');", ["5", "gone"]),
        ("$var(x) = count(3); say($var(x)); $var(y) = no(); say($var(y));", ["7", "-1"]),
        ("$var(x) = (count(3) && yes()); say($var(x)); $var(x) = method == INVITE; say($var(x));", ["1", "0"]),
        ("$var(x) = 1 + 2; $var(x) = $var(x) + 4; say($var(x));", ["7"]),
        ('$var(x) = "a" + 2; say($var(x));', ["a2"]),
        ("$var(x) = $v; say($var(x));", ["0"]),
        # a stack: the newest value first
        ('$avp(a) = "1"; $avp(a) = "2"; say($avp(a)); say($(avp(a)[1])); say($(avp(a)[-1]));', ["2", "1", "1"]),
        ('$avp(a) = "1"; $avp(a) = "2"; say($(avp(a)[*])); $avp(a) = $null; say($avp(a));', ["2, 1", "1"]),
        ('$avp(a) = "1"; $avp(a) = "2"; $(avp(a)[*]) = "3"; say($(avp(a)[*]));', ["3"]),
        ('$avp(a) = "1"; $(avp(a)[*]) = $null; if (!defined $avp(a)) say("gone");', ["gone"]),
        ('$avp(a) = "1"; $(avp(a)[0]) = "2"; say($(avp(a)[*]));', ["2, 1"]),
        ('$avp(a) = "1"; $avp(a) = "2"; $(avp(a)[1]) = "9"; say($(avp(a)[*]));', ["2, 9"]),
        ('$avp(s:a) = "1"; say($avp(a)); $avp(i:5) = 2; say($avp(i:5)); say($avp(s:5));', ["1", "2", ""]),
        # SER: a value replaces all, [] adds one
        ('$f.a = "1"; $f.a = "2"; say($f.a); say($a); say($fr.a); say($avp(a));', ["2", "2", "2", "2"]),
        ('$a[] = "1"; $a[] = "2"; say($a[1]); say($a[2]); say($a[-1]); say($a[3]);', ["1", "2", "2", ""]),
        ('$a[] = "1"; $a[] = "2"; $b = $a[]; say($b[1]); say($b[2]);', ["1", "2"]),
        ('$t.a = "1"; if (!defined $a) say("other track"); say($tr.a);', ["other track", "1"]),
        ('$fd.a = "d"; say($a); $fu.a = "u"; say($a); $a = "r"; say($a); $a = $null; say($a);', ["d", "u", "r", "u"]),
        ('$g.a = "all"; say($a); say($f.a); say($t.a);', ["all", "all", "all"]),
        ('$f.a = "1"; say($avp($f.a)); $avp($fu.b) = "2"; say($fu.b);', ["1", "2"]),
    ],
)
def test_variables_keep_what_is_assigned(bench, body: str, expected: list[str]) -> None:
    assert said(bench, body) == expected


def test_nothing_but_the_global_class_outlives_a_message(bench) -> None:
    program = bench.compile(
        "route { say($var(x)); say($avp(x)); say($x); say($g.y); $var(x) = 5; $avp(x) = 6; $g.y = 7; }"
    )
    first, second = bench.Ctx(), bench.Ctx()
    second.environment = first.environment
    program.run(first)
    program.run(second)
    assert first.calls == [("say", "0"), ("say", ""), ("say", ""), ("say", "")]
    assert second.calls == [("say", "0"), ("say", ""), ("say", ""), ("say", "7")]


@pytest.mark.parametrize(
    ("argument", "given", "expected"),
    [
        ('"v is $v!"', "x", "v is x!"),
        ('"$v$v"', "x", "xx"),
        ('"$v and $$v costs $5"', "x", "x and $v costs $5"),
        ('"$v."', None, "<null>."),
        ('"$v"', None, ""),
        ('"$(v{s.len})"', "four", "4"),
        ('"<$(v{s.substr,1,2}{s.toupper})>"', "abcd", "<BC>"),
        ('"$(v{s.select,1,,})"', "a,b,c", "b"),
        ('"$(v{s.select,-1,,})"', "a,b,c", "c"),
        ('"$(v{s.substr,$var(n)})"', "abcd", "abcd"),
        ('"$avp($v)"', "name", ""),
        ('"$rc"', "x", "0"),
        ('"$sel(a)"', "x", "selected"),
        ('"@a"', "x", "selected"),
        ('"($_s(<$v>))"', "x", "(<x>)"),
        ('"\\$v"', "x", "\\x"),
    ],
)
def test_text_with_variables(bench, argument: str, given: str | None, expected: str) -> None:
    assert said(bench, f"say({argument});", v=given, a="selected") == [expected]


def test_what_is_defined_is_read_when_the_script_is_loaded(bench) -> None:
    text = '#!define NAME "a b"\n#!define COUNT 7\nroute { say($defv(NAME)); say($def(COUNT)); say($defn(COUNT) + 1); }'
    assert [call[1] for call in bench.run(text)[1]] == ["a b", "7", "8"]
    assert bench.findings("#!define NAME x\nroute { say($def(NAMES)); }") == ["bad-variable-argument 2:13"]


def test_place_in_the_script_is_known_when_it_is_loaded(bench) -> None:
    text = 'route { route(RELAY);\n say("$cfg(route)"); }\nroute[RELAY] {\n say("$cfg(route):$cfg(line)");\n'
    text += " say($cfg(line) + 1);\n say($cfg(name)); }"
    assert [call[1] for call in bench.run(text)[1]] == ["RELAY:4", "6", "ser.cfg", "DEFAULT_ROUTE"]
    assert bench.findings("route { say($cfg(rout)); }") == ["bad-variable-argument 1:13"]


def test_block_without_a_name_is_called_by_its_kind() -> None:
    text = 'route { forward("gw.example.com"); } onreply_route { log(-1, $cfg(route)); } '
    run = ScriptRun(text + "onsend_route { log(-1, $cfg(route)); }")
    outcome = run.send()
    assert outcome.log == ["script: DEFAULT_ONSEND_ROUTE"]
    assert run.respond(outcome.forwards[0]).log == ["script: DEFAULT_ONREPLY_ROUTE"]


def test_name_in_parentheses_is_made_for_each_message(bench) -> None:
    assert said(bench, '$avp(x) = "1"; $avp(y) = "2"; say($avp($v)); $avp($v) = "3"; say($avp(y));', v="y") == [
        "2",
        "3",
    ]


def calls(bench, body: str, **selects: Any) -> list[tuple[Any, ...]]:
    return bench.run("route { " + body + " }", bench.Ctx(selects=selects))[1]


def test_format_is_made_only_when_it_is_needed(bench) -> None:
    ((_, made),) = calls(bench, 'log("got $v\\n");')
    assert made(bench.Ctx(selects={"v": "x"})) == "got x\n"
    assert made(bench.Ctx()) == "got <null>\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%v %%", "%v %%"),  # no specifier of SER 2: as it stands
        ("a=%$b 100%%", "a=<null> 100%"),
        ("%@a", "selected"),
        ("%Cxr%@a", "selected"),
        ("%@a $v", "%@a x"),  # a variable: no format of SER 2
    ],
)
def test_percent_format_of_ser_2(bench, text: str, expected: str) -> None:
    ((_, made),) = calls(bench, f'log("{text}");')
    assert made(bench.Ctx(selects={"a": "selected", "v": "x"})) == expected


def test_form_is_chosen_by_the_number_of_arguments(bench) -> None:
    ((_, level, made),) = calls(bench, 'log("L_INFO", "x");')
    assert (level, made(None)) == ("l_info", "x")


def test_function_is_given_a_variable_to_write_to(bench) -> None:
    for written in ("$avp(x)", '"$avp(x)"', "$var(x)"):
        ((_, reference),) = calls(bench, f"keep({written});")
        assert isinstance(reference, Reference)
        ctx = bench.Ctx()
        reference.put(ctx, "y")
        assert reference.get(ctx) == "y"
    ((_, reference),) = calls(bench, "keep($v);")
    assert reference.put is None


def test_flag_is_a_number_a_name_or_a_value(bench) -> None:
    text = "flags A:5, B, C; route { flag(3); flag(A); flag('B'); flag(C); $var(x) = 7; flag($var(x)); }"
    assert bench.run(text)[1] == [("flag", n) for n in (3, 5, 0, 1, 7)]


def test_argument_is_prepared_once_and_what_cannot_be_makes_the_call_fail(bench) -> None:
    assert calls(bench, 'even("abcd");') == [("even", ["ab", "cd"])]
    assert calls(bench, "even($v);", v="xy") == [("even", ["x", "y"])]
    assert said(bench, 'if (even($v)) say("T"); else say("F"); if (!even($v)) say("not");', v="xyz") == ["F", "not"]
    assert bench.findings('route { even("abc"); }') == ["bad-argument 1:14"]


def test_pattern_arguments_are_not_expanded(bench) -> None:
    assert calls(bench, 'raw("^$v$"); raw("$v");', v="x") == [("raw", "^$v$"), ("raw", "$v")]


def test_selval_chooses(bench) -> None:
    assert said(bench, 'say(selval(defined $v, "is", "is not"));') == ["is not"]
    assert said(bench, 'say(selval(defined $v, $v, "is not"));', v="x") == ["x"]


@pytest.mark.parametrize(
    ("condition", "given", "holds"),
    [
        ("$var(x) == 5", 5, True),
        ('$var(x) == "5"', 5, True),
        ("$var(x) == 5", "5", True),
        ('$var(x) == "5"', "05", False),
        ("$var(x) ieq 5", "05", True),
        ("5 == $var(x)", "05", True),
        ('"5" == $var(x)', 5, True),
        ('$var(x) != "a"', "b", True),
        ('$var(x) == ""', "", True),
        ("$var(x) == $null", "", False),
        ("$var(x)", "yes", False),
        ("$var(x)", 1, True),
        ("$var(x)", -1, False),
        ("$var(x) && $var(x) < 2", -1, True),
        ("$var(x) > 4", "5", True),
        ('$var(x) =~ "^A"', "abc", True),
        ("$var(x) + 1 == 6", 5, True),
        ('$var(x) + 1 == "51"', "5", True),
    ],
)
def test_value_of_no_fixed_type(bench, condition: str, given: str | int, holds: bool) -> None:
    value = given if isinstance(given, int) else f'"{given}"'
    text = f'$var(x) = {value}; if ({condition}) say("T"); else say("F");'
    assert said(bench, text.replace("= -", "= 0 - ")) == ["T" if holds else "F"]


@pytest.mark.parametrize("condition", ["$avp(x) == $avp(y)", "$avp(x) == 0", '$avp(x) =~ ".*"', "$avp(x)"])
def test_undefined_value_equals_nothing(bench, condition: str) -> None:
    assert said(bench, f'if ({condition}) say("T"); else say("F"); if (!({condition})) say("not");') == ["F", "not"]


def test_return_code_is_of_functions_and_routes_only(bench) -> None:
    body = 'no(); say($?); $var(x) = 3; say($rc); route(A); say("$retcode");'
    ctx = bench.Ctx()
    assert bench.run("route { " + body + " } route[A] { return 4; }", ctx)[1][1:] == [
        ("say", "-1"),
        ("say", "1"),  # of `say`
        ("say", "4"),
    ]
