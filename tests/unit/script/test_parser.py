import sys

import pytest

from sertwist.limits import MAX_ARMS, MAX_NESTING
from sertwist.script.diagnostic import Diagnostics
from sertwist.script.nodes import Binary, Call, If, Number, Script, SelectName, Text, Unary, Word
from sertwist.script.parser import parse
from sertwist.script.source import Source


def read(text: str) -> tuple[Script, list[str]]:
    source = Source.from_text("f", text)
    script, diagnostics = parse(source)
    return script, places(source, diagnostics)


def places(source: Source, diagnostics: Diagnostics) -> list[str]:
    return [f"{d.code} {':'.join(map(str, source.position(d.span.start)))}" for d in diagnostics]


def good(text: str) -> Script:
    script, reported = read(text)
    assert reported == []
    return script


def shape(text: str) -> object:
    """An expression's operators and operands as nested tuples."""
    statement = good("route { if (" + text + ") f(); }").routes[0].body.statements[0]
    assert isinstance(statement, If)
    return fold(statement.arms[0][0])


def fold(node: object) -> object:
    match node:
        case Binary(operator=operator, operands=operands):
            return (operator, *map(fold, operands))
        case Unary(operator=operator, operand=operand):
            return (operator, fold(operand))
        case SelectName(path=path):
            return "@" + ".".join(path)
        case Call(name=name, arguments=arguments):
            return (name + "()", *map(fold, arguments))
        case Number(value=value) | Text(value=value) | Word(value=value):
            return value
    return type(node).__name__


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a || b && c", ("||", "a", ("&&", "b", "c"))),
        ("a or b and not c", ("||", "a", ("&&", "b", ("!", "c")))),
        ("a || b || c", ("||", "a", "b", "c")),
        ("(a || b) || c", ("||", ("||", "a", "b"), "c")),
        ("a || (b || c)", ("||", "a", ("||", "b", "c"))),
        ("1 << 2 == 4", ("<<", 1, ("==", 2, 4))),
        ("a & 4 == 4", ("&", "a", ("==", 4, 4))),
        ("a | b & c ^ d", ("|", "a", ("&", "b", ("^", "c", "d")))),
        ("1 + 2 * 3 - 4", ("-", ("+", 1, ("*", 2, 3)), 4)),
        ("8 mod 3 % 2", ("mod", ("mod", 8, 3), 2)),
        ("a == b < c", ("==", "a", ("<", "b", "c"))),
        ("a == b == c", ("==", ("==", "a", "b"), "c")),
        ("!@a == 1", ("==", ("!", "@a"), 1)),
        ('!method == "X"', ("!", ("==", "method", "X"))),
        ("!method == 1 + 2", ("!", ("==", "method", ("+", 1, 2)))),
        ("!method == A && b", ("&&", ("!", ("==", "method", "A")), "b")),
        ("!!f()", ("!", ("!", ("f()",)))),
        ("- 1 + -2", ("+", ("-", 1), ("-", 2))),
        ("defined @a && b", ("&&", ("defined", "@a"), "b")),
        ("strlen(@a) > 3", (">", ("strlen", "@a"), 3)),
        ('(str)@a + "x"', ("+", ("(str)", "@a"), "x")),
        ('f(1, "a" + @B.c, d)', ("f()", 1, ("+", "a", "@B.c"), "d")),
        ("a ne b and c ieq d", ("&&", ("ne", "a", "b"), ("ieq", "c", "d"))),
        ("src_ip == 10.0.0.0/8", ("==", "src_ip", "Network")),
        ("src_ip == 10.0.0.0/255.0.0.0", ("==", "src_ip", "Network")),
        ("src_ip == ::1", ("==", "src_ip", "Address")),
        ("route(1)", "RouteCall"),
        ('route("A")', "RouteCall"),
    ],
)
def test_operators_bind_by_the_table(text: str, tree: object) -> None:
    assert shape(text) == tree


def test_condition_needs_no_parentheses() -> None:
    statement = good('route { if method=="INVITE" f(); else g(); }').routes[0].body.statements[0]
    assert isinstance(statement, If)
    assert len(statement.arms) == 1
    assert statement.otherwise is not None


def test_else_if_chain_is_flat_and_dangling_else_is_the_nearest() -> None:
    outer = good("route { if (a) { if (b) f(); else if (c) g(); else h(); } }").routes[0].body.statements[0]
    assert isinstance(outer, If)
    assert outer.otherwise is None
    inner = outer.arms[0][1].statements[0]
    assert isinstance(inner, If)
    assert len(inner.arms) == 2
    assert inner.otherwise is not None


