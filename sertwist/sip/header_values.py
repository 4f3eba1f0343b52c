"""The values of a header one by one: of all its lines, divided at commas, each with its parameters (RFC 3261 7.3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.sip.grammar import LWS, is_token, safe_value, split_commas, split_semicolons
from sertwist.sip.header_names import printed_name
from sertwist.sip.header_text import header_name, name_of, value_of
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Commas", "HeaderValues", "Place", "Semicolons", "one_value", "parse_place"]

_place = re.compile(
    r"\s*([^\s\[\].]+)\s*(?:\[\s*(-?[0-9]{1,6}|\*)\s*\])?(?:\.(?:(?:params?|p)\.)?([^\s\[\].]+))?\s*", re.ASCII
).fullmatch


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a message: `Route[2].lr`.

    Attributes:
        name: canonical name of the header.
        index: of the value: from 1, or from -1 at the end; 0 means 1. None: not written.
        every: `[*]`.
        param: name of a parameter of it, lower case; empty for the value itself.
    """

    name: str
    index: int | None = None
    every: bool = False
    param: bytes = b""


def parse_place(text: str) -> Place:
    """Read `Name`, `Name[2]`, `Name[-1].param`, `Name[*]`.

    Raises:
        ValueError: it is none.
    """
    match = _place(text)
    if match is None:
        raise ValueError(f"{text!r} is no place in a header; write it as Name, Name[2], Name[*] or Name[2].parameter")
    name, index, param = match.groups()
    if param and not is_token(as_bytes(param)):
        raise ValueError(f"{param!r} is no name of a parameter")
    number = int(index) if index and index != "*" else None
    return Place(header_name(name), number, index == "*", as_bytes(param or "").lower())


class Semicolons:
    """Values that commas divide, with `;name=value` behind them: Route, Contact, Supported ..."""

    @staticmethod
    def values(line: bytes) -> list[bytes]:
        """The values on one line."""
        return [value for value in split_commas(line) if value]

    @staticmethod
    def parts(value: bytes) -> list[bytes]:
        """The value itself and its parameters."""
        return split_semicolons(value)

    @staticmethod
    def joined(parts: list[bytes]) -> bytes:
        """The value that `parts` are of."""
        return b";".join(parts)


class Commas:
    """One value a line, with `name=value` and commas between: Authorization, WWW-Authenticate ..."""

    @staticmethod
    def values(line: bytes) -> list[bytes]:
        """The value on one line."""
        return [line] if line else []

    @staticmethod
    def parts(value: bytes) -> list[bytes]:
        """The scheme and its parameters; the scheme is empty where there is none (Authentication-Info)."""
        scheme, space, rest = value.partition(b" ")
        if not space or not is_token(scheme):
            scheme, rest = b"", value
        return [scheme, *split_commas(rest)]

    @staticmethod
    def joined(parts: list[bytes]) -> bytes:
        """The value that `parts` are of."""
        scheme, *params = parts
        return (scheme + b" " + b", ".join(params)).strip(LWS)


Shape = type[Semicolons] | type[Commas]


class HeaderValues:
    """The values of one header among `lines`, which are changed by `lines()` only."""

    __slots__ = ("_changed", "_lines", "_name", "_places", "shape")

    def __init__(self, lines: list[bytes], name: str, shape: Shape = Semicolons) -> None:
        self.shape = shape
        self._name = name
        self._lines = lines
        self._places = {at: shape.values(value_of(line)) for at, line in enumerate(lines) if name_of(line) == name}
        self._changed: set[int] = set()

    @property
    def all(self) -> list[bytes]:
        """All values in order."""
        return [value for values in self._places.values() for value in values]

    def _where(self, place: Place, default: int) -> list[tuple[int, int]]:
        """Line and number on it of the values that `place` means; `default` where it has no index."""
        where = [(at, number) for at, values in self._places.items() for number in range(len(values))]
        if place.every:
            return where
        index = default if place.index is None else place.index
        index = index - 1 if index > 0 else index
        return [where[index]] if -len(where) <= index < len(where) else []

    def add(self, place: Place, value: bytes, *, before: bool) -> bool:
        """Add a value beside the one at `place`: at the end, or at the beginning, without an index.

        A header that is not there is made; a place that is not there is none, and an empty value is not added.
        """
        if not value:
            return False
        if not self.all:
            if place.index not in {None, 0, 1, -1}:
                return False
            self._lines = [*self._lines, b"%s: %s" % (printed_name(self._name).encode("ascii"), value)]
            return True
        where = self._where(place, 1 if before else -1)
        for at, number in reversed(where):
            self._places[at].insert(number if before else number + 1, value)
            self._changed.add(at)
        return bool(where)

    def change(self, place: Place, change: Callable[[bytes], bytes | None]) -> bool:
        """Replace the values at `place`, the first without an index; None takes one out. Whether there is one."""
        where = self._where(place, 1)
        for at, number in reversed(where):
            new = change(self._places[at][number])
            self._places[at][number : number + 1] = [] if new is None else [new]
            self._changed.add(at)
        return bool(where)

    def exclude(self, value: bytes) -> bool:
        """Take out all values that are `value`. Whether there was one."""
        wanted, found = value.lower(), False
        for at, values in self._places.items():
            kept = [each for each in values if self.base(each).lower() != wanted]
            if len(kept) != len(values):
                self._places[at], found = kept, True
                self._changed.add(at)
        return found

    def has(self, value: bytes) -> bool:
        """Whether one of the values is `value`, in any case, whatever parameters it has."""
        wanted = value.lower()
        return any(self.base(each).lower() == wanted for each in self.all)

    def base(self, value: bytes) -> bytes:
        """A value without its parameters."""
        return self.shape.parts(value)[0]

    def lines(self) -> list[bytes]:
        """The header lines with the changes; a line without any value left is gone."""
        out = []
        for at, line in enumerate(self._lines):
            if at not in self._changed:
                out.append(line)
            elif self._places[at]:
                name = line.partition(b":")[0].rstrip(LWS)
                out.append(name + b": " + b", ".join(self._places[at]))
        return out

    def param(self, value: bytes, name: bytes) -> bytes | None:
        """The parameter `name` (lower case) of a value, quotes kept; b"" without a value, None when absent."""
        for part in self.shape.parts(value)[1:]:
            key, _, found = part.partition(b"=")
            if key.strip(LWS).lower() == name:
                return found.strip(LWS)
        return None

    def with_param(self, value: bytes, name: bytes, new: bytes | None) -> bytes:
        """A value with its parameter `name` (lower case) as `new`: b"" without a value, None without it."""
        base, *params = self.shape.parts(value)
        written = [] if new is None else [name + b"=" + new if new else name]
        out: list[bytes] = []
        for part in params:
            if part.partition(b"=")[0].strip(LWS).lower() == name:
                out += written
                written = []
            else:
                out.append(part)
        return self.shape.joined([base, *out, *written])


def one_value(text: str) -> bytes:
    """A value as it stands in a message; it can't end the line."""
    return safe_value(as_bytes(text))
