import pytest

from sertwist.script.diagnostic import Diagnostics
from sertwist.script.lexer import lex
from sertwist.script.source import Source
from sertwist.script.tokens import TokenKind


def scan(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Kind and text of each token but the last, and the codes of what was reported."""
    diagnostics = Diagnostics()
    tokens = lex(Source.from_text("f", text), diagnostics).tokens
    assert tokens[-1].kind is TokenKind.END
    return [(t.kind.name, t.text) for t in tokens[:-1]], [d.code for d in diagnostics]


def texts(text: str) -> list[str]:
    tokens, reported = scan(text)
    assert reported == []
    return [each for _, each in tokens]


@pytest.mark.parametrize("blank", [" ", "\t", "\b", "\r\n", "\n", "\\\n", "# c\n", "// c\n", "/* c */", "/**/"])
def test_blanks_and_comments_separate_tokens_and_are_no_tokens(blank: str) -> None:
    assert texts(f"a{blank}b") == ["a", "b"]


def test_comment_begins_right_behind_a_token() -> None:
    assert texts("exit;#x") == ["exit", ";"]


def test_comment_ends_with_the_file_when_no_line_end_follows() -> None:
    assert texts("a # b") == ["a"]


def test_unknown_hash_bang_line_is_a_comment() -> None:
    assert texts("#!/usr/sbin/kamailio\n#!KAMAILIO\na") == ["a"]


def test_nested_comment_is_counted_and_warned_about() -> None:
    tokens, reported = scan("/* a /* b */ c */ d")
    assert (tokens, reported) == ([("NAME", "d")], ["nested-comment"])


@pytest.mark.parametrize("text", ["a /* b", "/* /* */", 'a "b', "a 'b", '"\\"'])
def test_unclosed_comment_or_string_is_reported_once(text: str) -> None:
    assert scan(text)[1] == ["unclosed-comment" if "*" in text else "unclosed-string"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"\n\r\t\a\\"', "\n\r\t\a\\"),
        (r'"\x41\x4"', "A\x04"),
        (r'"\101\12"', "A\n"),
        (r'"\1"', r"\1"),
        (r'"\.\d\+"', r"\.\d\+"),
        ('"a\\\nb"', "ab"),
        ('"a\nb"', "a\nb"),
        (r"'a\n\"b'", r"a\n\"b"),
        ("'a\nb'", "a\nb"),
        ('"# no /* comment"', "# no /* comment"),
        ('"\udcff"', "\udcff"),
        (r'"\xff"', "\udcff"),
    ],
)
def test_string_value(written: str, value: str) -> None:
    assert scan(written) == ([("STRING", value)], [])


def test_double_quoted_strings_are_joined_across_lines_silently() -> None:
    assert texts('"a"\n  "b"\n"c"') == ["abc"]


def test_joining_on_one_line_is_warned_about() -> None:
    assert scan('f("a" "b")')[1] == ["joined-strings"]


@pytest.mark.parametrize("text", ["'a' 'b'", "\"a\" 'b'", '"a" /* c */ "b"', '"a" # c\n"b"', '"a","b"'])
def test_strings_are_not_joined_otherwise(text: str) -> None:
    assert [t for t in scan(text)[0] if t[0] == "STRING"] == [("STRING", "a"), ("STRING", "b")]


def test_nul_in_a_string_is_refused() -> None:
    assert scan('"a\0b"')[1] == ["nul-in-string"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("17", 17), ("0x1F", 31), ("101b", 5), ("010", 8), ("9223372036854775807", 2**63 - 1)],
)
def test_number_value(text: str, value: int) -> None:
    tokens = lex(Source.from_text("f", text), Diagnostics()).tokens
    assert (tokens[0].kind, tokens[0].number) == (TokenKind.NUMBER, value)


def test_octal_number_is_hinted_at() -> None:
    assert scan("010")[1] == ["octal-number"]


@pytest.mark.parametrize("text", ["9223372036854775808", "1" * 5000, "0x" + "f" * 17])
def test_number_past_64_bits_is_refused(text: str) -> None:
    assert scan(text)[1] == ["number-too-large"]


def test_digits_and_letters_are_a_name_when_no_number() -> None:
    assert scan("3com 08") == ([("NAME", "3com"), ("NAME", "08")], [])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[::1]", "::1"),
        ("::", "::"),
        ("::1", "::1"),
        ("::ffff:1.2.3.4", "::ffff:102:304"),
    ],
)
def test_address_is_one_token_in_canonical_form(text: str, address: str) -> None:
    tokens, reported = scan(text)
    assert (len(tokens), reported) == (1, [])
    assert tokens[0][0] == "ADDRESS"
    assert tokens[0][1] in {address, "::ffff:1.2.3.4"}


@pytest.mark.parametrize("text", ["10.0.0.256", "010.0.0.1", "1:2:3::4::5", "[1:2:3]"])
def test_bad_address_is_refused(text: str) -> None:
    assert scan(text)[1] == ["bad-address"]


def test_protocol_address_and_port_are_apart() -> None:
    assert texts("tls:127.0.0.1:5061 udp:[::1]:5060") == [
        "tls",
        ":",
        "127.0.0.1",
        ":",
        "5061",
        "udp",
        ":",
        "::1",
        ":",
        "5060",
    ]


def test_operand_words_with_a_colon_are_one_token() -> None:
    assert texts("msg:len uri:host msg:x") == ["msg:len", "uri:host", "msg", ":", "x"]


@pytest.mark.parametrize(
    "text", ["@tls.peer.verified", "@msg.uri", '@hf_value["X-Y"]', "@via[1].branch", "@x[-1]", "@x.y[*]"]
)
def test_select_is_one_token(text: str) -> None:
    assert scan(text) == ([("SELECT", text)], [])


def test_select_ends_where_it_cannot_go_on() -> None:
    assert texts('@a.b=="x"') == ["@a.b", "==", "x"]


def test_lone_at_sign_is_refused() -> None:
    assert scan("@ a")[1] == ["bad-select"]


@pytest.mark.parametrize(
    "text", ["$?", "$ru", "$f.name", "$avp(s:x)", "$(hdr(Via)[1])", "$(ru{uri.user})", "$name[-1]", "$"]
)
def test_variable_is_one_token(text: str) -> None:
    assert scan(text) == ([("VARIABLE", text)], [])


def test_variable_ends_with_its_line_when_never_closed() -> None:
    assert texts("$(a(b\nc") == ["$(a(b", "c"]


def test_longest_operator_is_taken() -> None:
    written = "== != =~ !~ <= >= << >> && || (int) (str) = < > ! + - * / % | & ^ ~ += :="
    assert texts(written) == written.split()


def test_strange_characters_are_reported_once_for_each_kind() -> None:
    assert scan("a \xe4\xf6 ` ` b")[1] == ["strange-character", "strange-character"]
    assert [t for _, t in scan("a \xe4\xf6 ` b")[0]] == ["a", "b"]


def test_token_knows_whether_it_begins_a_line() -> None:
    tokens = lex(Source.from_text("f", "a b\n /* x\n */ c \\\n d"), Diagnostics()).tokens
    assert [t.starts_line for t in tokens[:-1]] == [True, False, True, True]
