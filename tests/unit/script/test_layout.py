"""A laid out script: as it should look, the same tokens, the same tree, and no change when laid out again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertwist.script import Source, parse
from sertwist.script.layout import lay_out
from sertwist.script.pieces import PieceError, cut_pieces
from tests.unit.script.test_printer import SCRIPTS, plain

ROOT = Path(__file__).parents[3]
REAL = sorted(path for folder in ("conf", "examples", "docs", "tests") for path in (ROOT / folder).rglob("*.cfg"))


def pieces(text: str) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in cut_pieces(text)]


def tree(text: str) -> object:
    script, found = parse(Source.from_text("f", text))
    # Which of several braces is blamed is told by how the lines are indented.
    return plain(script), sorted(each.code for each in found if each.code != "joined-strings")


def laid_out(text: str) -> str:
    once = lay_out(text)
    assert pieces(once) == pieces(text)
    assert lay_out(once) == once
    return once


def body(*lines: str) -> str:
    return "route {\n" + "".join(f"    {line}\n" if line else "\n" for line in lines) + "}\n"


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("f();g();", ["f();", "g();"]),
        ("f  (  1  ,2 ) ;", ["f(1, 2);"]),
        ("if(a){f();}else{g();}", ["if (a) {", "    f();", "} else {", "    g();", "}"]),
        ("if(a){f();};else{g();}", ["if (a) {", "    f();", "};", "else {", "    g();", "}"]),
        ("if (a)\n{\nf();\n}\nelse if (b)\n{\n}\n", ["if (a) {", "    f();", "} else if (b) {}"]),
        ("if(a)f();else g();", ["if (a) f();", "else g();"]),
        ("if(a)\nf();\nelse\ng();", ["if (a)", "    f();", "else", "    g();"]),
        (
            "if(a)\nif(b)\nf();\nelse\ng();\nelse\nh();",
            ["if (a)", "    if (b)", "        f();", "    else", "        g();", "else", "    h();"],
        ),
        ("if(a)\nwhile(b){\nf();}\nelse g();", ["if (a)", "    while (b) {", "        f();", "    }", "else g();"]),
        ("if (a) f(); # c\n\n\n# d\n/* e */\ng();", ["if (a) f(); # c", "", "# d", "/* e */", "g();"]),
        ("if(a &&\n b)\nf();", ["if (a &&", "        b)", "    f();"]),
        ("if(a &&\n b){\nf();}", ["if (a &&", "        b) {", "    f();", "}"]),
        ("if (a) # why\n{ f(); }", ["if (a) # why", "{", "    f();", "}"]),
        ("f(1, # one\n2);", ["f(1, # one", "    2);"]),
        ("f(1,\n# two\n2);", ["f(1,", "    # two", "    2);"]),
        ("if(a){}\n# c\nelse f();", ["if (a) {}", "# c", "else f();"]),
        ("{f();{}}", ["{", "    f();", "    {}", "}"]),
        (
            'switch($rc){case 1:case -2:f();break;case/"^a":{g();}default:;}',
            [
                "switch ($rc) {", "    case 1:", "    case -2:", "        f();", "        break;", '    case /"^a":',
                "        {", "            g();", "        }", "    default:", "        ;", "}",
            ],
        ),
        ("$x=-1;$y=$x-1;$z=a - -b;$y+=2;", ["$x = -1;", "$y = $x-1;", "$z = a - -b;", "$y += 2;"]),
        ("if(!f()&&!  !g()||-1<2 mod 3)h();", ["if (!f() && ! !g() || -1 < 2 mod 3) h();"]),
        ("if(src_ip==10.0.0.0/8&&a /b)f(my-gw.x,udp:1.2.3.4:5);",
         ["if (src_ip == 10.0.0.0/8 && a / b) f(my-gw.x, udp:1.2.3.4:5);"]),
        ("%f.x=%y;$z=a%b;$z=a % b;", ["%f.x = %y;", "$z = a%b;", "$z = a % b;"]),
        ("f( int );g((int) $x);h($x (1));", ["f( int);", "g((int)$x);", "h($x (1));"]),
        ("return-1;exit(1);exit (1);drop ;", ["return -1;", "exit(1);", "exit (1);", "drop;"]),
        ('xlog("a"\n"b");', ['xlog("a"', '    "b");']),
        ('include_file "x" f();', ['include_file "x"', "f();"]),
        ("MACRO\nf();", ["MACRO", "f();"]),
        ("f()\n", ["f()"]),
        ("\n/* a\n b */ f();", ["/* a\n b */", "f();"]),
        ("while($x<5)$x=$x+1;", ["while ($x < 5) $x = $x + 1;"]),
        ("if a==b f();", ["if a == b f();"]),
        ("force_rport;;", ["force_rport;;"]),
        ("if (uri==myself\n) { f(); }", ["if (uri == myself", "        ) {", "    f();", "}"]),
    ],
)  # fmt: skip
def test_statements(written: str, lines: list[str]) -> None:
    assert laid_out("route {" + written + "}") == body(*lines)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("debug=3 fork=yes;x=1", "debug = 3\nfork = yes;\nx = 1\n"),
        ("listen=udp:a:5060   tcp:b\n tls:[::1]:1\nlisten = \n c",
         "listen = udp:a:5060 tcp:b\n    tls:[::1]:1\nlisten =\n    c\n"),
        ('modparam( "a","b" ,-1 )loadmodule"x"', 'modparam("a", "b", -1)\nloadmodule "x"\n'),
        ("alias=*:5060 a-b.c", "alias = *:5060 a-b.c\n"),
        ("flags a:1 ,b\npstn.x=-5   desc\"x\"\ng[3].y=1", 'flags a:1, b\npstn.x = -5 desc "x"\ng[3].y = 1\n'),
        ("socket={bind=udp:a:1-2;name=\"x\"}", 'socket = {\n    bind = udp:a:1-2;\n    name = "x"\n}\n'),
        ("route [ X ]{}\n\n\nroute[ 1]\n{f();}", "route[X] {}\n\nroute[1] {\n    f();\n}\n"),
        ("\n\n#!KAMAILIO\n  # x\n\n\n\ndebug=1\n\n\n", "#!KAMAILIO\n# x\n\ndebug = 1\n"),
        ("event_route[tm:local-request]{f();}", "event_route[tm:local-request] {\n    f();\n}\n"),
        ("event_route[htable:mod-init]{}", "event_route[htable:mod-init] {}\n"),
        ("a=1\r\nb=2\r\n", "a = 1\nb = 2\n"),
        ("debug=3 # c\nfork=no// d", "debug = 3 # c\nfork = no // d\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_items(written: str, expected: str) -> None:
    assert laid_out(written) == expected


def test_preprocessor_lines_stand_at_the_margin_and_both_sides_of_a_condition_begin_alike() -> None:
    written = (
        "  #!define A 1 \\\n   2   \nroute{\n  #!ifdef A\nif(a){\n #!else\nif(b){\n#!endif\nf();\n}\n#!ifdef B\ng();\n"
        "#!endif\n}"
    )
    assert laid_out(written) == (
        "#!define A 1 \\\n   2\nroute {\n#!ifdef A\n    if (a) {\n#!else\n    if (b) {\n#!endif\n        f();\n    }\n"
        "#!ifdef B\n    g();\n#!endif\n}\n"
    )


def test_side_of_a_condition_that_is_no_script_stays_as_it_is() -> None:
    written = (
        "debug=1\n#!ifdef SQL\n\n  ALTER TABLE x DEFAULT '';   \n don't \"\n#!ifdef Y\n`\n#!endif\n\n#!else\na=1\n"
        "#!endif\nb=2 c='x'\n"
    )
    assert laid_out(written) == (
        "debug = 1\n#!ifdef SQL\n  ALTER TABLE x DEFAULT '';\n don't \"\n#!ifdef Y\n`\n#!endif\n#!else\na = 1\n"
        "#!endif\nb = 2\nc = 'x'\n"
    )


@pytest.mark.parametrize(("text", "line"), [('a\n"b', 2), ("a\n/* b", 2), ("a\n\n`", 3), ("'", 1)])
def test_text_that_cannot_be_cut_is_refused(text: str, line: int) -> None:
    with pytest.raises(PieceError) as refused:
        lay_out(text)
    assert refused.value.line == line


@pytest.mark.parametrize("text", SCRIPTS)
def test_tree_stays_the_same(text: str) -> None:
    assert tree(laid_out(text)) == tree(text)


@pytest.mark.parametrize("path", REAL, ids=[path.name for path in REAL])
def test_scripts_of_the_project_stay_the_same(path: Path) -> None:
    text = path.read_text("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        written = laid_out(text)
    except PieceError:
        return  # a script that is broken on purpose
    assert _without_places(written) == _without_places(text)


def _without_places(text: str) -> str:
    """The tree without lines and positions, and names that are made of them."""
    return re.sub(r"line \d+|Span\([^)]*\)|for_\d+", "", str(tree(text)))


WORDS = r"""
route route[X] failure_route[1] if while switch case default else return exit break drop f f( ( ) { } { } ; ; , : . = ==
!= =~ ! - + / * % & | && || mod defined (int) int str [ ] $x $x[1] $(ru{s.len}) $avp(x) @a.b @a["x"] "s" 's' 1 0x1 -1
10.0.0.1 ::1 [::1] a-b a.b udp: 10.0.0.0/8 debug = 3 listen loadmodule "x" modparam include_file MACRO += := ~ <<
#!define #!ifdef #!else #!endif /*c*/ %x
"""
GAPS = st.sampled_from([" ", " ", "\n", "", "\n\n\n", " # c\n", "\n  # c\n", "/* c\nd */", "\t", "\n#!ifdef A\n",
                        "\n#!else\n", "\n#!endif\n"])  # fmt: skip
SOUP = st.lists(st.tuples(st.sampled_from(WORDS.split()), GAPS), max_size=40).map(
    lambda each: "".join(a + b for a, b in each)
)
STATEMENTS = st.recursive(
    st.sampled_from(["f();", "$x = -1;", "exit;", "return ($x);", ";", "g(a-b.c, 10.0.0.0/8);", "force_rport;"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: "{" + "".join(each) + "}"),
        inner.map(lambda each: "if(a==b)\n" + each),
        st.tuples(inner, inner).map(lambda each: f"if (a) {each[0]} else {each[1]}"),
        inner.map(lambda each: "while !f()" + each),
        st.lists(inner, max_size=3).map(
            lambda each: "switch($x){" + "".join(f"case {n}:{s}" for n, s in enumerate(each)) + "}"
        ),
    ),
    max_leaves=8,
)  # fmt: skip
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(SOUP)
def test_anything_that_can_be_cut_keeps_its_tokens(text: str) -> None:
    try:
        cut = pieces(text)
    except PieceError:
        return
    assert pieces(lay_out(text)) == cut


@QUICK
@given(st.lists(STATEMENTS, max_size=4), st.data())
def test_statements_in_any_layout_keep_their_tree(statements: list[str], data: st.DataObject) -> None:
    words = [each.text for each in cut_pieces("route{" + "".join(statements) + "}")]
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "\n", "\n\n\n", " #c\n"]), min_size=len(words)))
    tight = {".", "-", "/"}
    text = "".join(
        word + ("" if word in tight or after in tight else " " + gap)
        for word, after, gap in zip(words, [*words[1:], ""], gaps, strict=False)
    )
    assert tree(laid_out(text)) == tree(text)
