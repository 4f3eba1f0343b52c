"""`Lists`: extended attributes of one message, lists of values and of named lists (`$xavp(root[i]=>child[j])`).

The newest value of a name comes first. A family (`xavp`, `xavu`, `xavi`) says whether a name has one value only and
whether its case counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from sertwist.limits import MAX_EXTENDED_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Family", "Lists", "Path", "read_path"]

_T = TypeVar("_T")
Scalar: TypeAlias = "str | int"
_PART: Final = re.compile(r"\s*([A-Za-z0-9_.:-]{1,255})\s*(?:\[\s*(-?[0-9]{1,6}|\*)\s*\])?\s*", re.ASCII)
_ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Family:
    """One of the three kinds.

    Attributes:
        name: of its variable.
        single: a name has one value.
        any_case: names are the same in any case.
    """

    name: str
    single: bool = False
    any_case: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """`root[i]` or `root[i]=>child[j]`; an index is None when none is written, and `*` for all."""

    root: str
    root_index: int | str | None = None
    child: str = ""
    child_index: int | str | None = None


def read_path(text: str, *, any_case: bool = False) -> Path:
    """What `text` names.

    Raises:
        ValueError: nothing, in words.
    """
    parts = text.split("=>")
    found = [_PART.fullmatch(part) for part in parts]
    if len(parts) > 2 or None in found:
        raise ValueError(f"{text!r} is not of the form root, root[0] or root[0]=>child[0]")
    read = [_named(match, any_case=any_case) for match in found if match is not None]
    return Path(*read[0], *(read[1] if len(read) > 1 else ()))


def _named(match: re.Match[str], *, any_case: bool) -> tuple[str, int | str | None]:
    """A name and its index."""
    index = match[2]
    return match[1].lower() if any_case else match[1], index if index in (None, _ALL) else int(index)


class Lists:
    """Named lists. `refused` counts what found no room."""

    def __init__(self, family: Family) -> None:
        self.refused = 0
        self._single = family.single
        self._count = 0
        self._roots: dict[str, list[Scalar | dict[str, list[Scalar]]]] = {}

    def get(self, path: Path) -> Scalar | None:
        """The value at `path`; of a root that has children a mark that it has."""
        value = _at(self._roots.get(path.root), path.root_index)
        if not path.child:
            return f"<<{path.root}>>" if isinstance(value, dict) else value
        return _at(value.get(path.child), path.child_index) if isinstance(value, dict) else None

    def put(self, path: Path, value: Scalar | None) -> None:
        """Write a value as an assignment does; None takes it away."""
        if value is None:
            self.remove(path)
        elif path.child:
            self._put_child(path, value)
        else:
            self._put(self._roots.setdefault(path.root, []), path.root_index, value)

    def _put_child(self, path: Path, value: Scalar) -> None:
        """Into the root that is named by an index, or into a new one."""
        roots = self._roots.setdefault(path.root, [])
        index = 0 if self._single else path.root_index
        children = None if index is None else _at(roots, index)
        if isinstance(children, dict):
            self._put(children.setdefault(path.child, []), path.child_index, value)
        elif self._has_room():
            made: dict[str, list[Scalar]] = {path.child: [value]}
            if self._single:
                roots[:] = [made]
            else:
                roots.insert(0, made)

    def _put(self, values: list[Scalar] | list[Scalar | dict[str, list[Scalar]]], index: object, value: Scalar) -> None:
        at = 0 if index is None else index
        if (self._single or index is not None) and isinstance(at, int) and -len(values) <= at < len(values):
            values[at] = value
        elif self._has_room():
            values.insert(0, value)

    def _has_room(self) -> bool:
        if self._count >= MAX_EXTENDED_VALUES:
            self.refused += 1
            return False
        self._count += 1
        return True

    def remove(self, path: Path) -> bool:
        """Take away what is at `path`; whether there was something."""
        if not path.child:
            return _take(self._roots, path.root, path.root_index)
        parent = _at(self._roots.get(path.root), path.root_index)
        return isinstance(parent, dict) and _take(parent, path.child, path.child_index)

    def children(self, path: Path) -> dict[str, list[Scalar]] | None:
        """The named lists of a root; None when it has none."""
        value = _at(self._roots.get(path.root), path.root_index)
        return value if isinstance(value, dict) else None

    def push(self, root: str, children: dict[str, list[Scalar]]) -> None:
        """One more root."""
        for _ in children:
            if not self._has_room():
                return
        roots = self._roots.setdefault(root, [])
        if self._single:
            roots.clear()
        roots.insert(0, children)

    def replace(self, path: Path, children: dict[str, list[Scalar]]) -> bool:
        """Put `children` in the place of a root; whether there is that root."""
        roots = self._roots.get(path.root, [])
        if not isinstance(path.root_index, int) or not -len(roots) <= path.root_index < len(roots):
            return False
        roots[path.root_index] = children
        return True

    def rotate(self, root: str, index: int) -> bool:
        """Let the value at `index`, counted round and from the end when negative, be the newest; False without any."""
        values = self._roots.get(root)
        if not values:
            return False
        at = index % len(values)
        values[:] = values[at:] + values[:at]
        return True

    def lines(self) -> Iterator[str]:
        """Everything, a line each."""
        for root, values in self._roots.items():
            for number, value in enumerate(values):
                if isinstance(value, dict):
                    for child, each in value.items():
                        yield from (f"{root}[{number}]=>{child}[{at}] = {one!r}" for at, one in enumerate(each))
                else:
                    yield f"{root}[{number}] = {value!r}"


def _at(values: Sequence[_T] | None, index: int | str | None) -> _T | None:
    at = index if isinstance(index, int) else 0
    return values[at] if values and -len(values) <= at < len(values) else None


def _take(lists: dict[str, list[_T]], name: str, index: int | str | None) -> bool:
    """Take one value of a name away, the newest when no index is given; all for `*`."""
    values = lists.get(name)
    at = index if isinstance(index, int) else 0
    if not values or not -len(values) <= at < len(values):
        return False
    del values[at]
    if index == _ALL or not values:
        del lists[name]
    return True