def test_spans_are_exact() -> None:
    text = 'route[R] { if (!@a.b) f("x"); }'
    route = good(text).routes[0]
    statement = route.body.statements[0]
    assert isinstance(statement, If)
    condition, body = statement.arms[0]
    call = body.statements[0]
    assert isinstance(call, Call)
    spans = [route.name_span, statement.span, condition.span, body.span, call.name_span, call.span]
    assert [text[slice(*span)] for span in spans] == ["R", 'if (!@a.b) f("x");', "(!@a.b)", 'f("x");', "f", 'f("x")']


@pytest.mark.parametrize(
    ("text", "listens"),
    [
        ("listen=10.0.0.1", [(None, "10.0.0.1", None)]),
        ("listen = TLS:10.0.0.1:5061", [("tls", "10.0.0.1", 5061)]),
        ("listen=udp:[::1]:5060", [("udp", "::1", 5060)]),
        ("listen=::1", [(None, "::1", None)]),
        ("listen=tcp:my-host.example.com:5060", [("tcp", "my-host.example.com", 5060)]),
        ("listen=localhost:5070", [(None, "localhost", 5070)]),
        ("listen=udp:10.0.0.1:5060 tcp:10.0.0.1\n  tls:eth0:5061\nroute {f();}", [
            ("udp", "10.0.0.1", 5060), ("tcp", "10.0.0.1", None), ("tls", "eth0", 5061)]),
        ('listen="sip.example.com" port=5070', [(None, "sip.example.com", None)]),
        ("listen=eth0\ndebug=3", [(None, "eth0", None)]),
        ("listen=udp:3com:65535;listen=udp:a:0", [("udp", "3com", 65535), ("udp", "a", 0)]),
    ],
)  # fmt: skip
def test_listen_addresses(text: str, listens: list[tuple[str | None, str, int | None]]) -> None:
    assert [(e.protocol, e.host, e.port) for e in good(text).listens] == listens


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("listen=udp:a:65536", ["bad-port 1:14"]),
        ("listen=tsl:1.2.3.4:5060", ["unknown-protocol 1:8"]),
        ("listen=1.2.3.4 advertise\ndebug=1", ["syntax 2:6"]),
        ('socket = { name = "x"; }', ["syntax 1:1"]),
        ("socket = { bind = udp:a:5-4; }", ["bad-port 1:27"]),
        ("listen=", ["syntax 1:8"]),
        ("listen=a:b:c", ["unknown-protocol 1:8", "syntax 1:12"]),
    ],
)
def test_bad_listen_is_reported(text: str, reported: list[str]) -> None:
    assert read(text)[1] == reported


def test_globals_keep_their_values_and_kinds() -> None:
    script = good('debug=3\nfork=yes;\nx=-5\nuser="ser"\nport=5060 alias=a.b.c:5060 tcp:d "e"\nloadpath "/x"\n')
    assert [(g.name, g.value, g.is_word) for g in script.globals] == [
        ("debug", 3, False),
        ("fork", "yes", True),
        ("x", -5, False),
        ("user", "ser", False),
        ("port", 5060, False),
        ("alias", "a.b.c:5060", False),
        ("alias", "tcp:d", False),
        ("alias", "e", False),
        ("loadpath", "/x", False),
    ]


@pytest.mark.parametrize(
    ("path", "stem"),
    [("tm", "tm"), ("tm.so", "tm"), ("/usr/lib/ser/modules/tm.so", "tm"), ("./modules/tls/", "tls"), ("a/b/c.so", "c")],
)
def test_module_is_known_by_its_stem(path: str, stem: str) -> None:
    assert [m.stem for m in good(f'loadmodule "{path}"\nloadmodule("{path}", "o")').modules] == [stem, stem]


def test_modparam_holds_each_part_and_its_place() -> None:
    text = 'modparam("a|b", "p", -5)\nmodparam("a", "q", "x" \n "y")'
    script = good(text)
    assert [(m.module, m.parameter, m.value) for m in script.modparams] == [("a|b", "p", -5), ("a", "q", "xy")]
    first = script.modparams[0]
    spans = (first.module_span, first.parameter_span, first.value_span)
    assert [text[slice(*span)] for span in spans] == ['"a|b"', '"p"', "-5"]


def test_routes_are_named_by_words_numbers_and_strings() -> None:
    script = good('route{f();} route[1]{f();} route["a b"]{f();} route[X]{} request_route {}')
    assert [r.name for r in script.routes] == [None, "1", "a b", "X", None]
    assert script.main is script.routes[0]


def test_route_0_is_main_when_there_is_no_other() -> None:
    assert good("route[0] {}").main is not None
    assert good("route[1] {}").main is None
    both = good("route[0] {} route {}")
    assert both.main is both.routes[1]


