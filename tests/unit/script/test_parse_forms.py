"""Every form of the grammar beyond plain routes: statements, routes of all kinds, settings (reference language 2-5)."""

import pytest

from sertwist.script import Source, parse
from sertwist.script.nodes import (
    Assign,
    Call,
    Case,
    FlagNames,
    If,
    Number,
    RouteCall,
    Statement,
    Switch,
    Text,
    Transformation,
    Unary,
    VariableName,
    While,
    Word,
)
from sertwist.script.preprocess.directives import Surroundings
from sertwist.script.route_kind import RouteKind
from tests.unit.script.test_parser import fold, good, read


def first(text: str) -> Statement:
    return good("route { " + text + " }").routes[0].body.statements[0]


# -- routes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        ("route", None, RouteKind.REQUEST),
        ("request_route", None, RouteKind.REQUEST),
        ("route[0]", "0", RouteKind.REQUEST),
        ('route["a"]', "a", RouteKind.REQUEST),
        ("failure_route[1]", "1", RouteKind.FAILURE),
        ("branch_route[B]", "B", RouteKind.BRANCH),
        ("onsend_route", None, RouteKind.ONSEND),
        ("onsend_route[X]", "X", RouteKind.ONSEND),
        ("onreply_route", None, RouteKind.CORE_ONREPLY),
        ("onreply_route[0]", "0", RouteKind.CORE_ONREPLY),
        ("reply_route", None, RouteKind.CORE_ONREPLY),
        ("onreply_route[1]", "1", RouteKind.ONREPLY),
        ("event_route[xhttp:request]", "xhttp:request", RouteKind.EVENT),
        ("event_route[tm:branch-failure:x_y]", "tm:branch-failure:x_y", RouteKind.BRANCH_FAILURE),
        ("event_route[E_PIKE_BLOCKED]", "E_PIKE_BLOCKED", RouteKind.EVENT),
        ("event_route[core:msg-received]", "core:msg-received", RouteKind.EVENT),
    ],
)
def test_route_has_one_kind_and_the_name_that_is_written(head: str, name: str | None, kind: RouteKind) -> None:
    (route,) = good(head + " { f(); }").routes
    assert (route.name, route.kind, route.seconds) == (name, kind, 0)


@pytest.mark.parametrize(
    ("head", "name", "seconds"),
    [
        ("local_route", "tm:local-request", 0),
        ("startup_route", "core:worker-one-init", 0),
        ("error_route", "core:receive-parse-error", 0),
        ("timer_route[gw, 30]", "gw", 30),
    ],
)
def test_routes_of_other_families_are_events(head: str, name: str, seconds: int) -> None:
    script, reported = read(head + " { f(); }")
    (route,) = script.routes
    assert (route.name, route.kind, route.seconds) == (name, RouteKind.EVENT, seconds)
    assert reported == ["foreign-route 1:1"]


def test_old_reply_route_with_a_name_is_a_failure_route() -> None:
    script, reported = read("reply_route[1] { f(); }")
    assert script.routes[0].kind is RouteKind.FAILURE
    assert reported == ["old-reply-route 1:1"]


@pytest.mark.parametrize(
    "text", ["failure_route { f(); }", "branch_route { f(); }", "event_route { f(); }", "event_route[] { f(); }",
             "timer_route { f(); }", "timer_route[x] { f(); }"]
)  # fmt: skip
def test_route_that_needs_a_name_says_so(text: str) -> None:
    assert any(each.startswith("syntax 1:") for each in read(text)[1])


# -- statements -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("$x = 1;", "x", 1),
        ('$f.x = "a";', "f.x", "a"),
        ("$avp(s:x) = f();", "avp", ("f()",)),
        ("$(avp(x)[*]) = $null;", "avp", "VariableName"),
        ("$var(i) = $var(i) + 1;", "var", ("+", "VariableName", 1)),
        ('$ru = "sip:" + $rU + "@" + $rd;', "ru", ("+", ("+", ("+", "sip:", "VariableName"), "@"), "VariableName")),
        ("$x = a == b;", "x", ("==", "a", "b")),
    ],
)
def test_assignment(text: str, name: str, value: object) -> None:
    statement = first(text)
    assert isinstance(statement, Assign)
    assert (statement.target.name, statement.operator, fold(statement.value)) == (name, "=", value)


