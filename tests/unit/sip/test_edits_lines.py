"""Changing a message's lines as a whole, before and after what is changed by name."""

from __future__ import annotations

import pytest

from sertwist.sip.edits import Edits
from sertwist.sip.header_text import header_lines, header_name, value_of
from sertwist.sip.message import parse_message

MESSAGE = parse_message(b"OPTIONS sip:a@b SIP/2.0\r\nVia: 1\r\nX: a\r\nv: 2\r\nY: b\r\n c\r\n\r\nbody")


def sent(edits: Edits) -> list[bytes]:
    return MESSAGE.serialize(edits).partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]


def test_lines_are_the_message_s_until_something_changes_them() -> None:
    edits = Edits()
    assert edits.lines(MESSAGE) == [b"Via: 1", b"X: a", b"v: 2", b"Y: b\r\n c"]
    edits.lines(MESSAGE).clear()
    assert sent(edits) == [b"Via: 1", b"X: a", b"v: 2", b"Y: b", b" c"]
    assert edits.body(MESSAGE) == b"body"


def test_rewritten_lines_hold_what_was_changed_before_and_take_what_comes_after() -> None:
    edits = Edits()
    edits.append_lines(header_lines("Z: 1\r\nZ: 2\r\n"))
    edits.remove_header("via")
    edits.rewrite_lines([*edits.lines(MESSAGE), b"New: 1"])
    assert sent(edits) == [b"X: a", b"Y: b", b" c", b"Z: 1", b"Z: 2", b"New: 1"]
    edits.prepend_header("via", "0")
    edits.set_header("z", "3")
    edits.append_lines((b"End: 1",))
    edits.replace_body(b"other", "text/plain")
    wanted = [b"Via: 0", b"X: a", b"Y: b", b" c", b"Z: 3", b"New: 1", b"Content-Length: 5", b"Content-Type: text/plain"]
    assert sent(edits) == [*wanted, b"End: 1"]
    assert sent(edits.copy()) == sent(edits)
    assert edits.body(MESSAGE) == b"other"


def test_copy_goes_its_own_way() -> None:
    edits = Edits()
    edits.rewrite_lines([b"X: a"])
    copy = edits.copy()
    copy.remove_header("x")
    copy.rewrite_lines([b"Y: b"])
    assert sent(edits) == [b"X: a"]
    assert sent(copy) == [b"Y: b"]


def test_removal_takes_what_was_appended_before() -> None:
    edits = Edits()
    edits.append_lines((b"z: 1",))
    edits.remove_header("Z")
    edits.append_lines((b"z: 2",))
    assert sent(edits)[-1] == b"z: 2"
    assert b"z: 1" not in sent(edits)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("X: 1\r\n", (b"X: 1",)),
        ("X: 1", (b"X: 1",)),
        ("X:\r\n", (b"X:",)),
        ("X : 1\r\n", (b"X : 1",)),
        ("X: 1\r\nY: 2\r\n", (b"X: 1", b"Y: 2")),
        ("X: 1\r\n  2\r\nY: 2", (b"X: 1\r\n  2", b"Y: 2")),
        ("X: \udcff\u00e4", (b"X: \xff\xc3\xa4",)),
    ],
)
def test_header_text_becomes_lines(text: str, lines: tuple[bytes, ...]) -> None:
    assert header_lines(text) == lines


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("\r\n", "empty"),
        ("X: 1\n", "alone"),
        ("X: 1\rY: 2", "alone"),
        ("X: 1\r\n\r\nY: 2", "end the header"),
        ("X: 1\r\n\r\n", "end the header"),
        ("X 1", "a name, a colon"),
        (": 1", "a name, a colon"),
        (" X: 1", "a name, a colon"),
        ("X: 1\0", "NUL"),
    ],
)
def test_header_text_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        header_lines(text)


def test_header_names() -> None:
    assert [header_name(each) for each in ("Via", "v", "VIA:", " X-Y ")] == ["via", "via", "via", "x-y"]
    for bad in ("", ":", "a b", "a\r\nb"):
        with pytest.raises(ValueError, match="no header name"):
            header_name(bad)


def test_value_is_unfolded() -> None:
    assert value_of(b"Y:  b\r\n c ") == b"b c"
