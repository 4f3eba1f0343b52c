"""A line of the shell."""

from __future__ import annotations

import pytest

from sertwist.client.failure import UsageError
from sertwist.serctl.shell_line import Line, holds_secret, read_line


@pytest.mark.parametrize(
    ("text", "words", "pipes"),
    [
        ("version", ("version",), ()),
        ("  ", (), ()),
        ("ul add bob 'sip:b@h;x=y z' # 5", ("ul", "add", "bob", "sip:b@h;x=y z", "#", "5"), ()),
        ("ul.rm location $HOME *;&", ("call", "ul.rm", "location", "$HOME", "*;&"), ()),
        ("methods | grep core | wc -l", ("methods",), (("grep", "core"), ("wc", "-l"))),
        ("call m 'a|b'", ("call", "m", "a|b"), ()),
        ("call m 'json:{\"a\": [1]}'", ("call", "m", 'json:{"a": [1]}'), ()),
    ],
)
def test_line_is_words_and_pipes(text: str, words: tuple[str, ...], pipes: tuple[tuple[str, ...], ...]) -> None:
    assert read_line(text) == Line(words, pipes)


@pytest.mark.parametrize("text", ["call 'x", "| grep", "version |", "a | | b"])
def test_line_is_refused_when_it_does_not_end(text: str) -> None:
    with pytest.raises(UsageError):
        read_line(text)


def test_secrets_are_recognized_by_their_names() -> None:
    assert holds_secret("call uac.reg_add auth_password=x")
    assert holds_secret("call m HA1=5")
    assert not holds_secret("core.version")