@pytest.mark.parametrize(
    ("operator", "meant"),
    [("+=", "+"), ("-=", "-"), ("*=", "*"), ("/=", "/"), ("%=", "mod"), ("|=", "|"), ("&=", "&"), ("^=", "^")],
)
def test_assignment_of_other_languages_is_read_with_a_hint(operator: str, meant: str) -> None:
    script, reported = read("route { $x " + operator + " 2; }")
    (statement,) = script.routes[0].body.statements
    assert isinstance(statement, Assign)
    assert fold(statement.value) == (meant, "VariableName", 2)
    assert reported == ["assignment-operator 1:12"]


def test_colon_assignment_is_read_as_a_plain_one() -> None:
    script, reported = read("route { $x := 2; }")
    (statement,) = script.routes[0].body.statements
    assert isinstance(statement, Assign)
    assert statement.value == Number(2, statement.value.span)
    assert reported == ["assignment-operator 1:12"]


def test_assignment_in_a_condition_is_an_error_and_still_in_the_tree() -> None:
    script, reported = read("route { if ($x = 5) f(); }")
    (statement,) = script.routes[0].body.statements
    assert isinstance(statement, If)
    assert isinstance(statement.arms[0][0], Assign)
    assert reported == ["assignment-in-condition 1:16"]


def test_while_takes_a_block_or_a_statement() -> None:
    for text in ("while ($var(i) < 5) { f(); }", "while $var(i) < 5 f();"):
        statement = first(text)
        assert isinstance(statement, While)
        assert fold(statement.condition) == ("<", "VariableName", 5)
        assert [fold(each) for each in statement.body.statements] == [("f()",)]


def cases(text: str) -> list[tuple[object, bool, int]]:
    statement = first(text)
    assert isinstance(statement, Switch)
    return [(_label(each), each.is_pattern, len(each.body.statements)) for each in statement.cases]


def _label(case: Case) -> object:
    return None if case.label is None else fold(case.label)


def test_switch_keeps_its_cases_in_order() -> None:
    text = "switch ($rc) { case 1: case -2: f(); break; default: { g(); }; case 3: ; }"
    assert cases(text) == [(1, False, 0), (("-", 2), False, 2), (None, False, 1), (3, False, 0)]
    text = 'switch $rU { case "a": f(); case /"^b": g(); default: }'
    assert cases(text) == [("a", False, 1), ("^b", True, 1), (None, False, 0)]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ('case 1: f(); case "a": f();', ["mixed-cases 1:36"]),
        ('case "a": f(); case /"b": f(); case 3: f();', ["mixed-cases 1:54"]),
        ("case 1: f(); case 1: g();", ["duplicate-case 1:36"]),
        ("case -1: f(); case -1: g(); case 1: f();", ["duplicate-case 1:37"]),
        ("default: f(); default: g();", ["duplicate-case 1:32"]),
        ("case INVITE: f();", ["case-not-constant 1:23"]),
        ("case $x: f();", ["case-not-constant 1:23"]),
        ("case 1 f(); case 2: g();", ["syntax 1:25"]),
        ("case /1: f(); case 2: g();", ["syntax 1:24"]),
        ("f(); case 1: g();", ["syntax 1:18"]),
        ("case 1: f()", ["missing-semicolon 1:29"]),
    ],
)
def test_bad_cases_are_reported_once(text: str, reported: list[str]) -> None:
    assert read("route {switch $x" + "{" + text + " } g(); }")[1] == reported


def test_switch_without_its_brace_ends_at_the_next_route() -> None:
    assert read("route { switch ($x) { case 1: f();\nroute[A] { g(); }")[1] == ["unclosed-brace 1:21"] * 1 + []


@pytest.mark.parametrize("text", ["return;", "return();", "return 1;", "return (1);", "return $x + 1;", "exit;",
                                  "exit();", "exit(1);", "drop 0;", "return -1;", "return route(A);"])  # fmt: skip
