"""The Pygments lexer keeps every character and knows the language's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Error, Keyword, Name, String

from sertwist.editor.highlight import SerCfgLexer

CONF = Path(__file__).parents[3] / "conf"


def tokens(text: str) -> list[tuple[object, str]]:
    return [(kind, value) for _, kind, value in SerCfgLexer().get_tokens_unprocessed(text)]


@pytest.mark.parametrize("path", sorted(CONF.glob("*.cfg")), ids=lambda path: path.name)
def test_shipped_scripts_have_no_errors(path: Path) -> None:
    text = path.read_text()
    found = tokens(text)
    assert "".join(value for _, value in found) == text
    assert not [value for kind, value in found if kind is Error]


def test_kinds_of_words() -> None:
    found = tokens('#!ifdef X\nroute[A] { if ($ru =~ "a" && @tls.peer == "Bob") sl_reply("1"); } # end')
    assert (Comment.Preproc, "#!ifdef X") in found
    assert (Keyword.Declaration, "route") in found
    assert (Keyword, "if") in found
    assert (Name.Variable, "$ru") in found
    assert (Name.Variable.Magic, "@tls.peer") in found
    assert (Name.Function, "sl_reply") in found
    assert (Comment.Single, "# end") in found
    assert (String.Double, "Bob") in found


def test_nested_comments_and_variables_end_where_they_end() -> None:
    found = tokens("/* a /* b */ c */ $(hdr(Via)[1]{s.len}) x")
    assert found[-1] == (Name, "x")


def test_it_is_registered_under_its_name() -> None:
    assert isinstance(get_lexer_by_name("ser.cfg"), SerCfgLexer)


@given(st.text(max_size=200))
def test_no_text_is_lost(text: str) -> None:
    assert "".join(value for _, value in tokens(text)) == text
