from sertwist.limits import MAX_DIAGNOSTICS
from sertwist.script.diagnostic import Diagnostic, Diagnostics, Severity, render
from sertwist.script.source import Source, Span


def show(text: str, span: Span, message: str = "wrong", fix: str = "") -> list[str]:
    found = Diagnostic(code="x", severity=Severity.ERROR, span=span, message=message, fix=fix)
    return render(found, Source.from_text("ser.cfg", text)).split("\n")


def test_place_message_fix_line_and_caret_are_shown() -> None:
    assert show("a\n  foo();", Span(4, 7), "unknown 'foo'", "did you mean 'fo'?") == [
        "ser.cfg:2:3: error: unknown 'foo' (did you mean 'fo'?)",
        "  foo();",
        "  ^~~",
    ]


def test_caret_stands_below_when_tabs_come_before() -> None:
    assert show("\t\tfoo", Span(2, 5))[2] == "\t\t^~~"


def test_caret_ends_with_the_line_when_the_span_goes_on() -> None:
    assert show("ab\ncd", Span(1, 5))[1:] == ["ab", " ^"]


def test_caret_stands_behind_the_last_character_when_something_is_missing() -> None:
    assert show("ab", Span(2, 2))[1:] == ["ab", "  ^"]


def test_only_a_part_is_shown_when_the_line_is_long() -> None:
    _, line, caret = show("x" * 1000 + "HERE" + "y" * 1000, Span(1000, 1004))
    assert len(line) == 160
    assert line[caret.index("^") : caret.index("^") + 4] == "HERE"


def test_control_characters_and_surrogates_are_not_printed() -> None:
    assert show("a\x1b[2J\udcff", Span(0, 1), "m\x07")[:2] == ["ser.cfg:1:1: error: m?", "a?[2J?"]


def test_findings_come_by_position() -> None:
    found = Diagnostics()
    found.error("b", Span(9, 10), "second")
    found.warning("a", Span(3, 4), "first")
    assert [each.message for each in found] == ["first", "second"]


def test_first_200_of_more_are_given() -> None:
    found = Diagnostics()
    for at in reversed(range(MAX_DIAGNOSTICS)):
        assert not found.is_full
        found.error("x", Span(at, at), "")
    assert len(list(found)) == MAX_DIAGNOSTICS
    found.error("x", Span(MAX_DIAGNOSTICS, MAX_DIAGNOSTICS), "")
    assert [each.span.start for each in found] == list(range(MAX_DIAGNOSTICS))
    assert found.errors == MAX_DIAGNOSTICS + 1


def test_one_cause_is_kept_once() -> None:
    found = Diagnostics()
    for at in (1, 2):
        found.error("unknown-function", Span(at, at), "", cause="foo")
    found.error("unknown-function", Span(3, 3), "", cause="bar")
    assert [each.span.start for each in found] == [1, 3]


def test_only_errors_are_counted_as_errors() -> None:
    found = Diagnostics()
    found.hint("h", Span(0, 0), "")
    found.warning("w", Span(0, 0), "")
    assert (found.errors, len(found)) == (0, 2)
