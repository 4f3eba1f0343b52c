"""What a program compiled to be traced takes down: the statements it ran, and the values that they looked at."""

from __future__ import annotations

from typing import Any

from sertwist.script.trace import Trace

TEXT = """\
route {
    if (method == INVITE && $v == "x") {
        yes();
    } else if (@a =~ "^A") {
        $var(n) = count(3);
        route(SUB);
    }
    switch ($var(n)) {
        case 7: say("$v and $v"); break;
    }
    while ($var(i) < 2) $var(i) = $var(i) + 1;
    exit;
}
route[SUB] {
    if (!@tls.peer.verified) return -1;
}
"""


def traced(bench, text: str, **selects: Any) -> list[Any]:
    ctx = bench.Ctx(selects=selects, trace=Trace())
    bench.compile(text, trace=True).run(ctx)
    assert sum(event for event in ctx.trace if type(event) is int) == 0  # what was entered was left
    return ctx.trace.steps


def test_steps_are_the_statements_that_ran(bench) -> None:
    steps = traced(bench, TEXT, a="abc", v="x")
    assert [step.line for step in steps] == [2, 4, 5, 6, 15, 15, 8, 9, 11, 11, 11, 11, 11, 12]
    assert [step.depth for step in steps if step.line == 15] == [1, 1]
    assert {step.depth for step in steps if step.line != 15} == {0}
    assert (steps[0].file, steps[0].text) == ("ser.cfg", 'if (method == INVITE && $v == "x") {')


def test_conditions_have_their_values_and_what_they_came_to(bench) -> None:
    steps = traced(bench, TEXT, a="abc", v="x")
    seen = {(step.line, i): (step.taken, [(s.name, s.value) for s in step.seen]) for i, step in enumerate(steps)}
    assert seen[2, 0] == (False, [("method", "OPTIONS")])  # the rest was never looked at
    assert seen[4, 1] == (True, [("@a", "abc")])
    assert seen[5, 2] == (None, [("count(3)", 7), ("$var(n)", 7)])
    assert seen[15, 4] == (True, [("@tls.peer.verified", None)])
    assert seen[8, 6] == (None, [("$var(n)", 7)])
    assert seen[9, 7] == (None, [("$v", "x"), ("$v", "x"), ('say("$v and $v")', 1)])
    assert [taken for (line, _), (taken, _) in seen.items() if line == 11] == [True, None, True, None, False]


def test_route_left_by_exit_is_left_in_the_trace(bench) -> None:
    steps = traced(bench, "route { route(A); }\nroute[A] { route(B); }\nroute[B] { exit; }")
    assert [(step.line, step.depth) for step in steps] == [(1, 0), (2, 1), (3, 2)]


def test_traced_program_does_the_same_and_runs_without_a_trace(bench) -> None:
    plain, ctx = bench.Ctx(), bench.Ctx()
    bench.compile(TEXT).run(plain)
    bench.compile(TEXT, trace=True).run(ctx)
    assert ctx.calls == plain.calls


def test_program_that_is_not_traced_has_nothing_of_it(bench) -> None:
    source = bench.python(TEXT)
    assert not any(word in source for word in ("step(", "saw(", "decided(", "enter(", "trace"))
