"""Preprocessor lines, seen by the tokens and findings that they leave (reference language 1.3)."""

from __future__ import annotations

import pytest

from sertwist.limits import MAX_EXPANSION_DEPTH, MAX_INCLUDE_DEPTH, MAX_SUBSTITUTED
from sertwist.script import Diagnostics, Source, parse, render
from sertwist.script.lexer import Lexed, lex
from sertwist.script.preprocess.directives import Surroundings

Files = dict[str, str]


def cut(text: str, files: Files | None = None, **given: object) -> tuple[Lexed, list[str], Source]:
    source = Source.from_text("dir/main.cfg", text)
    found = Diagnostics()

    def open_file(path: str) -> bytes | None:
        if path == "dir/secret":
            raise PermissionError(13, "Permission denied")
        return None if files is None or path not in files else files[path].encode()

    lexed = lex(source, found, Surroundings(open_file, **given))  # type: ignore[arg-type]
    places = [(d.code, *source.place(d.span)) for d in found]
    return lexed, [f"{code} {file.removeprefix('dir/')}:{line}" for code, file, line, _ in places], source


def texts(text: str, files: Files | None = None, **given: object) -> str:
    """The tokens' texts; nothing may be reported."""
    lexed, reported, _ = cut(text, files, **given)
    assert reported == []
    return " ".join(each.text for each in lexed.tokens[:-1])


def findings(text: str, files: Files | None = None, **given: object) -> list[str]:
    return cut(text, files, **given)[1]


# -- definitions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["#!", "!!"])
@pytest.mark.parametrize(
    ("lines", "tokens"),
    [
        ("{}define A 1\nA A", "1 1"),
        ("{}def A\nb A c", "b c"),
        ("{}define A f(1, B);\n{}define B C\n{}define C 2\nA", "f ( 1 , 2 ) ;"),
        ("{}define A \\\n 1 \\\n 2\nA", "1 2"),
        ("{}define A 1\n{}trydef A 2\nA", "1"),
        ("{}trydefine A 2\nA", "2"),
        ("{}define A 1\n{}redef A 2\nA", "2"),
        ("A {}redefine A 2\nA", "A 2"),
        ("{}define A 1\nA\n{}undef A\nA", "1 A"),
        ("{}tryundef A\nA", "A"),
        ("{}define A \"x\" 'y' 10.0.0.1 ::1 $avp(A) @A.b\nA", "x y 10.0.0.1 ::1 $avp(A) @A.b"),
        ('{}define A 1\n"A" $A(A) @A.A # A', "A $A(A) @A.A"),
        ("{}define A b\nc.A[A]", "c . b [ b ]"),
        ("{}define A include_file\n1", "1"),
    ],
)
def test_name_stands_for_its_text(mark: str, lines: str, tokens: str) -> None:
    assert texts(lines.replace("{}", mark)) == tokens


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("#!define A 1\n#!define A 2", ["define-repeated main.cfg:2"]),
        ("#!undef A", ["define-unknown main.cfg:1"]),
        ("#!define A-B 1", ["bad-directive main.cfg:1"]),
        ("#!define", ["bad-directive main.cfg:1"]),
        ("#!define 1 2", ["bad-directive main.cfg:1"]),
        ("#!define A 1 # one", ["define-comment main.cfg:1"]),
        ("#!define A 'http://x' \"#\" 4/2", []),
        ("#!define A 4//2", ["define-comment main.cfg:1"]),
        ("#!define if 1\nif", ["define-keyword main.cfg:1"]),
        ("#!define A A\n\nA", ["define-cycle main.cfg:3"]),
        ("#!define A B\n#!define B f(A)\nA", ["define-cycle main.cfg:3"]),
        ('#!define A "x\nA\nA', ["unclosed-string main.cfg:2"]),
        ("#!define A `\n b A", ["strange-character main.cfg:2"]),
    ],
)
def test_bad_definition_is_reported(text: str, reported: list[str]) -> None:
    assert findings(text) == reported


def chain(length: int) -> str:
    return "".join(f"#!define A{n} A{n + 1}\n" for n in range(1, length)) + f"#!define A{length} x\nA1"


def test_definitions_inside_each_other_are_taken_up_to_the_bound() -> None:
    assert texts(chain(MAX_EXPANSION_DEPTH)) == "x"
    assert findings(chain(MAX_EXPANSION_DEPTH + 1))[0].startswith("define-cycle")


