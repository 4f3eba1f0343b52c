"""What statements do (reference language 5.4, 5.7, 5.8)."""

import ast
import asyncio
import traceback
from pathlib import Path

import pytest

from sertwist.errors import ConfigError
from sertwist.limits import MAX_ARMS, MAX_ROUTE_DEPTH
from sertwist.script import Source, check, compile_script, parse
from sertwist.script.preprocess.directives import Surroundings


@pytest.mark.parametrize(
    ("body", "value", "ended", "dropped"),
    [
        ("exit;", 1, True, False),
        ("exit();", 1, True, False),
        ("exit 5;", 5, True, False),
        ("drop;", 0, True, True),
        ("drop -1;", -1, True, True),
        ("return;", 1, False, False),
        ("return 3;", 3, False, False),
        ("return -2;", -2, False, False),
        ("return 0;", 0, True, False),
        ('return "7";', 7, False, False),
        ("return count(1);", 7, False, False),
        ("return stop();", 0, True, False),
        ("return src_port;", 5060, False, False),
        ("break;", 0, False, False),
        ("no();", -1, False, False),
        ("count(1);", 7, False, False),
        ("stop();", 0, True, False),
        ("", 1, False, False),
        ("{ count(1); }", 7, False, False),
        ("if (no()) count(1);", 1, False, False),
        ("if (yes()) count(1);", 7, False, False),
        ("if (no()) yes(); else count(1);", 7, False, False),
    ],
)
def test_end_of_a_route(bench, body: str, value: int, ended: bool, dropped: bool) -> None:
    ctx = bench.Ctx()
    assert bench.run("route { " + body + " }", ctx)[0] == value
    assert (ctx.ended, ctx.dropped) == (ended, dropped)
    # the same in a sub-route: the caller goes on unless the script ended
    ctx = bench.Ctx()
    result, calls = bench.run('route { route(A); say("on"); } route[A] { ' + body + " }", ctx)
    assert (ctx.ended, ctx.dropped) == (ended, dropped)
    assert (("say", "on") in calls) is not ended
    assert result == (value if ended else 1)
    # and its value is that of route(A)
    if not ended:
        assert bench.run("route { return route(A) } ".replace("}", "; }") + "route[A] { " + body + " }")[0] == value


@pytest.mark.parametrize(
    "condition", ["stop()", "!stop()", "no() || stop()", "yes() && !stop()", "stop() == 1", "route(A)"]
)
def test_function_that_returns_0_ends_the_script_before_the_condition_is_decided(bench, condition: str) -> None:
    ctx = bench.Ctx()
    text = "route { if (" + condition + ') say("T"); else say("F"); say("on"); } route[A] { stop(); yes(); }'
    value, calls = bench.run(text, ctx)
    assert (value, ctx.ended) == (0, True)
    assert ("stop",) in calls
    assert not any(name in {"say", "yes"} and rest for name, *rest in calls)


def test_route_in_a_condition_is_true_by_its_value(bench) -> None:
    text = 'route { if (route(A)) say("A"); if (route(B)) say("B"); if (!route(C)) say("C"); }'
    assert bench.run(text + "route[A] { return 2; } route[B] { return -1; } route[C] { break; }")[1] == [
        ("say", "A"),
        ("say", "C"),
    ]


def test_exit_unwinds_all_routes(bench) -> None:
    text = 'route { route(A); say("0"); } route[A] { route(B); say("A"); } route[B] { if (yes()) { exit; } say("B"); }'
    assert bench.run(text) == (1, [("yes",)])


def test_break_in_nested_blocks_leaves_the_route_only(bench) -> None:
    text = 'route { route(A); say("on"); } route[A] { if (yes()) { if (yes()) { break; }; }; say("no"); }'
    assert bench.run(text)[1] == [("yes",), ("yes",), ("say", "on")]


def test_main_route_can_be_called_as_route_0(bench) -> None:
    text = 'route[0] { if (@n > 0) { exit; } route(A); } route[A] { say("A"); route(0); say("never"); }'
    ctx = bench.Ctx(selects={"n": 1})
    assert bench.run(text, ctx) == (1, [])


