"""`{s.*}`: pieces and cases of texts."""

from __future__ import annotations

from typing import Final

from sertwist.script.declare import Kind
from sertwist.script.runtime import number
from sertwist.script.transformations.declare import Change

__all__ = ["STRINGS"]

_BLANKS: Final = " \t\r\n"


def _substr(value: str, offset: int, length: int = 0) -> str:
    start = offset if offset >= 0 else max(0, len(value) + offset)
    return value[start : start + length] if length > 0 else value[start:]


def _select(value: str, index: int, separator: str) -> str:
    fields = value.split(separator[0] if separator else ",")
    return fields[index] if -len(fields) <= index < len(fields) else ""


def _strip(value: str, count: int) -> str:
    return value[max(0, count) :]


def _striptail(value: str, count: int) -> str:
    return value[: max(0, len(value) - max(0, count))]


def _prefixes(value: str, longest: int = 0) -> str:
    most = min(len(value), longest) if longest > 0 else len(value)
    return ",".join(value[:length] for length in range(1, most + 1))


def _digits(value: str) -> str:
    return "".join(each for each in value if "0" <= each <= "9")


def _before(value: str, character: str) -> str:
    return value.partition(character[:1])[0] if character else value


def _after(value: str, character: str) -> str:
    return value.partition(character[:1])[2] if character else ""


def _rbefore(value: str, character: str) -> str:
    return value.rpartition(character[:1])[0] if character[:1] in value and character else value


def _rafter(value: str, character: str) -> str:
    return value.rpartition(character[:1])[2] if character[:1] in value and character else ""


def _unquote(value: str) -> str:
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'" else value


def _charat(value: str, index: int) -> str:
    return value[index] if -len(value) <= index < len(value) else ""


#: By name; texts are counted in characters.
STRINGS: Final = (
    Change(name="s.int", apply=number, kind=Kind.NUMBER, help="The number; 0 when it is none."),
    Change(name="s.len", apply=len, kind=Kind.NUMBER, help="How many characters."),
    Change(
        name="s.substr",
        apply=_substr,
        arguments=(Kind.NUMBER, Kind.NUMBER),
        needed=1,
        help="From an offset (negative: from the end) so many characters; 0 for the rest.",
    ),
    Change(
        name="s.select",
        apply=_select,
        arguments=(Kind.NUMBER, Kind.TEXT),
        help="The field of this number between separators; negative from the end.",
    ),
    Change(name="s.replace", apply=str.replace, arguments=(Kind.TEXT, Kind.TEXT), help="Every occurrence replaced."),
    Change(name="s.rm", apply=lambda value, gone: value.replace(gone, ""), arguments=(Kind.TEXT,), help="Without it."),
    Change(name="s.tolower", apply=str.lower, help="In lower case."),
    Change(name="s.toupper", apply=str.upper, help="In upper case."),
    Change(name="s.trim", apply=lambda value: value.strip(_BLANKS), help="Without blanks at both ends."),
    Change(name="s.ltrim", apply=lambda value: value.lstrip(_BLANKS), help="Without blanks in front."),
    Change(name="s.rtrim", apply=lambda value: value.rstrip(_BLANKS), help="Without blanks at the end."),
    Change(name="s.strip", apply=_strip, arguments=(Kind.NUMBER,), help="Without so many characters in front."),
    Change(name="s.striptail", apply=_striptail, arguments=(Kind.NUMBER,), help="Without so many at the end."),
    Change(
        name="s.prefixes",
        apply=_prefixes,
        arguments=(Kind.NUMBER,),
        needed=0,
        help="Every beginning of it, shortest first, with commas: 1,12,123.",
    ),
    Change(name="s.numeric", apply=_digits, help="Its digits alone."),
    Change(name="s.before", apply=_before, arguments=(Kind.TEXT,), help="What stands before the first of a character."),
    Change(name="s.after", apply=_after, arguments=(Kind.TEXT,), help="What stands behind the first of a character."),
    Change(name="s.rbefore", apply=_rbefore, arguments=(Kind.TEXT,), help="What stands before the last."),
    Change(name="s.rafter", apply=_rafter, arguments=(Kind.TEXT,), help="What stands behind the last."),
    Change(name="s.count", apply=str.count, arguments=(Kind.TEXT,), kind=Kind.NUMBER, help="How often it is in it."),
    Change(name="s.charat", apply=_charat, arguments=(Kind.NUMBER,), help="The character at an index from 0."),
    Change(name="s.unquote", apply=_unquote, help="Without the quotes around it."),
)