def test_definitions_that_double_each_other_are_refused() -> None:
    lines = "".join(f"#!define A{n} A{n + 1} A{n + 1}\n" for n in range(90)) + "#!define A90 x\nA0"
    assert findings(lines) == ["expansion-too-large main.cfg:92"]


def test_tokens_of_a_definition_have_the_place_of_its_use_and_know_where_it_is_defined() -> None:
    lexed, _, source = cut("#!define A f(1);\n\n  A g")
    assert [source.written(each.span) for each in lexed.tokens[:-1]] == ["A"] * 5 + ["g"]
    assert source.origin(lexed.tokens[2].start) == ("in expansion of A defined at dir/main.cfg:1",)
    assert source.origin(lexed.tokens[5].start) == ()


def test_what_touched_the_name_touches_what_it_stands_for() -> None:
    lexed, _, _ = cut("#!define A 1.2.3.4 b\nx:A:5 A c")
    assert [each.touches for each in lexed.tokens[:-1]] == [False, True, True, False, True, True, False, False, False]


def test_names_from_outside_and_those_of_every_script() -> None:
    assert texts("A B", defines={"A": "1", "B": '"x"'}) == "1 x"
    assert texts("#!ifdef SERTWIST\n1\n#!endif\n#!ifexp SERTWIST >= 1000 && OS_NAME != ''\n2\n#!endif") == "1 2"
    assert findings("#!define A 1", defines={"A": "1"}) == ["define-repeated main.cfg:1"]


def test_module_loaded_so_far_is_a_name() -> None:
    text = "#!ifdef MOD_tls\n1\n#!endif\n{}\n#!ifdef MOD_tls\n2\n#!endif"
    for form in ('loadmodule "tls"', 'loadmodule("/x/tls.so")'):
        assert texts(text.replace("{}", form)).split()[-1] == "2"
        assert "1" not in texts(text.replace("{}", form)).split()


def test_environment_variable() -> None:
    given = {"A": "10.0.0.1", "B": 'x"y'}
    assert texts("#!defenv A\n#!defenv C=A\nA C", environment=given) == "10.0.0.1 10.0.0.1"
    assert texts("#!defenvs B\n#!defenvs D=B\nB D", environment=given) == 'x"y x"y'
    assert texts("#!trydefenv X\n#!trydefenvs Y=Z\nX Y", environment=given) == "X Y"
    assert findings("#!defenv X\n#!defenv 1", environment=given) == ["define-unknown main.cfg:1",
                                                                     "bad-directive main.cfg:2"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "definitions"),
    [
        ("#!define A 1\n#!substdef '/x/y/'", {"A": "1"}),
        ('#!define A 1\n#!redef A 2\n#!substdefs "/B/c/g"\n#!undef A', {"B": '"c"'}),
    ],
)
def test_definitions_left_at_the_end_are_kept(text: str, definitions: dict[str, str]) -> None:
    found = cut(text)[0].definitions
    assert {name: found[name] for name in found if name not in {"SERTWIST", "OS_NAME"}} == definitions


# -- expressions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3 - -4", "13"),
        ("2 ** 3 ** 2", "512"),
        ("-7 / 2", "-3"),
        ("-7 % 2", "-1"),
        ("7 / 2 * 2", "6"),
        ("1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3", "1"),
        ("1 == 2 || 1 != 1", "0"),
        ("!0 + !5", "1"),
        ('"a" + "b"', "ab"),
        ("'a' == \"a\"", "1"),
        ("N + 1", "6"),
        ("T == 'x'", "1"),
        ("W == 'word'", "1"),
        ("UNKNOWN == 0 && UNKNOWN == '' && !UNKNOWN", "1"),
        ("UNKNOWN + 1", "1"),
        ("'5' == 5", "1"),
        ("0x10", "16"),
        ("'' || 0", "0"),
    ],
)
def test_expression_of_a_definition(expression: str, value: str) -> None:
    given = {"N": "5", "T": '"x"', "W": "word"}
    assert cut(f"#!defexp A {expression}", defines=given)[0].definitions["A"] == value
    assert cut(f"#!defexps A {expression}", defines=given)[0].definitions["A"] == f'"{value}"'
    holds = value not in {"0", ""}
    assert texts(f"#!ifexp {expression}\nyes\n#!else\nno\n#!endif", defines=given) == ("yes" if holds else "no")