def test_leaving_with_a_value_or_without(text: str) -> None:
    assert first(text)


def test_computed_route_name() -> None:
    for text, computed in (("route($var(x));", "VariableName"), ('route("A" + $rU);', ("+", "A", "VariableName"))):
        statement = first(text)
        assert isinstance(statement, RouteCall)
        assert statement.computed is not None
        assert (statement.name, fold(statement.computed)) == ("", computed)


# -- operands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("forward(uri:host, uri:port);", [Word, Word]),
        ("forward(my-gw-1.example.com, 5060);", [Word, Number]),
        ("forward(gw-1.x.org, 5060);", [Word, Number]),
        ("forward(10.0.0.1:5060);", [Text]),
        ("force_send_socket(udp:10.0.0.1:5060);", [Text]),
        ("force_send_socket(tls:[::1]:5061);", [Text]),
        ("send(gw:5060);", [Text]),
    ],
)
def test_hosts_and_sockets_are_single_arguments(text: str, arguments: list[type]) -> None:
    call = first(text)
    assert isinstance(call, Call)
    assert [type(each) for each in call.arguments] == arguments
    written = text[text.index("(") + 1 : text.index(")")].split(", ")
    assert [str(getattr(each, "value")) for each in call.arguments] == written  # noqa: B009 (any of three kinds)


@pytest.mark.parametrize(
    ("text", "host"), [("src_ip == my-host-1.example.com", "my-host-1.example.com"), ("dst_ip != 3com", "3com"),
                       ("src_ip == myself", "myself"), ("f(a.b.c)", "a.b.c")]
)  # fmt: skip
def test_host_name_is_one_word(text: str, host: str) -> None:
    tree = fold(good("route { if (" + text + ") f(); }").routes[0].body.statements[0].arms[0][0])  # type: ignore[union-attr]
    assert isinstance(tree, tuple)
    assert tree[-1] == host


@pytest.mark.parametrize(("mark", "name"), [("%x", "x"), ("%f.x", "f.x"), ("%fu.x", "fu.x")])
def test_attribute_with_a_percent_sign_is_read_with_a_warning(mark: str, name: str) -> None:
    script, reported = read("route { if (" + mark + " == 1) " + mark + " = 2; }")
    (statement,) = script.routes[0].body.statements
    assert isinstance(statement, If)
    (assign,) = statement.arms[0][1].statements
    assert isinstance(assign, Assign)
    assert assign.target.name == name
    assert reported == ["percent-attribute 1:13"]


def variable(text: str) -> VariableName:
    statement = first(f"f({text});")
    assert isinstance(statement, Call)
    (found,) = statement.arguments
    assert isinstance(found, VariableName)
    assert found.text == text
    return found


@pytest.mark.parametrize(
    ("text", "name", "argument", "index"),
    [
        ("$ru", "ru", None, None),
        ("$?", "?", None, None),
        ("$fu", "fu", None, None),
        ("$fu.name", "fu.name", None, None),
        ("$g.a[2]", "g.a", None, 2),
        ("$x[-1]", "x", None, -1),
        ("$x[]", "x", None, ""),
        ("$avp(s:x)", "avp", "s:x", None),
        ("$hdr(P-Asserted-Identity)", "hdr", "P-Asserted-Identity", None),
        ("$sht(a=>$ci::x)", "sht", "a=>$ci::x", None),
        ("$(hdr(Via)[1])", "hdr", "Via", 1),
        ("$(avp(x)[*])", "avp", "x", "*"),
        ("$(ru)", "ru", None, None),
        ("$avp(x)[1]", "avp", "x", 1),
        ("$(avp(x)[$var(i)])", "avp", "x", "$var(i)"),
        ("$xavp(a[0]=>b)", "xavp", "a[0]=>b", None),
        ("$_s(a $ru (b))", "_s", "a $ru (b)", None),
    ],
)
def test_variable_is_taken_apart(text: str, name: str, argument: str | None, index: int | str | None) -> None:
    found = variable(text)
    assert (found.name, found.argument) == (name, argument)
    assert [value for _, value in found.indexes] == ([] if index is None else [index])


