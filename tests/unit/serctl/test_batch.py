"""What a batch file says."""

from __future__ import annotations

import pytest

from sertwist.client.failure import UsageError
from sertwist.serctl.actions.batch import Member, read_batch


def test_lines_are_calls_as_in_a_shell() -> None:
    text = "# first\n\ncore.version\n  ul.add 'a b' \"c\" json:[1] ;x=y\n"
    assert read_batch(text) == [
        Member(line=3, method="core.version"),
        Member(line=4, method="ul.add", arguments=("a b", "c", "json:[1]", ";x=y")),
    ]


def test_json_is_calls_in_order_or_by_name() -> None:
    text = '[{"method": "a", "params": [1, "x"]}, {"methodName": "b", "params": {"k": null}}, {"method": "c"}]'
    assert read_batch(text) == [
        Member(line=1, method="a", params=(1, "x")),
        Member(line=2, method="b", named={"k": None}),
        Member(line=3, method="c"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a 'b", "line 1: No closing"),
        ("[1]", "call 1 of the batch is not"),
        ('[{"method": "a", "params": 5}]', "call 1"),
        ("[", "no JSON array"),
        ('[{"method": "a"}, {}]', "call 2"),
    ],
)
def test_batch_is_refused_when_it_is_none(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_batch(text)