@pytest.mark.parametrize(
    "expression",
    ["", "1 +", "(1", "1)", "1 2", "1 / 0", "1 % 0", "2 ** 64", "9223372036854775807 + 1", "2 ** -1", "*", "1 & 2",
     "'a", "(" * 10_000, "!" * 10_000, "9" * 10_000]
)  # fmt: skip
def test_bad_expression_is_an_error_and_counts_as_false(expression: str) -> None:
    lexed, reported, _ = cut(f"#!ifexp {expression}\nyes\n#!endif\n#!defexp A {expression}")
    assert reported == ["bad-directive main.cfg:1", "bad-directive main.cfg:4"]
    assert len(lexed.tokens) == 1


# -- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "tokens"),
    [
        ("#!ifdef A\n1\n#!else\n2\n#!endif\n3", "1 3"),
        ("#!ifndef A\n1\n#!else\n2\n#!endif\n3", "2 3"),
        ("#!ifdef B\n1\n#!endif\n3", "3"),
        ("#!ifdef B\n#!ifdef A\n1\n#!else\n2\n#!endif\n#!else\n4\n#!endif\n3", "4 3"),
        ("#!ifdef A\n#!ifdef B\n1\n#!else\n2\n#!endif\n#!else\n4\n#!endif\n3", "2 3"),
        ("#!ifdef A\n1\n#!else\n2\n#!else\n3\n#!endif", "1 3"),
        ("#!ifdef B\n1\n#!else\n2\n#!else\n3\n#!endif", "2"),
        ("#!ifdef B\n' \" /* #!define A #!endif\n  #!endif\n3", "3"),
        ("1 !!ifdef B\n2\n!!endif\n3", "1 3"),
        ("#!ifdef A\r\n1\r\n#!endif\r\n3\r\n", "1 3"),
        ("#!ifdef B\n#!define C 1\n#!endif\nC", "C"),
        ("#!ifdef B\n#!ifexp (\n#!endif\n1\n#!endif\nC", "C"),
    ],
)
def test_lines_of_a_condition_that_does_not_hold_are_left_out(lines: str, tokens: str) -> None:
    assert texts(lines, defines={"A": ""}) == tokens


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("a\n#!ifdef A\nb", ["missing-endif main.cfg:2"]),
        ("#!ifndef A\n#!ifdef A\n#!endif", ["missing-endif main.cfg:1"]),
        ("#!else", ["stray-directive main.cfg:1"]),
        ("#!endif\n#!ifdef A\n#!endif\n#!endif", ["stray-directive main.cfg:1", "stray-directive main.cfg:4"]),
        ("#!ifdef\n#!endif", ["bad-directive main.cfg:1"]),
        ("#!ifdef A b\n#!endif", ["bad-directive main.cfg:1"]),
    ],
)
def test_bad_condition_is_reported(text: str, reported: list[str]) -> None:
    assert findings(text) == reported


def test_ten_thousand_conditions_inside_each_other_are_no_trouble() -> None:
    assert texts("#!ifdef A\n" * 10_000 + "1\n" + "#!endif\n" * 10_000 + "2") == "2"
    assert texts("#!ifndef A\n" * 10_000 + "1\n" + "#!endif\n" * 10_000 + "2") == "1 2"


# -- substitutions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "string", "value"),
    [
        ('subst "/a/b/"', '"aa"', "ba"),
        ('subst "/a/b/g"', "'aa'", "bb"),
        ('subst "/A/b/gi"', '"aA"', "bb"),
        ('subst "/A/b/g"', '"aA"', "ab"),
        ('subst ":/x:/y:"', '"a/x"', "a/y"),
        (r'subst "/(.)\.(.)/\2-\1/"', '"a.b"', "b-a"),
        (r'subst "/a\/b/c/"', '"a/b"', "c"),
        (r'subst "/x/$avp(y)/"', '"x"', "$avp(y)"),
        ('substdef "/DB/mysql/g"', '"DB" DB', "mysql mysql"),
        ('substdefs "/DB/my.sql/g"', '"DB" DB', "my.sql my.sql"),
        ('subst "/X/1/"', "$avp(X)", "$avp(1)"),
    ],
)
def test_strings_are_changed_from_the_rule_on(rule: str, string: str, value: str) -> None:
    assert texts(f'"aX" #!{rule}\n{string}') == f"aX {value}"