def test_empty_statements_and_blocks_are_fine() -> None:
    assert good(";route { ; {} f(); {g();}; if (a) {;}; };").routes[0].body.statements


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("route { f() g(); }", ["missing-semicolon 1:12"]),
        ("route { f() }", ["missing-semicolon 1:12"]),
        ("route { f()\n g(1)\n h(); }", ["missing-semicolon 1:12", "missing-semicolon 2:6"]),
        ("route { if (a) { f(); }; else { g(1; } }", ["else-after-semicolon 1:24", "syntax 1:36"]),
        ("route { else f(); }", ["stray-else 1:9"]),
        ("route { f(; g(,); h(1 2); i(); }", ["syntax 1:11", "syntax 1:15", "syntax 1:23"]),
        ("route { if (a == ) f(); if b) { g(; } }", ["syntax 1:18", "syntax 1:29", "syntax 1:35"]),
        ("route { f();", ["unclosed-brace 1:7"]),
        ('route { if (f("x); }\n', ["unclosed-string 1:15"]),
        ("route { f(); /* }\n", ["unclosed-comment 1:14"]),
        ("route { if (a) { f();\n\nroute[X] { g(); }", ["unclosed-brace 1:16"]),
        ("route { f(); } }", ["unmatched-brace 1:16"]),
        ("debug=\nfork=yes\nx=(", ["syntax 2:1", "syntax 3:3"]),
        ("debug=)\nfork=yes\n", ["syntax 1:7"]),
        ("modparam(1, 2, 3)\nmodparam(\"a\", \"b\")\n", ["syntax 1:10", "syntax 2:18"]),
        ("loadmodule tm\nloadmodul \"tm\"\n", ["syntax 1:12", "syntax 2:1"]),
        ("route { if (a = 1) f(); }", ["assignment-in-condition 1:15"]),
        ('route { if (a !~ "x") f(); }', ["foreign-operator 1:15"]),
        ("route { f(1, , 2,); }", ["empty-argument 1:12", "empty-argument 1:17"]),
        ("route {} event_route[E_X, async] {} event_route[E_Y,] {}", ["syntax 1:53"]),
        ("route { case 1: f(); }", ["syntax 1:9"]),
        ("route { a = 1; f(); }", ["syntax 1:11"]),
        ("route { route(); }", ["syntax 1:15"]),
        ("1 2 3\nroute {}", ["syntax 1:1"]),
        ("request_route[X] {}", ["syntax 1:15"]),
        ("route[] {}", ["syntax 1:7"]),
    ],
)  # fmt: skip
def test_syntax_errors_are_all_reported_in_one_run(text: str, reported: list[str]) -> None:
    assert read(text)[1] == reported


def nest(count: int) -> str:
    return "route { if (" + "(" * count + "a" + ")" * count + ") f(); }"


def test_nesting_is_taken_up_to_the_bound() -> None:
    deepest = next(n for n in range(MAX_NESTING + 2) if read(nest(n))[1])
    assert MAX_NESTING - 5 <= deepest <= MAX_NESTING
    assert read(nest(deepest))[1][0].startswith("too-deep")


def test_operators_of_one_chain_are_taken_up_to_the_bound() -> None:
    text = "route { f(" + "+".join("1" * MAX_NESTING) + "); }"
    assert read(text)[1] == []
    (reported,) = read(text.replace("+1)", "+1+1)"))[1]
    assert reported.startswith("too-deep")


def test_logical_chain_is_not_bounded() -> None:
    assert read("route { if (" + " || ".join(["a"] * 5000) + ") f(); }")[1] == []


def arms(count: int) -> str:
    return "route { if (a) f(); " + "else if (a) f(); " * count + "else g(); }"


def test_else_if_chain_is_taken_up_to_the_bound() -> None:
    assert read(arms(MAX_ARMS))[1] == []
    assert read(arms(MAX_ARMS + 1))[1][0].startswith("too-deep")


@pytest.mark.parametrize(
    "piece", ["(", "{", "[", "!", "- ", "if (a) ", "if (a) {", "f(", "else if (a) ", "/*", "~", "route[x] {"]
)
def test_ten_thousand_levels_are_refused_politely(piece: str) -> None:
    for text in ("route { if (" + piece * 10_000, piece * 10_000):
        assert read(text)[1]


def test_large_script_is_read_in_linear_time() -> None:
    line = '  if (method == "INVITE" && @a.b != "x") { say("hello"); } else count(5); # comment\n'

    def calls(lines: int) -> int:
        """Function calls that reading takes: what time would tell, without the machine's share in it."""
        text, count = "route {\n" + line * lines + "}", 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in {"call", "c_call"}

        sys.setprofile(note)
        try:
            found = read(text)[1]
        finally:
            sys.setprofile(None)
        assert found == []
        return count

    assert calls(1200) < 8.5 * calls(150)
