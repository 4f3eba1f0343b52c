"""Module eval: a stack machine, through scripts of SER."""

from __future__ import annotations

import pytest

from sertwist.limits import MAX_EVAL_STACK, MAX_WHILE_LOOPS
from sertwist.modules.eval.machine import Machine
from sertwist.modules.eval.operators import OPERATORS
from sertwist.script.dialect import Dialect
from tests.script_run import ScriptRun, make_request

HEAD = """#!SER
loadmodule "sl"
loadmodule "eval"
loadmodule "textops"
modparam("eval", "declare_register", "sum")
modparam("eval", "declare_register", "n")
limits.least = 90
"""


def run(body: str, more: str = "") -> ScriptRun:
    return ScriptRun(HEAD + "route {\n" + body + "\n}\n" + more, dialect=Dialect.SER2)


def said(body: str, more: str = "") -> str:
    """What is on the top of the stack after `body`."""
    return run(body + ' sl_reply("200", "@eval.get[0]");', more).send().reason


@pytest.mark.parametrize(
    ("body", "top"),
    [
        ('eval_push("5"); eval_push("3"); eval_oper("-");', "2"),
        ('eval_push("i:5"); eval_push("i:3"); eval_oper("*");', "15"),
        ('eval_push("2"); eval_push("3"); eval_push("4"); eval_oper("*,+");', "14"),
        ('eval_push("a"); eval_push("s:b"); eval_oper(".");', "ab"),
        ('eval_push("@src.ip");', "192.0.2.9"),
        ('$f.x = "v"; eval_push("$f.x");', "v"),
        ('eval_push("%@method-%@src.ip");', "OPTIONS-192.0.2.9"),
        ('eval_push("top"); eval_add("bottom");', "top"),
        ('eval_push("a"); eval_push("c"); eval_insert("b", 1); eval_remove(0);', "b"),
        ('eval_push("a"); eval_insert("b", 0);', "b"),
        ('eval_push("a"); eval_push("b"); eval_xchg();', "a"),
        ('eval_push("a"); eval_push("b"); eval_push("c"); eval_xchg(2);', "a"),
        ('eval_push("a"); eval_put(0, "z");', "z"),
        ('eval_push("a"); eval_push("b"); eval_push("c"); eval_remove(0, 2);', "a"),
        ('eval_push("a"); eval_get("$f.y", 0); eval_push("b"); eval_push("$f.y");', "a"),
        ('eval_push("a"); eval_push("b"); eval_pop("$f.y");', "a"),
        ('eval_push("a"); eval_push("b"); eval_pop("$f.y", -1); eval_push("$f.y");', "a"),
        ('eval_push("7"); eval_pop("r:sum"); eval_push("r:sum");', "7"),
        ('eval_push("7"); eval_pop("r:sum"); eval_push("@eval.reg[\\"sum\\"]");', "7"),
        ('eval_add_value("a,b;c", ",;");', "a"),
        ('eval_insert_value("a,b;c", ",;");', "c"),
        ('eval_push("1"); eval_clear("s"); eval_push("2"); eval_remove(1);', "2"),
        ('eval_push("x"); eval_push("y"); eval_oper("(upper)", 1); eval_remove();', "X"),
        ('eval_push("8"); eval_push("9"); eval_oper("<", -2);', "1"),
    ],
)
def test_values_go_on_the_stack_and_are_worked_on(body: str, top: str) -> None:
    assert said(body) == top


@pytest.mark.parametrize(
    ("operator", "values", "result"),
    [
        ("+", ["2", 3], 5),
        ("-", ["", 3], -3),
        ("/", [-7, 2], -3),
        ("/", [1, 0], None),
        ("%", [-7, 2], -1),
        ("%", [1, 0], None),
        ("*", [2**40, 2**40], None),
        ("&", [6, 3], 2),
        ("|", [6, 3], 7),
        ("^", [6, 3], 5),
        ("<<", [1, 4], 16),
        ("<<", [1, 64], None),
        (">>", [16, 2], 4),
        ("&&", ["x", 1], 1),
        ("&&", ["", 1], 0),
        ("||", ["0", ""], 0),
        ("==", ["05", 5], 1),
        ("==", ["a", "A"], 0),
        ("!=", ["a", "b"], 1),
        ("<", ["10", "9"], 0),
        ("<", ["a10", "a9"], 1),
        ("<=", [3, 3], 1),
        (">", [4, 3], 1),
        (">=", [2, 3], 0),
        (".", ["a", 1], "a1"),
        (".", ["x" * 40_000, "x" * 40_000], None),
        ("~", ["0"], -1),
        ("!", ["a"], 0),
        ("neg", ["4"], -4),
        ("(int)", ["0x1f"], 31),
        ("(str)", [5], "5"),
        ("(strlen)", ["abc"], 3),
        ("(strempty)", [""], 1),
        ("(hex)", [255], "ff"),
        ("(lower)", ["AbC"], "abc"),
        ("(md5)", ["a"], "0cc175b9c0f1b6a831c399e269772661"),
    ],
)
def test_operator_makes_one_value_of_its_values(operator: str, values: list[str | int], result: object) -> None:
    count, function = OPERATORS[operator]
    assert count == len(values)
    assert function(*values) == result


