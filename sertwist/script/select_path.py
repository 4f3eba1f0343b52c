"""Find the declaration that a select's path means, and what each part and bracket is to it (language 7.1, 7.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sertwist.record import record
from sertwist.script.declare import ANY_NAME, Index, Kind, Step

if TYPE_CHECKING:
    from sertwist.script.declare import Catalogue, Select
    from sertwist.script.nodes import SelectName

__all__ = ["FoundSelect", "WrongIndex", "find_select"]


@record
class _Bracket:
    value: int | str | None


_Item: TypeAlias = str | _Bracket


@dataclass(slots=True)
class FoundSelect:
    """A declaration and what a script writes behind it.

    Attributes:
        select: what was declared.
        names: what stands for its open parts, in order, as written.
        indexes: what stands in its brackets, or is meant where there are none.
        steps: what is taken of its value, each with the name that an open step receives, else None.
    """

    select: Select
    names: list[str] = field(default_factory=list)
    indexes: list[int | str] = field(default_factory=list)
    steps: list[tuple[Step, str | None]] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """Of the value in the end."""
        return self.steps[-1][0].kind if self.steps else self.select.kind


@record
class WrongIndex:
    """A declaration fits but for a pair of brackets: `words` go behind what is written, `'@x[1]' takes no index`."""

    words: str
    select: Select


def find_select(name: SelectName, catalogue: Catalogue) -> FoundSelect | WrongIndex | None:
    """What `name` means to a script with `catalogue`; None when that is nothing.

    The declaration that says most about the path by itself wins; the rest of the path goes by the tails of its value.
    """
    items = _items(name)
    best: FoundSelect | WrongIndex | None = None
    most = (0, 0)
    for select in catalogue.selects_called(name.path[0].lower()):
        match = _match(select, items)
        if match is None:
            continue
        literal = sum(part != ANY_NAME for part in select.path)
        found, at = match
        outcome = _walk_tail(found, items[at:]) if isinstance(found, FoundSelect) else found
        worth = (isinstance(outcome, FoundSelect), literal)
        if outcome is not None and worth > most:
            best, most = outcome, worth
    return best


def _items(name: SelectName) -> list[_Item]:
    items: list[_Item] = []
    for count, part in enumerate(name.path, 1):
        items.append(part)
        items += [_Bracket(value) for after, value in name.indexes if after == count]
    return items


def _match(select: Select, items: list[_Item]) -> tuple[FoundSelect | WrongIndex, int] | None:
    """How `select` takes the items, and how many of them."""
    found = FoundSelect(select)
    at = 0
    for count, part in enumerate(select.path, 1):
        item = items[at] if at < len(items) else None
        named = _as_name(item)
        if part == ANY_NAME and named is not None:
            found.names.append(named)
        elif not isinstance(item, str) or item.lower() != part:
            return None
        at += 1
        for place in select.indexes:
            if place.after != count:
                continue
            written = items[at] if at < len(items) else None
            if isinstance(written, _Bracket) and _fits(place, written.value):
                found.indexes.append(written.value)  # type: ignore[arg-type]  # `_fits` rules None out
                at += 1
            elif place.default is not None and not isinstance(written, _Bracket):
                found.indexes.append(place.default)
            elif at == len(items) or isinstance(written, _Bracket) or place.default is None:
                return WrongIndex(_needs(place), select), at
    return found, at


def _walk_tail(found: FoundSelect, rest: list[_Item]) -> FoundSelect | WrongIndex | None:
    tail = found.select.tail
    for item in rest:
        named = _as_name(item)
        step = tail.get(item.lower()) if isinstance(item, str) else None
        if step is not None:
            found.steps.append((step, None))
        elif named is not None and ANY_NAME in tail:
            step = tail[ANY_NAME]
            found.steps.append((step, named))
        elif isinstance(item, _Bracket):
            places = found.select.indexes
            return WrongIndex("takes no index here" if places else "takes no index", found.select)
        else:
            return None
        tail = step.tail
    return found


def _as_name(item: _Item | None) -> str | None:
    if isinstance(item, _Bracket):
        return item.value if isinstance(item.value, str) and item.value != "*" else None
    return item


def _fits(place: Index, value: int | str | None) -> bool:
    if value == "*":
        return place.takes_all
    return isinstance(value, int if place.kind is Kind.NUMBER else str)


def _needs(place: Index) -> str:
    if place.kind is Kind.TEXT:
        return 'needs a text, ["x"]'
    return f"needs a number, [{place.default or 0}] for the first"
