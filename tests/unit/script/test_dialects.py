"""What the dialect decides (reference language 11.2), and the one meaning where it decides nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sertwist.script.dialect import SER, Dialect

ALL = list(Dialect)


def said(bench, body: str, dialect: Dialect, **selects: Any) -> list[str]:
    ctx = bench.Ctx(selects=selects)
    bench.compile("route { " + body + " }", dialect=dialect).run(ctx)
    return [call[1] for call in ctx.calls if call[0] == "say"]


@pytest.mark.parametrize("dialect", ALL)
def test_text_as_a_condition_is_not_empty_in_ser_and_a_number_elsewhere(bench, dialect: Dialect) -> None:
    body = 'if (@a) say("T"); else say("F"); if (!@a) say("not");'
    is_ser = dialect in SER
    assert said(bench, body, dialect, a="Bob") == (["T"] if is_ser else ["F", "not"])
    assert said(bench, body, dialect, a="1") == ["T"]
    assert said(bench, body, dialect, a="0") == (["T"] if is_ser else ["F", "not"])
    assert said(bench, body, dialect, a="") == said(bench, body, dialect) == ["F", "not"]


@pytest.mark.parametrize("dialect", ALL)
def test_method_is_compared_in_any_case_in_ser_only(bench, dialect: Dialect) -> None:
    ctx = bench.Ctx(method="invite")
    bench.compile('route { if (method == "INVITE") yes(); if (method != "INVITE") no(); }', dialect=dialect).run(ctx)
    assert [call[0] for call in ctx.calls] == (["yes"] if dialect in SER else ["no"])


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize(("condition", "holds"), [('@a == "bob"', False), ('@a == "Bob"', True)])
def test_selects_are_compared_exactly_in_all(bench, dialect: Dialect, condition: str, holds: bool) -> None:
    assert said(bench, f'if ({condition}) say("T"); else say("F");', dialect, a="Bob") == ["T" if holds else "F"]


@pytest.mark.parametrize("dialect", ALL)
def test_return_0_ends_the_script_but_in_ser_2(bench, dialect: Dialect) -> None:
    for value in ("0", "src_port - 5060", "stop()"):
        ctx = bench.Ctx()
        text = f'route {{ route(A); say("on"); }} route[A] {{ return {value}; }}'
        bench.compile(text, dialect=dialect).run(ctx)
        goes_on = dialect is Dialect.SER2 and value != "stop()"
        assert (("say", "on") in ctx.calls) is goes_on
        assert ctx.ended is not goes_on


@pytest.mark.parametrize("dialect", ALL)
def test_attribute_with_two_values_is_undefined_in_ser_2_only(bench, dialect: Dialect) -> None:
    body = '$f.x[] = "1"; $f.x[] = "2"; say($f.x); $f.x = "3"; say($f.x);'
    assert said(bench, body, dialect) == ["" if dialect is Dialect.SER2 else "2", "3"]


@pytest.mark.parametrize("dialect", ALL)
def test_variables_inside_of_text_are_for_openser_and_later(bench, dialect: Dialect) -> None:
    expands = dialect in {Dialect.OPENSER, Dialect.KAMAILIO}
    assert said(bench, 'say("a $v");', dialect, v="x") == ["a x" if expands else "a $v"]
    assert said(bench, 'say("$v");', dialect, v="x") == ["x"]
    assert said(bench, 'say("@a");', dialect, a="x") == ["x"]


@pytest.mark.parametrize("dialect", ALL)
def test_break_leaves_the_route_in_all(bench, dialect: Dialect) -> None:
    ctx = bench.Ctx()
    bench.compile('route { route(A); say("on"); } route[A] { if (yes()) { break; } say("A"); }', dialect=dialect).run(
        ctx
    )
    assert ctx.calls == [("yes",), ("say", "on")]


def test_pattern_of_a_variable(bench) -> None:
    text = 'route { $var(p) = $v; if (@a =~ $var(p)) say("T"); else say("F"); }'
    for pattern, value, said_word in [
        ("^AB", "abc", "T"), ("^b", "abc", "F"), ("(", "abc", "F"), ("(a+)+", "aaa", "F"), (".*", None, "F"),
        ("a" * 257, "a" * 300, "F"), ("a" * 256, "a" * 300, "T"),
    ]:  # fmt: skip
        ctx = bench.Ctx(selects={"v": pattern, "a": value})
        bench.compile(text).run(ctx)
        assert ctx.calls == [("say", said_word)], pattern
        assert ctx.environment.counters == ({"script.bad-patterns": 1} if pattern in {"(", "(a+)+", "a" * 257} else {})


def test_what_a_peer_sent_is_no_pattern(bench) -> None:
    assert bench.findings('route { if (@a =~ $v) yes(); if (@a =~ "^" + $v) yes(); }') == [
        "bad-comparison 1:13",
        "bad-comparison 1:34",
    ]
