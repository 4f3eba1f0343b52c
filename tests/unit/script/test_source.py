import pytest

from sertwist.script.source import Position, Source, Span


@pytest.mark.parametrize(
    ("offset", "place"), [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (4, (3, 1)), (6, (3, 3)), (99, (3, 3))]
)
def test_offset_becomes_line_and_column(offset: int, place: tuple[int, int]) -> None:
    assert Source.from_text("f", "ab\n\ncd").position(offset) == Position(*place)


def test_byte_order_mark_is_dropped() -> None:
    assert Source.from_bytes("f", b"\xef\xbb\xbfroute {}").text == "route {}"


def test_undecodable_bytes_are_kept_and_counted_as_one_column() -> None:
    source = Source.from_bytes("f", b'"\xff" x')
    assert source.text.encode("utf-8", "surrogateescape") == b'"\xff" x'
    assert source.position(4) == Position(1, 5)


def test_line_comes_without_its_end_of_either_kind() -> None:
    source = Source.from_text("f", "one\r\ntwo\nthree")
    assert [source.line_at(offset) for offset in (0, 5, 9)] == ["one", "two", "three"]


def test_byte_column_counts_utf_8() -> None:
    assert Source.from_text("f", "x\näö z").byte_extent(Span(5, 6)) == (2, 5, 2, 6)


def test_span_reaches_to_the_end_of_the_longer_one() -> None:
    assert Span(1, 9).to(Span(3, 5)) == Span(1, 9)
    assert Span(1, 3).to(Span(3, 5)) == Span(1, 5)
    assert Span(1, 3).after == Span(3, 3)


def test_place_and_extent_are_those_of_the_file_that_a_piece_begins_in() -> None:
    source = Source.from_text("main", "one\ntwo\nthree\n")
    source.include(8, 4, Source.from_text("part", "a\nb"))
    assert source.text == "one\ntwo\na\nbthree\n"
    assert source.place(Span(8, 9)) == ("part", 1, 1)
    assert source.place(Span(11, 16)) == ("main", 3, 1)
    assert source.extent(Span(8, 11)) == ((1, 1), (2, 2))
    assert source.extent(Span(10, 13)) == ((2, 1), (2, 1))
    assert source.origin(8) == ("included from main:2",)
    assert [source.line_at(offset) for offset in (5, 8, 10, 11)] == ["two", "a", "b", "three"]
