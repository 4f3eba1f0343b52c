"""Changing the first line of a header and leaving the others as they are."""

from __future__ import annotations

from sertwist.sip.edits import Edits
from sertwist.sip.message import parse_message

MESSAGE = parse_message(b"OPTIONS sip:a@b SIP/2.0\r\nVia: 1\r\nX: a\r\nv: 2\r\nVia: 3\r\n\r\n")


def lines(edits: Edits) -> list[bytes]:
    return MESSAGE.serialize(edits).split(b"\r\n")[1:-2]


def test_first_line_is_replaced_behind_what_is_put_before_it() -> None:
    edits = Edits()
    edits.prepend_header("via", "0")
    edits.set_first("via", "new")
    assert lines(edits) == [b"Via: 0", b"Via: new", b"X: a", b"v: 2", b"Via: 3"]
    assert lines(edits.copy()) == lines(edits)


def test_first_line_is_left_out() -> None:
    edits = Edits()
    edits.set_first("via", None)
    assert lines(edits) == [b"X: a", b"v: 2", b"Via: 3"]
    edits.set_first("y", "nowhere")
    assert lines(edits) == [b"X: a", b"v: 2", b"Via: 3"]


def test_later_change_of_all_lines_wins() -> None:
    edits = Edits()
    edits.set_first("via", "new")
    edits.set_header("via", "only")
    assert lines(edits) == [b"Via: only", b"X: a"]