def test_retcode_is_kept_only_by_calls_and_routes(bench) -> None:
    text = """route {
        count(1); if (retcode == 7) say("7");
        no(); if (retcode == -1 && 1 < src_port) say("-1");
        route(A); if (retcode == 4) say("4");
    } """
    assert [c for c in bench.run(text + "route[A] { return 4; }", return_code=True)[1] if c[0] == "say"] == [
        ("say", "7"), ("say", "-1"), ("say", "4")]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        ('say("x")', "x"),
        ("say(5)", "5"),
        ('say("a" + 5 + @a)', "a5A"),
        ("say(@a)", "A"),
        ('say("@a")', "A"),
        ('say("@A")', "A"),
        ('say("@a ")', "@a "),
        ('say("@")', "@"),
        ('say("me@a.b")', "me@a.b"),
        ("say(@b)", ""),
        ('say("@b")', ""),
        ("say(@n)", "9"),
        ("say(@tls.peer.verified)", "1"),
        ("say(word)", "word"),
        ("say(10.0.0.1)", "10.0.0.1"),
        ("say(method)", "OPTIONS"),
        ("say((str)@n + 1)", "91"),
        ("count(5)", 5),
        ('count("5")', 5),
        ("count(-5)", -5),
        ("count(2 + 3 * 4)", 14),
        ("count(@n)", 9),
        ('count("@n")', 9),
        ("count(@a)", 0),
        ("count(@b)", 0),
        ("count(@n + 1)", 10),
        ("count(yes)", 1),
    ],
)
def test_argument_arrives_as_declared(bench, call: str, argument: str | int) -> None:
    ctx = bench.Ctx(selects={"a": "A", "n": 9, "tls.peer.verified": True})
    bench.run("route { " + call + "; }", ctx)
    assert ctx.calls[0][1] == argument
    assert type(ctx.calls[0][1]) is type(argument)


def test_optional_argument_is_left_out(bench) -> None:
    assert bench.run('route { option(); option("x"); }')[1] == [("option",), ("option", "x")]


def test_call_without_parentheses_is_taken_where_declared(bench) -> None:
    assert bench.run("route { touch; touch(); }")[1] == [("touch",), ("touch",)]


def test_only_routes_that_wait_become_coroutines(bench) -> None:
    text = """
      route { route(PLAIN); route(OUTER); if (yes() && wait()) say("waited"); }
      route[PLAIN] { yes(); }  route[OUTER] { route(INNER); }  route[INNER] { wait(); exit; }
    """
    program = bench.compile(text)
    functions = {key.name: asyncio.iscoroutinefunction(f) for key, f in program.routes.items()}
    assert functions == {"PLAIN": False, "OUTER": True, "INNER": True}
    assert program.waits
    assert bench.run(text) == (1, [("yes",), ("wait",)])
    assert bench.run("route { if (yes() && wait()) count(1); }") == (7, [("yes",), ("wait",), ("count", 1)])


def test_program_that_waits_ends_by_exit_with_its_value(bench) -> None:
    assert bench.run("route { wait(); if (wait()) { route(A); } } route[A] { exit 4; }")[0] == 4


def test_recursion_ends_with_an_error_past_its_bound(bench) -> None:
    program = bench.compile("route { route(A); } route[A] { if (yes()) { route(A); } }")
    ctx = bench.Ctx()
    with pytest.raises(ConfigError, match="more than 256 route calls"):
        program.run(ctx)
    assert len(ctx.calls) == MAX_ROUTE_DEPTH + 1


