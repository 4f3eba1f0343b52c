"""Programs made at random: nonsense gives findings only, and what compiles does what an obvious walker does."""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertwist.script import Source, check, compile_script, parse, render
from sertwist.script.nodes import (
    Binary,
    Block,
    Break,
    Call,
    End,
    If,
    Number,
    Return,
    RouteCall,
    SelectName,
    Text,
    Unary,
    Word,
)

FAST = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = r"""
route request_route failure_route if else while switch case default return exit drop break loadmodule
modparam listen alias flags debug yes() no() stop() say( count( wait() touch proto method src_ip src_port
uri myself @a @b @n @tls.peer @tls.peer.verified @ $x $(a) == != =~ < > <= >= && || ! & | ^ << >> + - * /
mod defined strlen( (int) (str) ( ) { } [ ] , ; : . = " ' "x" 'y' "(" 0 1 017 0x 99999999999999999999
10.0.0.1 10.0.0.0/8 ::1 [::1] /* */ # // #!define #!ifdef \ route[A] route(A) route{ TLS "@a" "$x" "^(a+)+"
UDP -
"""
PIECES = st.sampled_from([*WORDS.split(), "\n", "\0", "\x80"])
SOUP = st.one_of(
    st.lists(PIECES, max_size=60).map(" ".join),
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(PIECES, max_size=30).map(lambda each: "route { " + " ".join(each) + "; }"),
    st.text(max_size=80),
)


@FAST
@given(SOUP)
def test_nonsense_gives_findings_and_nothing_else(bench, text: str) -> None:
    source = Source.from_text("ser.cfg", text)
    script, diagnostics = parse(source)
    check(script, bench.catalogue, diagnostics)
    for found in diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text)
        hidden = "passw" in text.lower()  # a line that may hold one is not shown
        assert render(found, source).count("\n") in ((0, 2) if hidden else (2,))
    if not diagnostics.errors:
        compile_script(script, bench.catalogue)


@FAST
@given(st.binary(max_size=80))
def test_any_bytes_are_read(data: bytes) -> None:
    parse(Source.from_bytes("ser.cfg", data))


CONDITIONS = st.recursive(
    st.sampled_from(
        ['@a == "x"', '@a != "x"', "@a == @b", '@b =~ "x"', "@n < 3", "@n == 2", "@tls.peer.verified", "yes()", "no()",
         "stop()", "route(A)", "route(B)", 'method == "OPTIONS"', "defined @a"]),
    lambda inner: st.one_of(
        inner.map(lambda c: f"!({c})"),
        st.tuples(inner, inner).map(lambda c: f"({c[0]}) && ({c[1]})"),
        st.tuples(inner, inner).map(lambda c: f"({c[0]} || {c[1]})"),
    ),
    max_leaves=6,
)  # fmt: skip
SIMPLE = st.sampled_from(
    ["yes();", "no();", "stop();", "say(@a);", 'say("x" + @n);', "route(A);", "route(B);", "exit;", "exit 3;", "drop;",
     "return;", "return 0;", "return 5;", "return -1;", "break;", ";"])  # fmt: skip
STATEMENTS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda each: "{ " + " ".join(each) + " }"),
        st.tuples(CONDITIONS, inner).map(lambda each: f"if ({each[0]}) {{ {each[1]} }}"),
        st.tuples(CONDITIONS, inner, inner).map(lambda each: f"if ({each[0]}) {{ {each[1]} }} else {{ {each[2]} }}"),
        st.tuples(CONDITIONS, inner, CONDITIONS, inner).map(
            lambda each: f"if ({each[0]}) {{ {each[1]} }} else if ({each[2]}) {{ {each[3]} }}"
        ),
    ),
    max_leaves=8,
)
BODIES = st.lists(STATEMENTS, max_size=4).map(" ".join)
LEAF_BODIES = BODIES.map(lambda body: body.replace("route(A)", "no()").replace("route(B)", "yes()"))
SELECTS = st.fixed_dictionaries(
    {
        "a": st.sampled_from([None, "", "x"]),
        "b": st.sampled_from([None, "x"]),
        "n": st.sampled_from([None, 0, 2, 5]),
        "tls.peer.verified": st.sampled_from([None, True, False]),
    }
)


class EndedError(Exception):
    pass


class LeftError(Exception):
    pass


