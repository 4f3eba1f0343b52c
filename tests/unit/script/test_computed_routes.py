"""`route($var(x))` and `route("A_" + $rU)`: found by name for each message (reference language 4.1, 4.2)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from sertwist.errors import ConfigError
from sertwist.limits import MAX_ROUTE_DEPTH
from sertwist.server.configuration import load_configuration
from tests.script_run import ScriptRun

ROUTES = 'route[A] { say("A"); return 5; } route["TO_bob"] { say("bob"); return -3; } route[7] { say("seven"); }'


@pytest.mark.parametrize(
    ("name", "expected"),
    [('"A"', ["A", "5"]), ('"TO_" + $v', ["bob", "-3"]), ("$var(n) + 7", ["seven", "1"]), ("$v", ["-1"])],
)  # fmt: skip
def test_route_is_found_by_its_name(bench, name: str, expected: list[str]) -> None:
    ctx = bench.Ctx(selects={"v": "bob"})
    lines: list[str] = []
    ctx.environment.complain = lines.append
    bench.run(f'route {{ route({name} + ""); say($rc); }} {ROUTES}'.replace(' + ""', ""), ctx)
    assert [call[1] for call in ctx.calls if call[0] == "say"] == expected
    if expected == ["-1"]:
        assert ctx.environment.counters == {"script.unknown-routes": 1}
        assert len(lines) == 1


def test_name_of_a_peer_reaches_the_log_escaped_and_cut(bench) -> None:
    ctx = bench.Ctx(selects={"v": "\r\nx\u2028" + "y" * 1000})
    lines: list[str] = []
    ctx.environment.complain = lines.append
    bench.run("route { route($v); }", ctx)
    assert lines[0].isprintable()
    assert len(lines[0]) < 200


def test_computed_name_may_name_a_route_that_waits(bench) -> None:
    text = "route { $var(n) = route($v); say($var(n)); } route[A] { wait(); return 4; } route[B] { return 5; }"
    program = bench.compile(text)
    assert program.waits
    for name, value in (("A", "4"), ("B", "5"), ("C", "-1")):
        ctx = bench.Ctx(selects={"v": name})
        asyncio.run(program.run(ctx))
        assert ctx.calls[-1] == ("say", value)


def test_depth_of_computed_calls_is_bounded(bench) -> None:
    text = "route { route(A); } route[A] { $var(i) = $var(i) + 1; if ($var(i) < %d) route($v); }"
    ctx = bench.Ctx(selects={"v": "A"})
    bench.compile(text % MAX_ROUTE_DEPTH).run(ctx)
    with pytest.raises(ConfigError, match="route calls within each other"):
        bench.compile(text % (MAX_ROUTE_DEPTH * 2)).run(bench.Ctx(selects={"v": "A"}))


def test_computed_name_may_name_a_route_of_an_included_file(tmp_path) -> None:
    (tmp_path / "more.cfg").write_text("route[B] { $var(x) = 7; drop; }\n")
    main = tmp_path / "ser.cfg"
    main.write_text('include_file "more.cfg"\nroute { $var(n) = "B"; route($var(n)); }\n')
    configuration = load_configuration(main)
    ctx = SimpleNamespace(notes=None, ended=False, at_end=None, dropped=False, environment=configuration.environment())
    configuration.program.run(ctx)
    assert (ctx.dropped, ctx.notes["$var(x)"]) == (True, 7)


def test_depth_of_many_routes_in_a_row_is_bounded(bench) -> None:
    def chain(length: int) -> str:
        routes = (f"route[{n}] {{ route({n + 1}); }}" for n in range(1, length))
        return f"route {{ route(1); say('on'); }} {' '.join(routes)} route[{length}] {{ yes(); }}"

    ctx = bench.Ctx()
    bench.compile(chain(MAX_ROUTE_DEPTH + 1)).run(ctx)
    assert ctx.calls == [("yes",), ("say", "on")]
    with pytest.raises(ConfigError, match="route calls within each other"):
        bench.compile(chain(MAX_ROUTE_DEPTH + 2)).run(bench.Ctx())


@pytest.mark.parametrize(
    ("body", "log"),
    [
        ('route(A, "x", 5);', "x 5 -"),
        ('$var(n) = "A"; route($var(n), "x" + "y", $si, 1 + 1);', "xy 192.0.2.9 2"),
        ("route(A);", "- - -"),
        ('route(B, "b"); ', "b-inner - -|b"),
        ('if (route(A, "x") > 0) route(A, "again");', "x - -|again - -"),
        ('route(W, "w");', "w|w"),
        ('$var(n) = "W"; route($var(n), "w");', "w|w"),
    ],
)
def test_route_gets_what_stands_behind_its_name(body: str, log: str) -> None:
    shown = "".join(
        f'$var(p) = $var(p) + " "; if (defined $param({n})) $var(p) = $var(p) + $param({n}); '
        'else $var(p) = $var(p) + "-"; '
        for n in (1, 2, 3)
    )
    text = f"""
        loadmodule "cfgutils"
        route {{ {body} drop; }}
        route[A] {{ $var(p) = ""; {shown} log(-1, $var(p)); return 1; }}
        route[B] {{ route(A, $param(1) + "-inner"); log(-1, $param(1)); }}
        route[W] {{ log(-1, $param(1)); usleep(1); log(-1, $param(1)); }}
    """
    run = ScriptRun(text)
    outcome = run.send()
    run.tick(1)
    assert "|".join(line.removeprefix("script: ").strip() for line in outcome.log) == log


def test_argument_of_a_route_is_checked() -> None:
    with pytest.raises(AssertionError, match=r"unknown variable '\$nothing_there'|unknown"):
        ScriptRun("route { route(A, $nothing(x)); drop; } route[A] { exit; }")
    with pytest.raises(AssertionError, match=r"write \$param\(1\) to"):
        ScriptRun("route { route(A, 1); drop; } route[A] { log(-1, $param(8)); }")