def test_recursion_up_to_its_bound_is_fine(bench) -> None:
    program = bench.compile(
        'route { route(A); } route[A] { count(1); if (strlen("x") < @n) { route(B); } } route[B] { route(A); }'
    )
    ctx = bench.Ctx()
    left = iter(range(MAX_ROUTE_DEPTH // 2, -1, -1))

    class Selects(dict):
        def get(self, key, default=None):
            return 2 if next(left) else 0

    ctx.selects = Selects()
    program.run(ctx)
    assert len(ctx.calls) == MAX_ROUTE_DEPTH // 2 + 1


def test_exception_of_a_function_shows_the_scripts_lines(bench, tmp_path: Path) -> None:
    text = "route {\n  yes();\n  route(A);\n}\n\nroute[A] {\n  if (no() ||\n      fail()) {\n    exit;\n  }\n}\n"
    path = tmp_path / "ser.cfg"
    path.write_text(text)
    program = bench.compile(text, name=str(path))
    with pytest.raises(LookupError, match="database") as caught:
        program.run(bench.Ctx())
    frames = [f for f in traceback.extract_tb(caught.value.__traceback__) if f.filename == str(path)]
    assert [(f.lineno, f.name, f.line) for f in frames] == [(3, "route", "route(A);"), (8, "route_A", "fail()) {")]


def test_names_of_the_script_cannot_shadow_those_of_generated_code(bench) -> None:
    text = "route { route(end); route(ctx); route(if); route('a-b'); route('a_b'); say('x'); }"
    names = ["end", "ctx", "if", "'a-b'", "'a_b'"]
    text += "".join(f"route[{name}] {{ say('{name.strip(chr(39))}'); }}" for name in names)
    said = [call[1] for call in bench.run(text)[1]]
    assert said == ["end", "ctx", "if", "a-b", "a_b", "x"]


def test_generated_python_is_readable(bench) -> None:
    source = bench.python('route { if (proto == TLS && !@tls.peer.verified) { sl_reply("403", "No"); exit; } touch; }')
    assert source == (
        "def route(ctx):\n"
        "    if ctx.protocol == 'TLS' and get_tls_peer_verified(ctx) is not True:\n"
        "        sl_reply(ctx, 403, 'No') or end(ctx)\n"
        "        ctx.ended = True\n"
        "        return 1\n"
        "    return touch(ctx) or end(ctx)\n"
    )
    ast.parse(source)


def test_longest_chain_and_deepest_nesting_compile(bench) -> None:
    chain = 'if (@n == 0) say("0"); ' + "".join(f'else if (@n == {n}) say("{n}"); ' for n in range(1, MAX_ARMS + 1))
    ctx = bench.Ctx(selects={"n": MAX_ARMS})
    assert bench.run("route { " + chain + "}", ctx)[1] == [("say", str(MAX_ARMS))]
    deep = "if (yes()) { " * 55 + chain + "}" * 55
    bench.compile("route { " + deep + "}")


def test_script_with_an_error_is_not_compiled(bench) -> None:
    script, _ = parse(Source.from_text("ser.cfg", "route { nothing(); }"))
    with pytest.raises(ConfigError, match=r"ser.cfg:1:9: error: unknown function 'nothing'"):
        compile_script(script, bench.catalogue)
    script, _ = parse(Source.from_text("ser.cfg", "debug=1"))
    with pytest.raises(ConfigError, match="no main route"):
        compile_script(script, bench.catalogue)


def test_traceback_names_the_file_that_a_route_is_written_in(bench) -> None:
    files = {"parts/b.cfg": b"\nroute[B] {\n  fail();\n}\n"}
    script, diagnostics = parse(
        Source.from_text("ser.cfg", 'route { route("" + "B"); }\ninclude_file "parts/b.cfg"\n'), Surroundings(files.get)
    )
    check(script, bench.catalogue, diagnostics)
    assert not diagnostics.errors
    with pytest.raises(LookupError) as raised:
        compile_script(script, bench.catalogue).run(bench.Ctx())
    frames = traceback.extract_tb(raised.value.__traceback__)
    places = [(each.filename, each.lineno) for each in frames if each.filename.endswith(".cfg")]
    assert places == [("ser.cfg", 1), ("parts/b.cfg", 3)]


def test_traceback_of_a_file_included_in_a_route_names_the_line_that_includes_it(bench) -> None:
    text = 'route {\n  yes();\n  include_file "part.cfg"\n}\n'
    script, diagnostics = parse(Source.from_text("ser.cfg", text), Surroundings({"part.cfg": b"\n\n\n\nfail();"}.get))
    check(script, bench.catalogue, diagnostics)
    assert not diagnostics.errors
    with pytest.raises(LookupError) as raised:
        compile_script(script, bench.catalogue).run(bench.Ctx())
    frames = traceback.extract_tb(raised.value.__traceback__)
    assert [(each.filename, each.lineno) for each in frames if each.filename.endswith(".cfg")] == [("ser.cfg", 3)]


@pytest.mark.parametrize("route", ["RESUME", '"RESUME"', "RESUME, 5"])
def test_async_is_the_call_and_then_the_route(bench, route: str) -> None:
    text = f'route {{ async(no(), {route}); say("after"); }} route[RESUME] {{ say($rc); }}'
    assert [call[1] for call in bench.run(text)[1] if call[0] == "say"] == ["-1"]
    assert "foreign-statement" in " ".join(bench.findings(text))
    assert bench.findings("route { async(yes(), NONE); }")[0].startswith(("unknown-route", "foreign-statement"))
