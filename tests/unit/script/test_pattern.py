import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.errors import TooLargeError
from sertwist.limits import MAX_SUBJECT
from sertwist.script.pattern import PatternError, compile_pattern
from sertwist.script.quick_search import finder


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        ("^core[.]", "CORE.kill", "xcore.kill"),
        ("kill$", "core.kill", "core.kill\n"),
        ("^[[:digit:]]+$", "0123", "12a"),
        ("^[^[:alpha:]_]+$", "12-", "1_"),
        ("^[]a]+$", "]a", "b"),
        ("^[^]a]$", "b", "]"),
        (r"^[\d]$", "d", "1"),  # in brackets a backslash is a backslash
        (r"^\d+\.$", "12.", "12a"),
        (r"a\{2", "a{2", "aa"),
        ("^a{2,3}$", "aaa", "aaaa"),
        ("^(INVITE|ACK)$", "invite", "INVITE2"),
        ("a.b", "a\nb", "ab"),
        (r"\/x", "/x", "x"),
        ("^(sip|tel)+:", "SIP:", "mailto:"),
    ],
)
def test_pattern_finds_as_posix_does_in_any_case(pattern: str, found: str, not_found: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.search(found)
    assert not compiled.search(not_found)


@pytest.mark.parametrize(
    "pattern", ["(abc", "[a", "a**", "(?=a)", "(?i)a", "a*?", "a++", "a{2,1}", "[[:foo:]]", "*", "a{99999999999}", "\\"]
)
def test_malformed_or_foreign_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="invalid regular expression") as caught:
        compile_pattern(pattern)
    assert not caught.value.is_slow


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a*)*b", "((ab)*c?)+", "([a-z]+,?)*", "(a|a.)*b", "(x{2,}y?)*"])
def test_pattern_that_may_take_exponential_time_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="exponential") as caught:
        compile_pattern(pattern)
    assert caught.value.is_slow


@pytest.mark.parametrize("pattern", ["(a+)?b+", "(abc){2,5}", "(a|b)*", "[a-z]+@[a-z]+", "(foo|bar)+"])
def test_pattern_without_nested_repetition_is_taken(pattern: str) -> None:
    compile_pattern(pattern)


def test_deeply_nested_pattern_is_refused_politely() -> None:
    with pytest.raises(PatternError):
        compile_pattern("(" * 5000 + ")" * 5000)


LINES = "INVITE sip:a@b SIP/2.0\r\nFrom: A\r\nUser-Agent: friendly-scanner\r\n\r\nv=0\r\n"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("^User-Agent: friendly", True),
        ("^user-agent", True),
        ("^Agent", False),
        ("scanner$", True),
        ("friendly$", False),
        ("From.*friendly", False),
        ("From[^x]*friendly", False),
        ("^v=0$", True),
        ("^$", True),
        ("2[.]0$", True),
    ],
)
def test_pattern_on_lines(pattern: str, found: bool) -> None:
    assert bool(compile_pattern(pattern, lines=True).search(LINES)) is found


def test_pattern_that_tells_letters_apart() -> None:
    assert compile_pattern("abc", any_case=False).search("ABC") is None
    assert compile_pattern("abc", any_case=False).search("abc")


@given(
    st.lists(st.sampled_from(["ab", "B-c", "k", "s", "a\\.b", "x_1"]), min_size=3, max_size=6),
    st.text(alphabet="aAbBcCkKsSxX_1-.\u212a\u017f\u0130 ", max_size=20),
)
def test_list_of_words_is_found_as_the_pattern_is(words: list[str], subject: str) -> None:
    pattern = compile_pattern("|".join(words))
    assert finder(pattern)(subject) is (pattern.search(subject) is not None)


_SUBJECTS = (
    "",
    "a",
    "A",
    "00",
    "x00",
    "0049",
    "+49",
    "xa",
    "ab",
    "b",
    "c",
    "ba\na",
    "a" * 300,
    "\u212a",
    "a.b",
    "K",
    "é",
    "É",
)


@pytest.mark.parametrize("any_case", [True, False])
@pytest.mark.parametrize(
    "written",
    [
        *("^a|b|c", "a|b", "a.|b|c", "(a|b|c)", "a|b|c$", "a*|b|c", "[ab]|b|c", "a||b", "^00", r"^\+", "^a", "^é"),
        *("^", "^$", "^^a", "a^b", "^a|^b", "^(a|b)", "(^a)", "^0+", "^a*$", "^a{1,40}$", "^a.b", r"^a\.b", "k", "^k"),
        *("$", "00$"),
    ],
)
def test_pattern_is_found_as_the_expression_finds_it(*, written: str, any_case: bool) -> None:
    pattern = compile_pattern(written, any_case=any_case)
    found = finder(pattern)
    assert [found(each) for each in _SUBJECTS] == [pattern.search(each) is not None for each in _SUBJECTS]


@pytest.mark.parametrize("written", ["a", "^1", "1|2|3", "^[0-9]+$"])
def test_undefined_value_has_no_pattern_and_a_number_is_looked_at_as_text(written: str) -> None:
    found = finder(compile_pattern(written))
    assert (found(None), found(12)) == (False, "1" in written or "9" in written)
    with pytest.raises(TooLargeError):
        found("1" * (MAX_SUBJECT + 1))
