"""`while` and `switch` (reference language 5.2, 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from sertwist.limits import MAX_LOOP_NESTING, MAX_WHILE_LOOPS


def said(bench, text: str, ctx: Any = None, **selects: Any) -> str:
    ctx = ctx or bench.Ctx(selects=selects)
    text = text if text.startswith("route") or "\nroute" in text else "route { " + text + " }"
    return "".join(call[1] for call in bench.run(text, ctx)[1] if call[0] == "say")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("while ($var(i) < 3) { $var(i) = $var(i) + 1; say($var(i)); }", "123"),
        ("while ($var(i) < 3) $var(i) = $var(i) + 1; say($var(i));", "3"),
        ('while (1) { $var(i) = $var(i) + 1; if ($var(i) == 2) break; say("a"); } say("b");', "ab"),
        ('while (0) { say("a"); } say("b");', "b"),
        ('while (yes()) { while (yes()) { say("a"); break; } say("b"); break; } say("c");', "abc"),
        ('while (yes()) { route(A); say("b"); break; } say("c");', "Abc"),
        ('while (yes()) { return; } say("c");', ""),
        ('while (stop()) { say("a"); } say("c");', ""),
    ],
)
def test_while(bench, body: str, expected: str) -> None:
    assert said(bench, "route { " + body + ' }\nroute[A] { say("A"); break; }') == expected


def test_while_may_take_exactly_as_many_rounds_as_the_bound(bench) -> None:
    for setting, bound in (("", MAX_WHILE_LOOPS), ("max_while_loops = 7\n", 7)):
        for rounds, too_many in ((bound, False), (bound + 1, True)):
            ctx = bench.Ctx()
            lines: list[str] = []
            ctx.environment.complain = lines.append
            body = f"while ($var(i) < {rounds}) {{ $var(i) = $var(i) + 1; }} say($var(i));"
            assert said(bench, f"{setting}\nroute {{ {body} }}", ctx) == str(bound)
            assert bool(lines) is too_many
            assert ctx.environment.counters == ({"script.while-loops": 1} if too_many else {})


def test_loops_nest_up_to_a_bound(bench) -> None:
    def nested(count: int) -> str:
        return (
            "route { "
            + "while (yes()) { switch ($v) { case 1: say('x'); case 2: " * (count // 2)
            + "yes();"
            + "}}" * (count // 2)
            + " }"
        )

    bench.compile(nested(MAX_LOOP_NESTING))
    assert "nesting" in " ".join(bench.findings(nested(MAX_LOOP_NESTING + 2)))


SWITCH = """
switch ($v) {
    case 1: say("one"); break;
    case 2:
    case 3: say("two or three");
    case 4: say(" four"); if (yes()) break; say("never");
    default: say("other"); break;
    case 5: return;
}
say(".");
"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "one."), (2, "two or three four."), (3, "two or three four."), (4, " four."), (5, ""), (6, "other."),
     (None, "other."), ("1", "one."), ("x", "other.")],
)  # fmt: skip
def test_switch_falls_through(bench, value: object, expected: str) -> None:
    assert said(bench, SWITCH, v=value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "A."), ("A", "other."), ("b", "BC."), ("c", "BC."), ("", "empty."), (None, "empty."), (5, "five.")],
)
def test_switch_over_text_without_falling_through(bench, value: object, expected: str) -> None:
    text = """switch ($v) { case "a": say("A"); break; case "b": case "c": say("BC"); break;
        case "": say("empty"); break;
        case "5": say("five"); break; default: say("other"); } say(".");"""
    assert said(bench, text, v=value) == expected
    assert "for _ in" not in bench.python("route { " + text + " }")


@pytest.mark.parametrize(
    ("value", "expected"), [("x1", "text"), ("00123", "zeros"), ("ABC", "other"), ("abc", "letters"), (None, "other")]
)
def test_switch_over_patterns_minds_case_and_order(bench, value: object, expected: str) -> None:
    text = """switch ($v) { case "x1": say("text"); break; case /"^00": say("zeros"); break;
        case /"^[a-z0-9]*$": say("letters"); break; default: say("other"); }"""
    assert said(bench, text, v=value) == expected


def test_switch_over_a_call_sees_its_return_code(bench) -> None:
    assert said(bench, 'switch (count(1)) { case 7: say("seven"); break; default: say("other"); }') == "seven"
    text = 'route { route(A); switch ($rc) { case -2: say("two"); break; } }\nroute[A] { return -2; }'
    assert said(bench, text) == "two"


def test_default_alone_and_nothing(bench) -> None:
    assert said(bench, 'switch ($v) { default: say("a"); } say("b");') == "ab"
    assert said(bench, 'switch ($v) { case 1: } say("b");') == "b"


VALUES = '$avp(y) = "a"; $avp(y) = "b"; $avp(y) = "c"; '


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for ($var(x) in $(avp(y)[*])) say($var(x));", "cba"),
        ("for ($var(x) in $(avp(y)[*])) { say($var(x)); say($var(x)); } say(1);", "ccbbaa1"),
        ('for ($var(x) in $(avp(y)[*])) { if ($var(x) == "b") break; say($var(x)); } say(1);', "c1"),
        ("for ($var(x) in $(avp(none)[*])) say($var(x)); say(1);", "1"),
        ("for ($var(x) in $(avp(y)[*])) for ($var(z) in $(avp(y)[*])) say($var(x) + $var(z));", "cccbcabcbbbaacabaa"),
        ("for ($avp(z) in $(avp(y)[*])) yes(); for ($var(x) in $(avp(z)[*])) say($var(x));", "abc"),
    ],
)
def test_for_goes_through_the_values(bench, body: str, expected: str) -> None:
    assert said(bench, VALUES + body) == expected
    assert "foreign-statement" in " ".join(bench.findings("route { " + VALUES + body + " }"))
