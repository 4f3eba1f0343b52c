"""What few scripts use: SQL literals, base64 for URLs, and the names that OpenSIPS has for its own transformations."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_SUBJECT
from sertwist.script.declare import Kind
from sertwist.script.transformations.declare import Change
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.transformations.declare import Changed

__all__ = ["NEIGHBOURS"]

_BLANKS: Final = dict.fromkeys(map(ord, " \t\r\n"))


def _literal(value: Changed) -> str:
    """A number as it stands, NULL for what is undefined, else a quoted text."""
    return str(value) if isinstance(value, int) else _text_literal(value)


def _text_literal(value: Changed) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", "\\\\").replace("'", "''").replace("\0", "")
    return f"'{escaped}'"


def _number_literal(value: Changed) -> Changed:
    return 0 if value is None else value


def _to_url(value: str) -> str:
    return urlsafe_b64encode(as_bytes(value)).decode("ascii")


def _from_url(value: str) -> str | None:
    try:
        return as_text(urlsafe_b64decode(as_bytes(value + "=" * (-len(value) % 4))))
    except ValueError:
        return None


def _filled_left(value: str, filling: str, length: int) -> str | None:
    return _filled(value, filling, length) + value if length <= MAX_SUBJECT else None


def _filled_right(value: str, filling: str, length: int) -> str | None:
    return value + _filled(value, filling, length) if length <= MAX_SUBJECT else None


def _filled(value: str, filling: str, length: int) -> str:
    missing = max(0, length - len(value))
    return (filling * missing)[:missing]


def _cut(value: str, length: int) -> str | None:
    """Exactly `length` characters: cut, or filled up with blanks."""
    return value[:length].ljust(length) if 0 <= length <= MAX_SUBJECT else None


#: By name, in the order of the documentation.
NEIGHBOURS: Final = (
    Change(name="sql.val", apply=_literal, of_undefined=True, help="As a value in SQL: a number, NULL, or quoted."),
    Change(name="sql.val.str", apply=_text_literal, of_undefined=True, help="As a quoted text in SQL, or NULL."),
    Change(name="sql.val.int", apply=_number_literal, of_undefined=True, help="As a number in SQL; undefined: 0."),
    Change(name="s.encode.base64url", apply=_to_url, help="In base64 with the letters for URLs."),
    Change(name="s.decode.base64url", apply=_from_url, help="The text that it is the base64 of, for URLs."),
    Change(name="s.rmws", apply=lambda value: value.translate(_BLANKS), help="Without blanks and line ends."),
    Change(name="s.reverse", apply=lambda value: value[::-1], help="From its end to its beginning."),
    Change(
        name="s.index",
        apply=lambda value, part: value.find(part),
        arguments=(Kind.TEXT,),
        kind=Kind.NUMBER,
        help="Where the argument stands in it, from 0; -1: nowhere.",
    ),
    Change(
        name="s.rindex",
        apply=lambda value, part: value.rfind(part),
        arguments=(Kind.TEXT,),
        kind=Kind.NUMBER,
        help="Where the argument stands last in it; -1: nowhere.",
    ),
    Change(
        name="s.fill.left",
        apply=_filled_left,
        arguments=(Kind.TEXT, Kind.NUMBER),
        help="Filled up in front with the first argument to so many characters.",
    ),
    Change(
        name="s.fill.right",
        apply=_filled_right,
        arguments=(Kind.TEXT, Kind.NUMBER),
        help="Filled up behind with the first argument to so many characters.",
    ),
    Change(name="s.width", apply=_cut, arguments=(Kind.NUMBER,), help="Cut or filled up to so many characters."),
    Change(
        name="csv.count",
        apply=lambda value: len(value.split(",")),
        kind=Kind.NUMBER,
        help="How many values it has between commas.",
    ),
    Change(
        name="csv.value",
        apply=lambda value, place: dict(enumerate(value.split(","))).get(place),
        arguments=(Kind.NUMBER,),
        help="The value at a place between commas, from 0.",
    ),
)
