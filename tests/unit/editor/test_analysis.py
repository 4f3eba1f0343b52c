"""What an editor is told about a script."""

from __future__ import annotations

import pytest

from sertwist.editor.analysis import Analysis, analyse

TEXT = """\
loadmodule "sl"
debug=2
route {
    if (method == "OPTIONS") {
        route(ANSWER);
    }
    sl_reply("404", "No");
}
route[ANSWER] {
    sl_replly("200", "OK");
}
"""


def analysed(text: str = TEXT) -> Analysis:
    return analyse("/somewhere/ser.cfg", text)


def at(analysis: Analysis, text: str, add: int = 1) -> int:
    return analysis.source.text.index(text) + add


def test_findings_carry_code_and_place() -> None:
    (found,) = [each for each in analysed().diagnostics if each.code == "unknown-function"]
    assert "sl_reply" in found.fix
    assert TEXT[slice(*found.span)] == "sl_replly"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ('sl_reply("404"', "Answer the request"),
        ("method ==", "request method"),
        ("debug=2", "Log threshold"),
        ("ANSWER);", "line 9"),
    ],
)
def test_hover_tells_what_a_name_means(word: str, told: str) -> None:
    analysis = analysed()
    found = analysis.hover(at(analysis, word))
    assert found is not None
    assert told in found[0]
    assert TEXT[slice(*found[1])] == word.split("(", maxsplit=1)[0].split(" ", maxsplit=1)[0].split("=", maxsplit=1)[
        0
    ].rstrip(");")


def test_hover_says_that_a_module_is_not_loaded() -> None:
    analysis = analysed('route { sl_reply("404", "x"); }')
    found = analysis.hover(at(analysis, "sl_reply"))
    assert found is not None
    assert "not loaded" in found[0]


def test_hover_over_nothing_known_is_nothing() -> None:
    analysis = analysed()
    assert analysis.hover(at(analysis, "{", 0)) is None


def test_a_route_is_found_from_where_it_is_called() -> None:
    analysis = analysed()
    span = analysis.definition(at(analysis, "ANSWER);"))
    assert span is not None
    assert span.start == TEXT.index("[ANSWER]") + 1
    assert analysis.definition(at(analysis, "sl_reply(")) is None


def test_blocks_are_listed() -> None:
    assert [name for name, _, _ in analysed().routes()] == ["route", "route[ANSWER]"]


@pytest.mark.parametrize(
    ("before", "some"),
    [
        ("route {\n  sl_re", {"sl_reply"}),
        ("route {\n  if (@src.", {"@src.ip", "@src.port"}),
        ("route {\n  if (src", {"src_ip", "src_port"}),
        ("route {\n  route(", {"ANSWER"}),
        ("de", {"debug"}),
    ],
)
def test_suggestions_fit_what_stands_before(before: str, some: set[str]) -> None:
    text = f'loadmodule "sl"\nroute[ANSWER] {{ exit; }}\n{before}'
    analysis = analysed(text)
    labels = {each.label for each in analysis.suggestions(len(text))}
    assert some <= labels
    written = text[slice(*analysis.written_before(len(text)))]
    assert all(label.startswith(written) for label in labels)


def test_modules_and_their_parameters_are_suggested() -> None:
    text = 'loadmodule "xmlrpc"\nmodparam("xmlrpc", "max_'
    labels = {each.label for each in analysed(text).suggestions(len(text))}
    assert "max_body" in labels
    text = 'loadmodule "sl'
    labels = {each.label for each in analysed(text).suggestions(len(text))}
    assert {"sl", "tls", "xmlrpc"} <= labels