class Walker:
    """The language by its description, the slow way: for the few forms that the strategies above make."""

    def __init__(self, script: Any, ctx: Any) -> None:
        self.routes = {route.name: route.body for route in script.routes}
        self.ctx = ctx

    def run(self) -> int:
        try:
            return self.route(None)
        except EndedError as end:
            return end.args[0]

    def route(self, name: str | None) -> int:
        try:
            return self.block(self.routes[name])
        except LeftError as left:
            return left.args[0]

    def end(self, value: int) -> None:
        self.ctx.ended = True
        raise EndedError(value)

    def block(self, block: Block) -> int:
        value = 1
        for statement in block.statements:
            value = self.statement(statement)
        return value

    def statement(self, statement: Any) -> int:
        match statement:
            case Call() | RouteCall():
                return self.call(statement)
            case Block():
                return self.block(statement)
            case If(arms=arms, otherwise=otherwise):
                for condition, body in arms:
                    if self.true(condition):
                        return self.block(body)
                return self.block(otherwise) if otherwise else 1
            case End(word=word, value=value):
                self.ctx.dropped = self.ctx.dropped or word == "drop"
                self.end(int(word == "exit") if value is None else self.number(value))
            case Return(value=value):
                result = 1 if value is None else self.number(value)
                if result == 0:
                    self.end(0)
                raise LeftError(result)
            case Break():
                raise LeftError(0)
        raise AssertionError(statement)

    def number(self, value: Any) -> int:
        return -value.operand.value if isinstance(value, Unary) else value.value

    def call(self, call: Any) -> int:
        if isinstance(call, RouteCall):
            return self.route(call.name)
        arguments = ["" if (v := self.value(a)) is None else str(v) for a in call.arguments]
        self.ctx.calls.append((call.name, *arguments))
        result = {"no": -1, "stop": 0}.get(call.name, 1)
        if result == 0:
            self.end(0)
        return result

    def value(self, value: Any) -> Any:
        match value:
            case SelectName(path=path):
                return self.ctx.selects[".".join(path)]
            case Word():
                return self.ctx.method
            case Binary(operator="+", operands=(Text(value=text), right)):
                found = self.value(right)
                return text + ("" if found is None else str(found))
            case Text(value=constant) | Number(value=constant):
                return constant
        raise AssertionError(value)

    def true(self, condition: Any) -> bool:  # noqa: PLR0911 (one a form)
        match condition:
            case Unary(operator="!", operand=operand):
                return not self.true(operand)
            case Unary(operator="defined", operand=operand):
                return self.value(operand) is not None
            case Binary(operator="&&", operands=operands):
                return all(self.true(each) for each in operands)
            case Binary(operator="||", operands=operands):
                return any(self.true(each) for each in operands)
            case Binary(operator=operator, operands=(left, right)):
                return self.compare(operator, self.value(left), self.value(right))
            case Call() | RouteCall():
                return self.call(condition) > 0
            case SelectName():
                return self.value(condition) is True
        raise AssertionError(condition)

    def compare(self, operator: str, left: Any, right: Any) -> bool:
        if operator == "<":
            return (left or 0) < right
        if operator == "=~":
            return left is not None and right in left
        same = left is not None and right is not None and left == right
        return same if operator == "==" else not same


@settings(FAST, max_examples=50)
@given(main=BODIES, a=LEAF_BODIES, b=LEAF_BODIES, selects=SELECTS)
def test_compiled_program_agrees_with_the_walker(bench, main: str, a: str, b: str, selects: dict[str, Any]) -> None:
    text = f"route {{ {main} }} route[A] {{ {a} }} route[B] {{ {b} }}"
    script, diagnostics = parse(Source.from_text("ser.cfg", text))
    check(script, bench.catalogue, diagnostics)
    assert not diagnostics.errors
    compiled, walked = bench.Ctx(selects=selects), bench.Ctx(selects=selects)
    value = compile_script(script, bench.catalogue).run(compiled)
    assert value == Walker(script, walked).run()
    assert compiled.calls == walked.calls
    assert (compiled.ended, compiled.dropped) == (walked.ended, walked.dropped)


def test_large_script_is_checked_in_linear_time(bench) -> None:
    """Many small routes: nothing may grow with the square of them. Calls are counted, which no machine disturbs."""

    def calls(routes: int) -> int:
        blocks = "".join(
            f'route[R{n}] {{ if (@a == "{n}") {{ say("x{n}"); exit; }} nothing{n}; }}\n' for n in range(routes)
        )
        text, count = "route { " + "".join(f"route(R{n}); " for n in range(routes)) + "}\n" + blocks, 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in {"call", "c_call"}

        sys.setprofile(note)
        try:
            script, diagnostics = parse(Source.from_text("ser.cfg", text))
            check(script, bench.catalogue, diagnostics)
        finally:
            sys.setprofile(None)
        assert diagnostics.errors == routes
        return count

    assert calls(600) < 4.4 * calls(150)