def test_operator_without_its_values_changes_nothing() -> None:
    body = 'eval_push("1"); if (!eval_oper("+")) { sl_reply("404", "@eval.get[0]"); exit; } sl_reply("200", "no");'
    assert run(body).send().reason == "1"


def test_select_takes_from_the_stack() -> None:
    body = (
        'eval_push("a"); eval_push("b"); eval_push("c"); $f.x = @eval.pop[1]; $f.y = @eval.pop; $f.z = @eval.pop[-1];'
    )
    body += ' eval_push("$f.x"); eval_push("$f.y"); eval_push("$f.z"); eval_oper(".,."); '
    assert said(body) == "bca"
    assert said('eval_push("a"); $f.x = @eval.get; $f.y = @eval.pop; eval_push("$f.x");') == "a"


def test_script_computes_with_a_header_and_a_setting() -> None:
    body = """
    eval_push("@hf_value.session_expires");
    eval_push("@cfg_get.limits.least");
    eval_oper(">=");
    if (@eval.pop[0] == "0") { sl_reply("422", "Session Interval Too Small"); exit; }
    sl_reply("200", "OK");
    """
    for seconds, status in ((60, 422), (90, 200), (1800, 200)):
        message = make_request("INVITE", "sip:bob@example.com", f"Session-Expires: {seconds}")
        assert run(body).send(message).status == status


def test_block_runs_as_long_as_a_value_is_not_zero() -> None:
    more = 'route[STEP] { eval_push("i:-1"); eval_oper("+"); eval_push("r:n"); eval_push("i:1"); eval_oper("+"); '
    more += 'eval_pop("r:n"); }'
    assert said('eval_push("i:5"); eval_while("STEP"); eval_push("r:n");', more) == "5"
    endless = 'route[STEP] { eval_push("r:n"); eval_push("i:1"); eval_oper("+"); eval_pop("r:n"); }'
    body = 'eval_push("i:5"); if (eval_while("STEP")) { sl_reply("404", "no"); } eval_push("r:n");'
    assert said(body, endless) == str(MAX_WHILE_LOOPS)


def test_block_runs_as_long_as_there_are_values() -> None:
    more = 'route[TAKE] { eval_push("r:sum"); eval_oper("+"); eval_pop("r:sum"); }'
    assert said('eval_add_value("1,2,3", ","); eval_while_stack("TAKE"); eval_push("r:sum");', more) == "6"
    keeps = 'route[TAKE] { eval_push("x"); }'
    assert said('eval_push("a"); if (eval_while_stack("TAKE")) { eval_push("never"); }', keeps) == "x"


def test_block_that_only_a_value_names_need_not_exist() -> None:
    body = 'eval_push("i:1"); $f.r = "NONE"; if (eval_while("$f.r") || eval_while_stack("$f.r")) { exit; }'
    assert said(body) == "1"


def test_stack_is_bounded_and_ends_with_its_message() -> None:
    machine = Machine()
    assert all(machine.insert("x", 0) for _ in range(MAX_EVAL_STACK))
    assert not machine.insert("x", 0)
    script = run('eval_push("1"); eval_dump(); exit;')
    assert script.send().log == script.send().log == ["eval: ['1'] {}"]


def test_register_is_not_what_a_peer_says() -> None:
    body = 'eval_push("secret"); eval_pop("r:sum"); eval_push("@hf_value.subject"); sl_reply("200", "@eval.get[0]");'
    assert run(body).send(make_request("OPTIONS", "sip:bob@example.com", "Subject: r:sum")).reason == "r:sum"


def test_uuid_is_a_new_one() -> None:
    script = run('sl_reply("200", "@eval.uuid");')
    first, second = script.send().reason, script.send().reason
    assert first != second
    assert len(first) == 36


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('eval_oper("plus");', "'plus' is no operator"),
        ('eval_push("r:summ");', "did you mean 'sum'"),
        ('eval_pop("text");', "neither a variable nor"),
        ('eval_while("NONE");', "undefined route 'NONE'"),
        ('eval_clear("x");', "must be one of"),
    ],
)
def test_mistake_is_found_when_the_script_is_loaded(body: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        run(body)