def test_rules_apply_in_their_order_and_to_strings_of_definitions() -> None:
    assert texts('#!define D "a"\nD #!subst "/a/b/"\n#!subst "/b/c/"\nD') == "a c"


@pytest.mark.parametrize(
    "rule", ['subst', 'subst a', 'subst "/a/"', 'subst "/a/b/x"', 'subst "/(/b/"', 'subst "/(a+)+/b/"', 'subst "//b/"',
             'substdef "/a b/c/"', 'subst "/a/b/g/"', 'subst ""']
)  # fmt: skip
def test_bad_rule_is_reported(rule: str) -> None:
    assert findings(f"#!{rule}") == ["bad-directive main.cfg:1"]


def test_string_that_grows_without_end_is_refused() -> None:
    rules = r'#!subst "/a*/\0\0/"' + "\n"
    assert findings(rules * 10 + f'"{"a" * 10}"') == []
    assert findings(rules * 40 + '"a"') == ["substitution-too-long main.cfg:41"]
    assert findings('#!subst "/x/y/"\n"' + "x" * (MAX_SUBSTITUTED + 5) + '"') == []


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ['include_file "b"', '#!include_file "b"', '!!include_file "b"', 'import_file "b"', '#!import_file "b"']
)
def test_file_is_read_in_place(line: str) -> None:
    assert texts(f"1\n{line}\n3 4", {"dir/b": "2"}) == "1 2 3 4"
    assert texts(f"route {{ {line}\n}}", {"dir/b": "f();"}) == "route { f ( ) ; }"


def test_file_is_sought_beside_the_including_one_first_then_as_given() -> None:
    files = {"dir/x/b": 'include_file "c"', "dir/x/c": "1", "c": "2", "/abs": "3", "e": "4"}
    assert texts('include_file "x/b"\ninclude_file "c"\ninclude_file "/abs"\ninclude_file "./x/../../e"', files) == (
        "1 2 3 4"
    )


def test_missing_file_is_an_error_unless_it_is_imported() -> None:
    text = 'import_file "no"\ninclude_file "no"\nimport_file "secret"\n1'
    assert findings(text) == ["include-file main.cfg:2", "include-file main.cfg:3"]


def test_places_in_an_included_file_name_it_and_who_asked_for_it() -> None:
    files = {"dir/b": '2\n\n   include_file "c"\n 5', "dir/c": "#!define A 3\n\nA\n 4"}
    lexed, _, source = cut('1\ninclude_file "b" 6\n 7\n', files)
    assert [(each.text, source.place(each.span), source.origin(each.start)) for each in lexed.tokens] == [
        ("1", ("dir/main.cfg", 1, 1), ()),
        ("2", ("dir/b", 1, 1), ("included from dir/main.cfg:2",)),
        ("3", ("dir/c", 3, 1), ("in expansion of A defined at dir/c:1", "included from dir/b:3",
                                "included from dir/main.cfg:2")),
        ("4", ("dir/c", 4, 2), ("included from dir/b:3", "included from dir/main.cfg:2")),
        ("5", ("dir/b", 4, 2), ("included from dir/main.cfg:2",)),
        ("6", ("dir/main.cfg", 2, 18), ()),
        ("7", ("dir/main.cfg", 3, 2), ()),
        ("", ("dir/main.cfg", 4, 1), ()),
    ]  # fmt: skip
    assert [source.offset('1\ninclude_file "b" 6\n 7\n'.index(text)) for text in "167"] == [
        lexed.tokens[index].start for index in (0, 5, 6)
    ]
    assert [source.position(source.in_main(lexed.tokens[index].span).start) for index in (0, 2, 6)] == [
        (1, 1),
        (2, 1),
        (3, 2),
    ]


def test_findings_show_how_the_text_got_there() -> None:
    files = {"dir/b": "#!define BAD `\n\nroute { f(BAD); }"}
    source = Source.from_text("dir/main.cfg", 'debug=1\ninclude_file "b"\n')
    _, found = parse(source, Surroundings(lambda path: files[path].encode()))
    assert render(next(iter(found)), source).split("\n") == [
        "dir/b:3:11: error: '`' can't stand here",
        "route { f(BAD); }",
        "          ^~~",
        "    in expansion of BAD defined at dir/b:1",
        "    included from dir/main.cfg:2",
    ]


