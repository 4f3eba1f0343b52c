"""`{param.*}`, `{nameaddr.*}`, `{tobody.*}`, `{line.*}`: parts of lists and of header bodies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Kind
from sertwist.script.transformations.declare import Change
from sertwist.script.transformations.uris import sip_uri_of
from sertwist.sip.address import Address, parse_address
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.params import encode_params
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LISTS"]


def _params(text: str, separator: str = ";") -> list[tuple[str, str]]:
    """Name and value of each; separators inside quotes separate nothing, quotes around a value are taken away."""
    found: list[tuple[str, str]] = []
    for item in _split(text, separator[:1] or ";"):
        name, _, value = item.partition("=")
        if name.strip():
            value = value.strip()
            quoted = len(value) >= 2 and value[0] == value[-1] == '"'
            found.append((name.strip(), value[1:-1] if quoted else value))
    return found


def _split(text: str, separator: str) -> list[str]:
    if '"' not in text:
        return text.split(separator)
    items, inside = [""], False
    for character in text:
        inside ^= character == '"'
        if character == separator and not inside:
            items.append("")
        else:
            items[-1] += character
    return items


def _value(text: str, name: str, separator: str = ";") -> str:
    return next((value for each, value in _params(text, separator) if each.lower() == name.lower()), "")


def _has(text: str, name: str, separator: str = ";") -> int:
    return int(any(each.lower() == name.lower() for each, _ in _params(text, separator)))


def _at(place: int) -> Callable[..., str]:
    def apply(text: str, index: int, separator: str = ";") -> str:
        found = _params(text, separator)
        return found[index][place] if -len(found) <= index < len(found) else ""

    return apply


def _count(text: str, separator: str = ";") -> int:
    return len(_params(text, separator))


@lru_cache(maxsize=512)
def _address(text: str) -> Address | None:
    try:
        return parse_address(as_bytes(text))
    except BadHeaderError:
        return None


def _of_address(take: Callable[[Address], bytes]) -> Callable[[str], str | None]:
    def apply(text: str) -> str | None:
        found = _address(text)
        return None if found is None else as_text(take(found))

    return apply


def _of_uri(part: str) -> Callable[[str], str | None]:
    def apply(text: str) -> str | None:
        found = _address(text)
        uri = None if found is None else sip_uri_of(as_text(found.uri))
        return None if found is None else "" if uri is None else as_text(getattr(uri, part) or b"")

    return apply


def _nameaddr_length(text: str) -> int | None:
    """Characters of the name and the address, without the parameters behind them."""
    found = _address(text)
    return None if found is None else len(text) - len(as_text(encode_params(found.params)))


def _line_at(text: str, index: int) -> str:
    lines = text.splitlines()
    return lines[index] if -len(lines) <= index < len(lines) else ""


def _line_starting(text: str, beginning: str) -> str:
    return next((line for line in text.splitlines() if line.startswith(beginning)), "")


#: By name.
LISTS: Final = (
    Change(
        name="param.value",
        apply=_value,
        arguments=(Kind.TEXT, Kind.TEXT),
        needed=1,
        help="The value of the parameter of this name; the second argument is the separator instead of ;.",
    ),
    Change(
        name="param.in",
        apply=_has,
        arguments=(Kind.TEXT, Kind.TEXT),
        needed=1,
        kind=Kind.NUMBER,
        help="1 when there is a parameter of this name, else 0.",
    ),
    Change(
        name="param.valueat",
        apply=_at(1),
        arguments=(Kind.NUMBER, Kind.TEXT),
        needed=1,
        help="The value of the parameter at an index from 0.",
    ),
    Change(
        name="param.name",
        apply=_at(0),
        arguments=(Kind.NUMBER, Kind.TEXT),
        needed=1,
        help="The name of the parameter at an index from 0.",
    ),
    Change(
        name="param.count",
        apply=_count,
        arguments=(Kind.TEXT,),
        needed=0,
        kind=Kind.NUMBER,
        help="How many parameters.",
    ),
    Change(name="nameaddr.name", apply=_of_address(lambda found: found.name), help="The display name."),
    Change(name="nameaddr.uri", apply=_of_address(lambda found: found.uri), help="The URI."),
    Change(name="nameaddr.len", apply=_nameaddr_length, kind=Kind.NUMBER, help="Characters without parameters."),
    Change(name="tobody.uri", apply=_of_address(lambda found: found.uri), help="The URI."),
    Change(name="tobody.display", apply=_of_address(lambda found: found.name), help="The display name."),
    Change(name="tobody.tag", apply=_of_address(lambda found: found.tag), help="The tag."),
    Change(
        name="tobody.params",
        apply=_of_address(lambda found: encode_params(found.params)[1:]),
        help="All parameters behind the URI.",
    ),
    Change(name="tobody.user", apply=_of_uri("user"), help="The user part of the URI."),
    Change(name="tobody.host", apply=_of_uri("host"), help="The host of the URI."),
    Change(name="line.count", apply=lambda text: len(text.splitlines()), kind=Kind.NUMBER, help="How many lines."),
    Change(name="line.at", apply=_line_at, arguments=(Kind.NUMBER,), help="The line at an index from 0."),
    Change(name="line.sw", apply=_line_starting, arguments=(Kind.TEXT,), help="The first line that begins so."),
)
