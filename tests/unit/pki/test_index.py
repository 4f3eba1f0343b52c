"""The index: what is written is read again, and nothing that is damaged is passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.errors import ConfigError
from sertwist.pki.index import REASONS, Entry, Index, Purpose, format_index, parse_index, parse_serial, serial_text

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BOB = Entry(
    serial=0x0ABC,
    name="bob",
    purpose=Purpose.CLIENT,
    names=("URI:sip:bob@example.com",),
    not_before=NOW - DAY,
    not_after=NOW + DAY,
    sha256="aa" * 32,
)
PATH = Path("index.jsonl")

dates = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda d: d.replace(microsecond=0, tzinfo=UTC))  # noqa: DTZ001


@st.composite
def indexes(draw: st.DrawFn) -> Index:
    serials = draw(st.lists(st.integers(1, 2**159), unique=True, max_size=4))
    entries = [
        Entry(
            serial=serial,
            name=draw(st.text()),
            purpose=draw(st.sampled_from(Purpose)),
            names=tuple(draw(st.lists(st.text(), max_size=3))),
            not_before=draw(dates),
            not_after=draw(dates),
            sha256=draw(st.text("0123456789abcdef")),
        )
        for serial in serials
    ]
    index = Index(draw(st.integers(0)), draw(st.none() | dates), entries)
    for entry in list(entries):
        if draw(st.booleans()):
            index.revoke(entry, draw(dates), draw(st.sampled_from(sorted(REASONS))))
    return index


@given(indexes())
def test_index_is_read_as_it_was_written(index: Index) -> None:
    assert parse_index(format_index(index), PATH) == index


def written(*entries: Entry) -> bytes:
    return format_index(Index(1, NOW, list(entries)))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\n", 1),
        (b"[]\n", 1),
        (b'{"format": 1, "crl_number": 1e999, "crl_made": ""}\n', 1),
        (b'{"format": 1, "crl_number": -1, "crl_made": ""}\n', 1),
        (b"[" * 100_000 + b"\n", 1),
        (b'{"format": 2, "crl_number": 1, "crl_made": ""}\n', 1),
        (written(BOB).replace(b'"name"', b'"nome"'), 2),
        (written(BOB).replace(b'"bob"', b"7"), 2),
        (written(BOB).replace(b'"client"', b'"king"'), 2),
        (written(BOB).replace(b"}\n{", b"}\n\n{"), 2),
        (written(BOB)[:-20] + b"\n", 2),
        (written(BOB) + b"\xff\n", 1),
        (written(BOB, BOB), 3),
        (written(replace(BOB, revoked=NOW, reason="no idea")), 2),
        (written(replace(BOB, revoked=NOW)), 2),
        (written(BOB).replace(b'"sha256"', b'"reason": "superseded", "sha256"'), 2),
    ],
)
def test_index_is_refused_whole_when_a_line_is_damaged(content: bytes, line: int) -> None:
    with pytest.raises(ConfigError, match=f"index.jsonl:{line}: not a line of this index"):
        parse_index(content, PATH)


def test_index_is_refused_when_its_end_is_missing() -> None:
    with pytest.raises(ConfigError, match="cut off"):
        parse_index(written(BOB).rstrip(), PATH)


def test_state_follows_the_time_and_revocation() -> None:
    assert [BOB.state(NOW + offset) for offset in (-2 * DAY, -DAY, DAY, DAY + timedelta(seconds=1))] == [
        "not valid yet",
        "valid",
        "valid",
        "expired",
    ]
    assert replace(BOB, revoked=NOW, reason="superseded").state(NOW) == "revoked"


def test_revoked_certificate_stays_listed_until_a_list_made_after_its_expiry_has_had_it() -> None:
    index = Index(entries=[replace(BOB, revoked=NOW, reason="keyCompromise")])
    for made, listed in [
        (None, 1),
        (NOW, 1),
        (BOB.not_after, 1),  # made at the last valid second, not after it
        (BOB.not_after + timedelta(seconds=1), 0),
    ]:
        index.crl_made = made
        assert len(list(index.listed())) == listed
    late = Index(entries=[replace(BOB, revoked=BOB.not_after + 5 * DAY, reason="superseded")])
    late.crl_made = BOB.not_after + 2 * DAY
    assert len(list(late.listed())) == 1, "no list has had it yet"


def test_certificate_that_is_not_revoked_is_not_listed() -> None:
    assert list(Index(entries=[BOB]).listed()) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [("0ABC", 0xABC), ("0abc", 0xABC), ("0A:BC", 0xABC), ("0x0abc", 0xABC), ("xyz", None), ("", None), ("-1", None)],
)
def test_serial_is_read_in_the_forms_that_programs_print(text: str, number: int | None) -> None:
    assert parse_serial(text) == number


def test_serial_is_printed_as_openssl_does() -> None:
    assert [serial_text(number) for number in (0xABC, 1, 2**159 - 1)] == ["0ABC", "01", "7F" + "FF" * 19]