def test_conditions_and_definitions_reach_over_files() -> None:
    files = {"dir/b": "#!define A 1\n#!ifdef X\n", "dir/c": "#!endif\n2"}
    assert texts('include_file "b"\nA\n#!endif\n3 A', files) == "3 1"
    assert texts('#!ifndef X\n1\ninclude_file "c"\n3', files) == "1 2 3"


@pytest.mark.parametrize("broken", ['"never closed', "/* never closed", "$avp(never closed"])
def test_what_an_included_file_leaves_open_ends_with_it(broken: str) -> None:
    lexed, _, _ = cut('include_file "b"\n1 "x"', {"dir/b": broken})
    assert [each.text for each in lexed.tokens[-3:]] == ["1", "x", ""]


def test_file_that_includes_itself_is_refused_with_its_chain() -> None:
    files = {"dir/b": '\ninclude_file "c"', "dir/c": '\n\ninclude_file "./b"\n1'}
    source = Source.from_text("dir/main.cfg", 'include_file "b"')
    found = Diagnostics()
    lex(source, found, Surroundings(lambda path: files.get(path, "").encode() if path in files else None))
    (refused,) = found
    assert refused.message == "'dir/b' includes itself: dir/b -> dir/c -> dir/b"
    assert source.place(refused.span)[:2] == ("dir/c", 3)
    assert findings('include_file "main.cfg"', {"dir/main.cfg": "1"}) == ["include-cycle main.cfg:1"]


def nested(depth: int) -> Files:
    return {f"dir/f{n}": f'include_file "f{n + 1}"' for n in range(1, depth)} | {f"dir/f{depth}": "x"}


def test_files_inside_each_other_are_taken_up_to_the_bound() -> None:
    assert texts('include_file "f1"', nested(MAX_INCLUDE_DEPTH)) == "x"
    assert findings('include_file "f1"', nested(MAX_INCLUDE_DEPTH + 1))[0].startswith("include-bound")


def test_without_a_reader_no_file_is_included() -> None:
    found = Diagnostics()
    lex(Source.from_text("f", 'include_file "x"\nimport_file "y"'), found)
    assert [each.code for each in found] == ["include-refused", "include-refused"]


def test_byte_order_mark_and_odd_bytes_of_an_included_file() -> None:
    source = Source.from_text("f", 'include_file "b"\n1')
    lexed = lex(source, Diagnostics(), Surroundings(lambda _: b'\xef\xbb\xbf"\xff"\r\n'))
    assert [each.text for each in lexed.tokens] == ["\udcff", "1", ""]


def test_include_words_are_names_where_no_string_follows() -> None:
    assert texts("include_file = 1 import_file") == "include_file = 1 import_file"


def test_markers_are_kept_with_their_places() -> None:
    lexed, _, source = cut("#!KAMAILIO\n1 //!SER\n#!SERx\n#!/usr/sbin/kamailio\n#!ALL  \n")
    assert [(word, source.position(span.start).line) for word, span in lexed.markers] == [
        ("KAMAILIO", 1),
        ("SER", 2),
        ("ALL", 5),
    ]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("#!define A 1\nroute[A] { f(); }\nroute[1] { f(); }", ["define-replaces-name 2"]),
        ("#!define A b\nflags A, c:1", ["define-replaces-name 2"]),
        ("#!define A b\nA.x = 1", ["define-replaces-name 2"]),
        ("#!define request x\n#!define A 1\nevent_route[xhttp:request] { f(A); }", []),
        ("#!define A 1.2.3.4\nlisten=udp:A:5060\nalias=A", []),
        ("#!define A route[X] { f(1); g(\n#!define B 2); }\nA B", []),
    ],
)
def test_parser_warns_of_names_that_a_definition_replaces(text: str, reported: list[str]) -> None:
    source = Source.from_text("f", text)
    script, found = parse(source)
    assert [f"{each.code} {source.place(each.span).line}" for each in found] == reported
    assert script.items
    assert all(each.name == "xhttp:request" for each in script.routes if each.word == "event_route")
