"""Arithmetic: 64 bits with a sign; what has no result makes a condition false and a value undefined (1.5, 13)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("expression", "x", "result"),
    [
        ("$var(x) / 2", 7, 3),
        ("$var(x) / -2", 7, -3),
        ("$var(x) / 2", -7, -3),
        ("$var(x) mod 3", 7, 1),
        ("$var(x) mod 3", -7, -1),
        ("$var(x) % 3", 7, 1),
        ("$var(x) << 4", 1, 16),
        ("$var(x) >> 1", -5, -3),
        ("$var(x) << 62", 1, 2**62),
        ("$var(x) * 2", -(2**62), -(2**63)),
        ("$var(x) + 1", 2**63 - 2, 2**63 - 1),
        ("~$var(x)", 0, -1),
        ("7 / 2 + $var(x)", 0, 3),
        ("1 << 3 | $var(x)", 1, 9),
        ("strlen($var(x))", -12, 3),
        ('(int)("0x1F") + $var(x)', 1, 32),
        ('$var(x) + "0x7FFFFFFFFFFFFFFFFF"', 1, 1),  # no number of 64 bits
    ],
)
def test_result(bench, expression: str, x: int, result: int) -> None:
    ctx = bench.Ctx(selects={"v": x})
    program = bench.compile(f"route {{ $var(x) = (int)$v; $var(y) = {expression}; return $var(y); }}")
    assert program.run(ctx) == result
    assert ctx.environment.counters == {}


FAILING = [
    ("$var(x) / 0", 1),
    ("$var(x) mod $var(none)", 1),
    ("$var(x) + 1", 2**63 - 1),
    ("$var(x) - 2", -(2**63) + 1),
    ("$var(x) * 2", 2**62),
    ("$var(x) << 63", 1),
    ("$var(x) << 64", 0),
    ("$var(x) >> -1", 0),
    ("-$var(x)", -(2**63)),
]


@pytest.mark.parametrize(("expression", "x"), FAILING)
def test_no_result_is_false_in_a_condition_and_undefined_as_a_value(bench, expression: str, x: int) -> None:
    lines: list[str] = []
    ctx = bench.Ctx(selects={"v": x})
    ctx.environment.complain = lines.append
    text = f"""route {{
        $var(x) = (int)$v; $vn(y) = 1;
        if (({expression}) == 1) say("T"); else if (!(({expression}) == 1)) say("not"); else say("F");
        $vn(y) = {expression}; if (!defined $vn(y)) say("undefined");
        say({expression}); say("on");
        while (({expression}) > -5) {{ say("loop"); break; }}
        switch ({expression}) {{ case 0: say("0"); break; default: say("default"); }}
        return {expression};
    }}"""
    program = bench.compile(text)
    assert program.run(ctx) == -1
    assert [call[1] for call in ctx.calls] == ["F", "undefined", "on", "default"]
    assert ctx.environment.counters == {"script.failed-operations": 7}
    assert lines[0].startswith("ser.cfg:3: ")


def test_what_never_fails_is_compiled_without_a_net(bench) -> None:
    assert "try:" not in bench.python("route { $var(x) = strlen($v) | 4; if ($var(x) > 3) yes(); }")
