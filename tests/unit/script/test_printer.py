"""What is printed of a tree is read to the same tree."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertwist.script import Source, parse
from sertwist.script.nodes import (
    Address,
    Assign,
    Binary,
    Block,
    Break,
    Call,
    Case,
    End,
    Expression,
    FlagName,
    FlagNames,
    Global,
    GroupSetting,
    If,
    Item,
    Listen,
    LoadModule,
    ModParam,
    Network,
    Number,
    Return,
    Route,
    RouteCall,
    Script,
    SelectName,
    Text,
    Unary,
    While,
    Word,
)
from sertwist.script.nodes import Switch as SwitchNode
from sertwist.script.parse_expression import BINARY, UNARY
from sertwist.script.printer import print_script
from sertwist.script.route_kind import RouteKind
from sertwist.script.source import Span


def plain(node: object, *, grouped: bool = True) -> object:
    """A tree without places; without `grouped` also without what was only written in parentheses."""
    if isinstance(node, tuple) and not isinstance(node, Span):
        return tuple(plain(each, grouped=grouped) for each in node)
    if not is_dataclass(node):
        return node
    left_out = {"source", "definitions", "markers"} | (set() if grouped else {"grouped"})
    values = [
        plain(value, grouped=grouped)
        for each in fields(node)
        if each.name not in left_out and not isinstance(value := getattr(node, each.name), Span)
    ]
    return (type(node).__name__, *values)


def read(text: str) -> Script:
    script, found = parse(Source.from_text("f", text))
    assert not found.errors, [each.message for each in found]
    return script


SCRIPTS = [
    'listen=udp:1.2.3.4:1 advertise [::1]:5 name "s" virtual listen=tls:[::1]:0\nlisten="a b" listen="b:a" listen=a-b',
    'socket={bind=udp:a:5060-5062;}\nalias=tcp:a.b:5060 "x:y" ::1 [::1]:5 "[::1]"\ndebug=-3 a="b\\"\\\\.\\n\\x01"',
    'advertised_address=a-b.c\nserver_header="\\xff\xe4"\nmpath "/x/"\nuser=ser',
    'flags a:1, b, "c d"\navpflags x;bool "1"\ng.a=1\ng[3].b="x" desc "y"\ng.c=-1',
    'loadmodule "a.so"\nloadmodule("b","g")\nmodparam("a|b","c",-1)\nmodparamx("a","b","$$x")\nmodparam("a","b","c")',
    'loadmodulex "a$$"\nloadmodulex("$$a","g")',
    'route{} route[0]{f();} route[X]{exit;} route["a b"]{exit;} route["01"]{exit;} request_route{exit;}',
    "failure_route[1]{exit;} onreply_route{exit;} onreply_route[1]{drop;} reply_route{exit;} reply_route[1]{exit;}",
    "branch_route[a]{exit;} onsend_route{exit;} onsend_route[a]{exit;} event_route[tm:branch-failure:x]{exit;}",
    "local_route{exit;} startup_route{exit;} error_route{exit;} timer_route[gw, 30]{exit;}",
    "route{ {} f; f(); {g(1);} if(a)f(); if a==b {} else if(!f()) g(); else if !c==d h(); else {} while(1) {break;} }",
    'route{ switch($rc){case 1: case -2: f(); break; default: {g();} } switch $x {case "a": f(); case /"^b": g();} }',
    "route{ return; return 1; return (1); return -1; return (a+1)*2; exit; exit 0; drop; drop -1; break; }",
    'route{ $x=1; $f.x="a"; %f.y=2; $(avp(x)[*])=$null; $var(x)=$var(x)+1; $x+=1; $x=f(); $x=(a==b); }',
    'route{ route(1); route(X); route("a b"); route($var(x)); route("A"+$rU); route(("A")+$rU); route("01"); }',
    "route{ if(a||b&&c||d) f(); if((a||b)&&(c||d)&&e) f(); if(a&&(b&&c)) f(); if((a&&b)&&c) f(); if(a or not b) f(); }",
    "route{ if(1<<2==4) f(); if((1<<2)==4) f(); if(a&4==4|b^c) f(); if(1-(2-3)-4) f(); if(8 mod 3%2*(4/5)) f(); }",
    "route{ if(!a==b) f(); if((!a)==b) f(); if(!(a==b)) f(); if(!@a==b) f(); if(!!f()) g; if(! ~1) f(); if(-(-1)) g; }",
    'route{ if(defined @a && strlen($x)>3 || strempty(($x)) && strlen(a+b)==(int)$x) f((str)$x + "a", !a, b==c); }',
    "route{ if(src_ip==10.0.0.0/8 || dst_ip==[::1]/64||src_ip==10.0.0.0/255.0.0.0||src_ip==::1||src_ip==a-b.c) f(); }",
    'route{ f(@a.b[1].c["x-y"], @hf_value.x[*], @a[-1].b, $(hdr(Via)[1]{s.substr,0,3}), uri:host, a.b, 10.0.0.1, 5); }',
    "route{ if($x=5) f(); }",
]


@pytest.mark.parametrize("text", SCRIPTS)
def test_printed_script_is_read_to_the_same_tree(text: str) -> None:
    script, _ = parse(Source.from_text("f", text))
    printed = print_script(script)
    again, _ = parse(Source.from_text("f", printed))
    assert plain(again) == plain(script)
    assert print_script(again) == printed


def test_layout_of_what_is_printed() -> None:
    text = 'debug=1 route[X]{if(a==1){f("x");}else if b g();else{while(c){h;}} switch($rc){case 1:f();default:exit 2;}}'
    assert print_script(read(text)) == (
        "debug = 1\n\nroute[X] {\n    if (a == 1) {\n        f(\"x\");\n    } else if (b) {\n        g();\n"
        "    } else {\n        while (c) {\n            h;\n        }\n    }\n    switch ($rc) {\n"
        "        case 1:\n            f();\n        default:\n            exit 2;\n    }\n}\n"
    )  # fmt: skip


def test_tree_with_errors_is_refused() -> None:
    script, _ = parse(Source.from_text("f", "route { if (a == ) f(); }"))
    with pytest.raises(ValueError, match="errors"):
        print_script(script)


# -- any tree ---------------------------------------------------------------------------------------------------------

NO = Span(0, 0)
NAMES = st.sampled_from(["a", "f", "uri", "method", "src_ip", "msg:len", "define", "x1"])
STRINGS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    st.sampled_from(["\udcff", "\\", '"', "\n", "'", "$x", "\\x41", "\x7f"]),
)
NUMBERS = st.integers(0, 2**63 - 1)
VARIABLES = st.sampled_from(["$x", "$f.x", "$avp(x)", "$(avp(x)[1]{s.len})", "$?", "$x[]"]).map(
    lambda text: read(f"route {{ f({text}); }}").routes[0].body.statements[0].arguments[0]  # type: ignore[union-attr]
)
SELECTS = st.builds(
    SelectName,
    st.just(("a", "B_c")),
    st.just(NO),
    st.sampled_from([(), ((1, 1),), ((2, -3),), ((2, "*"),), ((1, 0), (2, "x-y"))]),
)
LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Number, NUMBERS, st.just(NO)),
    st.builds(Text, STRINGS, st.just(NO)),
    st.builds(Word, NAMES, st.just(NO)),
    st.builds(Address, st.sampled_from(["10.0.0.1", "::1", "2001:db8::1"]), st.just(NO)),
    st.builds(Network, st.sampled_from(["10.0.0.0/8", "::/0", "10.0.0.0/255.0.0.0"]), st.just(NO)),
    VARIABLES,
    SELECTS,
)
LOGICAL = ("&&", "||")
OPERATORS = sorted({meaning for _, meaning in BINARY.values()})


def _binary(operator: str, operands: list[Expression]) -> Binary:
    return Binary(operator, tuple(operands if operator in LOGICAL else operands[:2]), NO)


def _compounds(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(_binary, st.sampled_from(OPERATORS), st.lists(inner, min_size=2, max_size=4)),
        st.builds(Unary, st.sampled_from([*sorted(set(UNARY.values())), "strlen", "strempty"]), inner, st.just(NO)),
        st.builds(lambda name, given: Call(name, tuple(given), NO, NO), NAMES, st.lists(inner, max_size=3)),
        st.builds(lambda name: RouteCall(name, NO, NO), st.sampled_from(["A", "1", "a b", "01"])),
        st.builds(lambda left, right: RouteCall("", NO, NO, Binary("+", (left, right), NO)), inner, inner),
    )


EXPRESSIONS = st.recursive(LEAVES, _compounds, max_leaves=8)


def _block(statements: st.SearchStrategy[object]) -> st.SearchStrategy[Block]:
    return st.builds(lambda found: Block(tuple(found), NO), st.lists(statements, max_size=3))  # type: ignore[arg-type]


LABELS = st.one_of(
    st.lists(st.integers(-9, 9), max_size=3, unique=True).map(
        lambda values: [Number(v, NO) if v >= 0 else Unary("-", Number(-v, NO), NO) for v in values]
    ),
    st.lists(STRINGS, max_size=3).map(lambda values: [Text(v, NO) for v in values]),
)


def _switch(subject: Expression, labels: list[Expression], bodies: list[Block], pattern: bool) -> SwitchNode:
    cases = [
        Case(label, pattern and isinstance(label, Text), body, NO)
        for label, body in zip([*labels, None], bodies, strict=False)
    ]
    return SwitchNode(subject, tuple(cases), NO)


def _statements(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    blocks = _block(inner)
    return st.one_of(
        blocks,
        st.builds(
            lambda arms, other: If(tuple(arms), other, NO),
            st.lists(st.tuples(EXPRESSIONS, blocks), min_size=1, max_size=3),
            st.none() | blocks,
        ),
        st.builds(While, EXPRESSIONS, blocks, st.just(NO)),
        st.builds(_switch, EXPRESSIONS, LABELS, st.lists(blocks, max_size=4), st.booleans()),
    )


SIMPLE: st.SearchStrategy[object] = st.one_of(
    st.builds(Assign, VARIABLES, EXPRESSIONS, st.just(NO)),
    st.builds(lambda name, given: Call(name, tuple(given), NO, NO), NAMES, st.lists(EXPRESSIONS, max_size=2)),
    st.builds(lambda name: Call(name, (), NO, NO, bare=True), NAMES),
    st.builds(
        lambda name, given: RouteCall(name, NO, NO, None, tuple(given)),
        st.sampled_from(["A", "7", "a-b"]),
        st.lists(EXPRESSIONS, max_size=2),
    ),
    st.builds(Return, st.none() | EXPRESSIONS, st.just(NO)),
    st.builds(End, st.sampled_from(["exit", "drop"]), st.none() | EXPRESSIONS, st.just(NO)),
    st.just(Break(NO)),
)
BLOCKS = _block(st.recursive(SIMPLE, _statements, max_leaves=4))
ROUTES = st.one_of(
    st.builds(
        lambda name, body: Route(name, body, NO, NO),
        st.none() | st.sampled_from(["0", "A", "a b"]),
        BLOCKS,
    ),
    st.builds(
        lambda name, body: Route(name, body, NO, NO, RouteKind.EVENT, word="event_route"),
        st.sampled_from(["a:b", "xhttp:request", "a:b-c:d_e"]),
        BLOCKS,
    ),
)


def _doubled(value: int | str) -> int | str:
    """As it is written where variables are replaced."""
    return value.replace("$", "$$") if isinstance(value, str) else value


VALUES = st.integers(-(2**63) + 1, 2**63 - 1) | STRINGS
ITEMS: st.SearchStrategy[Item] = st.one_of(
    ROUTES,
    st.builds(Global, NAMES.filter(str.isidentifier), VALUES, st.just(NO), st.just(NO), st.just(NO)),
    st.builds(lambda n: Global(n, "yes", NO, NO, NO, is_word=True), st.sampled_from(["fork", "debug"])),
    st.builds(LoadModule, STRINGS, st.just(NO), st.just(NO), STRINGS),
    st.builds(lambda *names, value: ModParam(*names, value, NO, NO, NO, NO), STRINGS, STRINGS, value=VALUES),
    st.builds(
        lambda *names, value: ModParam(*names, value, NO, NO, NO, NO, expands=True, written=_doubled(value)),
        STRINGS, STRINGS, value=VALUES,
    ),
    st.builds(
        GroupSetting, st.just("g"), st.none() | st.integers(0, 9), st.just("a"), VALUES, STRINGS, st.just(NO),
        st.just(NO), st.just(NO),
    ),
    st.builds(
        lambda names, kind: FlagNames(tuple(FlagName(n, None if kind else v, NO) for n, v in names), kind, NO),
        st.lists(st.tuples(STRINGS, st.none() | st.integers(0, 31)), min_size=1, max_size=3),
        st.booleans(),
    ),
    st.builds(
        Listen, st.none() | st.sampled_from(["udp", "tls"]), st.sampled_from(["10.0.0.1", "::1", "a-b.c", "a b"]),
        st.none() | st.integers(0, 65_535), st.just(NO), st.none() | st.just(("tcp", "b", 1)), STRINGS, st.booleans(),
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ITEMS, max_size=4))
def test_any_tree_is_printed_so_that_it_is_read_to_itself(items: list[Item]) -> None:
    script = Script(Source.from_text("f", ""), tuple(items))
    printed = print_script(script)
    assert plain(read(printed), grouped=False) == plain(script, grouped=False)