@pytest.mark.parametrize(
    ("text", "transformations"),
    [
        ("{uri.user}", [("uri.user", ())]),
        ("{s.substr,0,3}{s.len}", [("s.substr", ("0", "3")), ("s.len", ())]),
        ("{s.select,1,,}", [("s.select", ("1", ","))]),
        ("{s.replace, a, b}", [("s.replace", (" a", " b"))]),
        ("{s.rm,}", [("s.rm", ("",))]),
        ("{re.subst,/^a,(.)$/b,{1}/g}", [("re.subst", ("/^a,(.)$/b,{1}/g",))]),
        ("{s.substr,$(var(a){s.select,0,;}),1}", [("s.substr", ("$(var(a){s.select,0,;})", "1"))]),
        ("{param.value,x} {s.int}", [("param.value", ("x",)), ("s.int", ())]),
    ],
)
def test_transformations_are_taken_apart(text: str, transformations: list[tuple[str, tuple[str, ...]]]) -> None:
    found = variable("$(var(x)" + text + ")")
    assert (found.name, found.argument) == ("var", "x")
    assert found.transformations == tuple(Transformation(*each) for each in transformations)


# -- outside of routes ------------------------------------------------------------------------------------------------


def test_flags_have_names_and_perhaps_numbers() -> None:
    script = good('flags a:1, b, "nat"; bool c\navpflags d, "e";')
    assert [(e.of_attributes, [(f.name, f.number) for f in e.flags]) for e in script.flag_names] == [
        (False, [("a", 1), ("b", None), ("nat", None)]),
        (False, [("c", None)]),
        (True, [("d", None), ("e", None)]),
    ]
    assert all(isinstance(each, FlagNames) for each in script.items)


def test_variables_of_groups() -> None:
    script = good('pstn.gw_ip = "1.2.3.4" desc "the gateway"\nserver[3].port=-5\nfoo.on = yes descr "x";log.default=1')
    assert [(e.group, e.instance, e.name, e.value, e.description) for e in script.group_settings] == [
        ("pstn", None, "gw_ip", "1.2.3.4", "the gateway"),
        ("server", 3, "port", -5, ""),
        ("foo", None, "on", 1, "x"),
        ("log", None, "default", 1, ""),
    ]


@pytest.mark.parametrize(
    ("text", "told", "name", "virtual"),
    [
        ("listen=udp:a:5060 advertise b", (None, "b", None), "", False),
        ('listen=udp:a:5060 advertise tcp:[::1]:5 name "n" virtual', ("tcp", "::1", 5), "n", True),
        ('listen=udp:a name "n"\nname.x=1', None, "n", False),
        ('socket = { bind = udp:a:5060; advertise = b:1; name = "n"; workers = 4; virtual = yes; }',
         (None, "b", 1), "n", True),
        ("listen=udp:a:5060 as b:1 use_workers 3", (None, "b", 1), "", False),
    ],
)  # fmt: skip
def test_what_is_said_of_a_socket(
    text: str, told: tuple[str | None, str, int | None] | None, name: str, virtual: bool
) -> None:
    (listen,) = good(text).listens
    assert (listen.advertise, listen.name, listen.virtual) == (told, name, virtual)


def test_several_sockets_by_one_setting() -> None:
    ports = [each.port for each in good("socket = { bind = udp:a:5060-5063 }").listens]
    assert ports == [5060, 5061, 5062, 5063]
    hosts = [(each.host, each.port) for each in good("listen=sctp:(10.0.0.1, b-c):5060").listens]
    assert hosts == [("10.0.0.1", 5060), ("b-c", 5060)]


def test_socket_word_of_another_family_is_hinted_at() -> None:
    script, reported = read("socket=udp:a:5060\nsocket=tcp:a:5060")
    assert [each.protocol for each in script.listens] == ["udp", "tcp"]
    assert reported == ["foreign-setting 1:1"]


