r"""`/re/replacement/flags`."""

from __future__ import annotations

import pytest

from sertwist.script.pattern import PatternError
from sertwist.script.substitution import parse_substitution


@pytest.mark.parametrize(
    ("written", "subject", "changed"),
    [
        ("/a/b/", "aa", "ba"),
        ("/a/b/g", "aa", "bb"),
        ("/A/b/", "aa", None),
        ("/A/b/i", "aa", "ba"),
        ("/A/b/ig", "aa", "bb"),
        (r"/^sip:(.*)@(.*)$/sip:\2@\1/", "sip:a@b", "sip:b@a"),
        (r"/a(x)?b/[\1\0]/", "ab", "[ab]"),
        (r"/a\/b/c\/d/", "a/b", "c/d"),
        ("#a/b#c/d#", "a/b", "c/d"),
        (r"/a/\n\t\\\&/", "a", "\n\t\\&"),
        ("/^b/x/", "a\nb", "a\nx"),
        ("/^b/x/s", "a\nb", None),
        ("/a.b/x/s", "a\nb", "x"),
        ("/a//", "abc", "bc"),
        (r"/[[:digit:]]+/90/", "Expires 1800;a", "Expires 90;a"),
    ],
)
def test_substitution(written: str, subject: str, changed: str | None) -> None:
    assert parse_substitution(written).apply(subject) == changed


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "no substitution"),
        ("abc", "no substitution"),
        ("/a/b", "no substitution"),
        ("/a/b/c/d", "no substitution"),
        ("/a/b/x", "unknown flag 'x'"),
        (r"/a/\1/", "group 1, the pattern has 0"),
        ("/(/b/", "invalid regular expression"),
    ],
)
def test_substitution_is_refused(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_substitution(written)


def test_slow_pattern_is_refused() -> None:
    with pytest.raises(PatternError) as raised:
        parse_substitution("/(a+)+/b/")
    assert raised.value.is_slow
