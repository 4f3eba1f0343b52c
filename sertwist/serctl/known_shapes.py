"""Results of old methods that wrap their rows: where the rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeGuard

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["rows_of"]

# What stands beside `items` in a page of a list.
PAGE: Final = frozenset({"items", "next", "total", "total_estimate", "generation"})


def rows_of(value: Value, method: str = "") -> Value:
    """`value`, the result of `method`, without what wraps its rows; as it is where that is not of the known form."""
    find = FORMS.get(method)
    if find is not None:
        found = find(value)
        if found is not None:
            return found
    if isinstance(value, Mapping) and value.keys() <= PAGE and _is_array(items := value.get("items")):
        return list(items)
    return value


def _pairs(value: Value) -> list[Value] | None:
    """SER's flat list of process numbers and descriptions."""
    if not _is_array(value) or len(value) % 2:
        return None
    return [{"PID": number, "DESCRIPTION": words} for number, words in zip(value[::2], value[1::2], strict=True)]


def _under(*path: str) -> Callable[[Value], list[Value] | None]:
    """The structs at `path`; each step goes into a member, and into all elements of an array."""

    def find(value: Value) -> list[Value] | None:
        level: list[Value] = [value]
        for name in path:
            if not all(isinstance(each, Mapping) and name in each for each in level):
                return None
            inner = [each[name] for each in level if isinstance(each, Mapping)]
            level = [part for each in inner for part in (each if _is_array(each) else [each])]
        return level

    return find


def _destinations(value: Value) -> list[Value] | None:
    """Every destination of dispatcher.list with the number of its group first."""
    sets = _under("RECORDS", "SET")(value)
    if sets is None:
        return None
    rows: list[Value] = []
    for each in sets:
        found = _under("TARGETS", "DEST")(each)
        if found is None or not isinstance(each, Mapping):
            return None
        rows += [{"GROUP": each.get("ID"), **row} for row in found if isinstance(row, Mapping)]
    return rows


def _slots(value: Value) -> list[Value] | None:
    """The entries of all slots of a hash table."""
    found = [_under("slot")(each) for each in value] if _is_array(value) else [None]
    return None if None in found else [row for rows in found if rows is not None for row in rows]


def _is_array(value: object) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, list | tuple)


FORMS: Final[Mapping[str, Callable[[Value], list[Value] | None]]] = {
    "core.ps": _pairs,
    "ul.lookup": _under("Contacts", "Contact"),
    "dispatcher.list": _destinations,
    "dispatcher.dump": _destinations,
    "domain.dump": _under("domains"),
    "htable.dump": _slots,
    "htable.get": _under("item"),
    "pike.list": _under("list"),
    "pike.top": _under("list"),
}
