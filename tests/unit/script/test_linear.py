"""Patterns on long values: the same answers as Python's matcher, in time that can't be made long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.script.linear import is_found, substitute
from sertwist.script.pattern import PatternError, compile_pattern, read_pattern
from sertwist.script.quick_search import finder
from sertwist.script.substitution import parse_substitution
from tests.script_run import ScriptRun, make_request

_PIECES = st.sampled_from(
    [
        "a",
        "b",
        ".",
        "[ab]",
        "[^a]",
        "[[:digit:]]",
        r"\.",
        "(a|b)",
        "(ab|c.)",
        "^",
        "$",
        r"\r\n",
        "x{2}",
        "é",
        r"\d",
        "-",
    ]
)
_REPEATED = st.tuples(_PIECES, st.sampled_from(["", "", "*", "+", "?", "{1,3}", "{2,}"])).map("".join)
_PATTERNS = st.lists(_REPEATED, min_size=1, max_size=5).map("".join)
_SUBJECTS = st.lists(st.sampled_from(["a", "b", "ab", "xx", "1", "-", "é", "\udcff", "\r\n", ".", "A"]), max_size=30)


@settings(max_examples=300, deadline=None)
@given(_PATTERNS, _SUBJECTS, st.booleans(), st.sampled_from(["front", "end"]))
def test_long_values_are_matched_as_short_ones(pattern: str, pieces: list[str], lines: bool, side: str) -> None:
    try:
        compiled = compile_pattern(pattern, lines=lines)
    except PatternError:
        return
    padding = "_" * 300 + "\r\n"
    subject = padding + "".join(pieces) if side == "end" else "".join(pieces) + "\r\n" + padding
    assert is_found(compiled, subject) is (compiled.search(subject) is not None)
    wanted, _ = compiled.subn("<>", subject, 1)
    assert substitute(compiled, lambda _match: "<>", subject, 1)[0] == wanted


@pytest.mark.parametrize(
    ("written", "subject", "changed"),
    [
        (r"/a([0-9]*)/<\1>/g", "a1 a22 b", "<1> <22> b"),
        ("/^x.*$/y/g", "xa\r\nb\r\nxc\r\n", "y\r\nb\r\ny\r\n"),
        ("/b*c/-/", "bbbc bc", "- bc"),
        (r"/(.*)@(.*)/\2@\1/", "a@b", "b@a"),
    ],
)
def test_substitutions_in_long_values(written: str, subject: str, changed: str) -> None:
    padding = "\r\n" + "_" * 400
    assert parse_substitution(written).apply(subject) == changed
    assert parse_substitution(written).apply(subject + padding) == changed + padding


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        ("a.*b", "a"),
        ("[0-9]+@", "1"),
        ("(.*)b", "a"),
        ("^(.*)x(.*)y", "x"),
        ("a*b", "a"),
        ("x.*y.*z.*0", "xy"),
        (" +$", " "),
    ],
)
def test_no_value_takes_long(pattern: str, letters: str) -> None:
    """Python's matcher takes 2 to 30 seconds for most of these."""
    subject = (letters * 60_000)[:60_000] + "!"
    begun = time.process_time()
    for lines in (False, True):
        assert not is_found(compile_pattern(pattern, lines=lines), subject)
    assert time.process_time() - begun < 1.0


def test_no_message_takes_long() -> None:
    script = ScriptRun(
        'loadmodule "textops"\nroute { search("a.*b"); replace("a+b", "c"); subst("/(a*)b/c/g");'
        ' switch ($rb) { case /"(a+)+b": exit; case /"a.*b": exit; } remove_hf_re("a.*b"); drop; }'
    )
    message = make_request("MESSAGE", "sip:bob@example.com", "a" * 30_000 + ": x", body="a" * 60_000)
    begun = time.process_time()
    script.send(message)
    assert time.process_time() - begun < 1.0


def test_pattern_that_repeats_repetitions_is_found_in_linear_time() -> None:
    """The classic default of SER: `uri =~ ...` with it runs; Python's matcher never sees it."""
    pattern = read_pattern(r"[@:](.*\.)?iptel\.org([:;].*)*$", only_found=True)
    assert pattern.is_twin_alone
    search = finder(pattern.compiled())
    assert search("sip:jiri@foo.iptel.org:5060;lr")
    assert not search("sip:jiri@foo.example.org")
    assert not search("sip:a@b.iptel.org" * 2_000 + "x")
    with pytest.raises(PatternError):
        compile_pattern(r"[@:](.*\.)?iptel\.org([:;].*)*$")