def test_alias_may_leave_protocol_and_port_open() -> None:
    assert [each.value for each in good("alias=*:a:5060 b:* tcp:c-d.e:1").globals] == ["a:5060", "b", "tcp:c-d.e:1"]


def test_alias_in_quotes_is_taken_as_it_is() -> None:
    assert [each.value for each in good('alias="a.b:5060" x ::1 [::1]:5').globals] == [
        "a.b:5060",
        "x",
        "[::1]",
        "[::1]:5",
    ]


def test_module_forms() -> None:
    text = '#!define X "b.so"\nloadmodule("a.so", "g") loadmodulex "$def(X)" loadmodulex "p/$(def(X))"'
    script = good(text + '\nmodparamx("a", "b", $def(X)) modparam("a", "c", on) modparamx("a", "d", "$$x")')
    assert [(each.stem, each.options) for each in script.modules] == [("a", "g"), ("b", ""), ("b", "")]
    assert [(each.value, each.expands) for each in script.modparams] == [("b.so", True), (1, False), ("$x", True)]


@pytest.mark.parametrize("written", ["$env(M)", "modules/$(env(M)).so", "$def(A)$env(B)"])
def test_module_is_named_by_what_is_known_when_the_script_is_loaded(written: str) -> None:
    surroundings = Surroundings(environment={"M": "tm", "B": "m"}, defines={"A": "t"})
    script, diagnostics = parse(Source.from_text("ser.cfg", f'loadmodulex "{written}"'), surroundings)
    assert ([each.stem for each in script.modules], list(diagnostics)) == (["tm"], [])
    assert [each.written for each in script.modules] == [written]


@pytest.mark.parametrize("written", ["$env(NONE)", "$def(NONE)", "$var(x)", "$rU", "$"])
def test_variable_without_a_value_at_the_start_is_told(written: str) -> None:
    _, diagnostics = parse(Source.from_text("ser.cfg", f'loadmodulex "{written}" modparamx("a", "b", "{written}")'))
    assert [each.code for each in diagnostics] == ["not-at-start"] * 2


def test_words_of_the_language_name_other_things_where_they_mean_nothing() -> None:
    text = "route.port = 1\nroute[log] { route(default); }\nflags exit, drop:3\nroute[default] { f(); }\nif.x=1"
    assert [each.name for each in good(text).routes] == ["log", "default"]


def test_setting_of_unknown_name_may_have_an_address() -> None:
    (setting,) = good("lisen=udp:1.2.3.4:5060").globals
    assert (setting.name, setting.value, setting.is_word) == ("lisen", "udp:1.2.3.4:5060", True)


def test_address_of_a_setting_may_be_a_host_name() -> None:
    (setting,) = good("advertised_address=my-host.example.com").globals
    assert (setting.value, setting.is_word) == ("my-host.example.com", True)


def test_minus_number_label_is_a_unary() -> None:
    statement = first("switch ($x) { case -1: f(); }")
    assert isinstance(statement, Switch)
    assert isinstance(statement.cases[0].label, Unary)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("for ($var(x) in $avp(y)) { f(); }", "'for' goes through all values"),
        ("for ($var(x) of $(avp(y)[*])) { f(); }", "'in' expected"),
        ("foreach ($var(x) in $avp(y)) f();", "'foreach' is a statement of OpenSIPS"),
        ('async(f("a"));', "',' expected"),
        ("async(f, resume);", "'(' expected after 'f'"),
        ("async(f(), $var(x));", "the name of a route expected"),
        ("route(A, 1, 2, 3, 4, 5, 6, 7, 8);", "route() gives 7 arguments at most"),
    ],
)
def test_statement_of_opensips_is_refused_once_and_the_rest_is_read(statement: str, words: str) -> None:
    text = f"route {{ f(); {statement} g(); }} route[A] {{ exit; }}"
    script, diagnostics = parse(Source.from_text("ser.cfg", text))
    [found] = diagnostics
    assert found.message.startswith(words)
    assert [each.name for each in script.routes[0].body.statements if isinstance(each, Call)] == ["f", "g"]
    assert len(script.routes) == 2
