"""Attributes and AVPs: named lists of values that belong to one message, or to all (reference language 8.1, 8.2).

SER's `$x`, `$f.x`, `$fu.x` and the `$avp(x)` of OpenSER and Kamailio are the same lists: `$avp(x)` is `$fr.x`. Lists
are kept oldest value first. Those of a message live as long as it; class `g` is shared by all messages.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from sertwist.limits import MAX_ATTRIBUTE_VALUES
from sertwist.record import record

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = [
    "ALL",
    "AttributeName",
    "add",
    "all_lists",
    "attribute_name",
    "avp_name",
    "class_of",
    "copy",
    "forget_class",
    "is_flagged",
    "lists_of",
    "put_avp",
    "read_all",
    "read_at",
    "read_avp",
    "read_newest",
    "read_only_one",
    "remove",
    "replace",
    "set_flag",
    "values_of",
]

AttributeValue: TypeAlias = "str | int"

ALL: Final = "*"  # the index of all values
_SHARED: Final = "g"
#: Where a name of a class is looked for, in this order; it is written to the first.
_CLASSES: Final = {
    "": ("fr", "fu", "fd", _SHARED),
    "f": ("fr", "fu", "fd", _SHARED),
    "t": ("tr", "tu", "td", _SHARED),
    **{each: (each,) for each in ("fr", "fu", "fd", "tr", "tu", "td", _SHARED)},
}
_NAME: Final = re.compile(r"[$%]?(?:(fr|fu|fd|tr|tu|td|f|t|g)\.)?([A-Za-z_0-9][\w-]*)", re.ASCII)
_AVP: Final = re.compile(r"(?:([si]):)?(.+)", re.ASCII | re.DOTALL)
_LARGEST_NUMBER: Final = 65_535
_LISTS: Final = "$attributes"
_FLAGS: Final = "$attribute flags"


@record
class AttributeName:
    """A name, prepared once when the script is loaded.

    Attributes:
        keys: of the message's lists that it may mean, the first that exists counts.
        shared: of the list of all messages that is looked at last; None for none.
        target: the key that is written to; None for the list of all messages.
    """

    keys: tuple[str, ...]
    shared: str | None
    target: str | None


@lru_cache(maxsize=4_096)
def attribute_name(written: str) -> AttributeName:
    """`name`, `fu.name`, also with a leading `$`: an attribute of SER.

    Raises:
        ValueError: it is none.
    """
    match = _NAME.fullmatch(written)
    if match is None:
        raise ValueError(f"{written!r} is no name of an attribute")
    return _named(match[1] or "", match[2])


def _named(class_name: str, name: str) -> AttributeName:
    classes = _CLASSES[class_name]
    keys = tuple(f"{each}.{name}" for each in classes if each != _SHARED)
    return AttributeName(keys, name if _SHARED in classes else None, keys[0] if keys else None)


@lru_cache(maxsize=4_096)
def avp_name(written: str) -> AttributeName:
    """What stands in `$avp( )`: `name`, `s:name`, `i:5`, or an attribute of SER with its class, `$f.name`.

    Raises:
        ValueError: it is none of these.
    """
    if written.startswith("$"):
        return attribute_name(written)
    match = _AVP.fullmatch(written.strip())
    if match is None:
        raise ValueError("the name of the AVP is missing")
    kind, name = match.groups()
    if kind == "i":
        if not (name.isascii() and name.isdigit() and 1 <= int(name) <= _LARGEST_NUMBER):
            raise ValueError(f"the number of an AVP is 1 to {_LARGEST_NUMBER}, not {name!r}")
        name = f"i:{int(name)}"  # a namespace of its own
    return AttributeName((f"fr.{name}",), None, f"fr.{name}")


def values_of(ctx: RouteContext, name: AttributeName) -> list[AttributeValue] | None:
    """All values, oldest first, not to be changed; None when there are none."""
    notes = ctx.notes
    if notes is not None and (lists := notes.get(_LISTS)) is not None:
        for key in name.keys:
            if key in lists:
                found: list[AttributeValue] = lists[key]
                return found
    return None if name.shared is None else ctx.environment.attributes.get(name.shared)


def _lists(ctx: RouteContext, name: AttributeName) -> tuple[dict[str, list[AttributeValue]], str]:
    """The lists that `name` is written to, and its key in them."""
    if name.target is None:
        return ctx.environment.attributes, name.shared or ""
    made: dict[str, list[AttributeValue]] = ctx.note(_LISTS, dict)
    return made, name.target


# -- attributes of SER ------------------------------------------------------------------------------------------------


def read_only_one(ctx: RouteContext, name: AttributeName) -> AttributeValue | None:
    """The value if it is the only one: SER 2 has several read as undefined."""
    values = values_of(ctx, name)
    return values[0] if values is not None and len(values) == 1 else None


def read_newest(ctx: RouteContext, name: AttributeName) -> AttributeValue | None:
    """The newest value."""
    values = values_of(ctx, name)
    return values[-1] if values else None


def read_at(ctx: RouteContext, name: AttributeName, index: int) -> AttributeValue | None:
    """`$x[1]` is the oldest value, `$x[-1]` the newest."""
    values = values_of(ctx, name) or []
    at = index - 1 if index > 0 else len(values) + index
    return values[at] if 0 <= at < len(values) else None


def read_all(ctx: RouteContext, name: AttributeName) -> str | None:
    """`$x[]` as text: all values, oldest first."""
    values = values_of(ctx, name)
    return ", ".join(map(str, values)) if values else None


def replace(ctx: RouteContext, name: AttributeName, value: AttributeValue | None) -> None:
    """`$x = value`: all values make way for this one; an undefined one only deletes."""
    lists, key = _lists(ctx, name)
    if value is None:
        lists.pop(key, None)
    else:
        lists[key] = [value]


def add(ctx: RouteContext, name: AttributeName, value: AttributeValue | None) -> None:
    """`$x[] = value`: one more value; there is room for `MAX_ATTRIBUTE_VALUES`, then it is counted and dropped."""
    if value is None:
        return
    notes, key = ctx.notes, name.target
    lists: dict[str, list[AttributeValue]]
    if key is not None and notes is not None and _LISTS in notes:  # as nearly always
        lists = notes[_LISTS]
    else:
        lists, key = _lists(ctx, name)
    values = lists.get(key)
    if values is None:
        lists[key] = [value]
    elif len(values) < MAX_ATTRIBUTE_VALUES:
        values.append(value)
    else:
        ctx.environment.count("script.attribute-values")


def copy(ctx: RouteContext, name: AttributeName, source: AttributeName, keep: bool) -> None:  # noqa: FBT001 (called by generated code)
    """`$a = $b[]` (`keep` for `$a[] = $b[]`): every value in its order."""
    values = list(values_of(ctx, source) or ())
    if not keep:
        replace(ctx, name, None)
    for value in values:
        add(ctx, name, value)


# -- $avp( ) ----------------------------------------------------------------------------------------------------------


def read_avp(ctx: RouteContext, name: AttributeName, index: int | str = 0) -> AttributeValue | None:
    """`$(avp(x)[0])` is the newest value, `[-1]` the oldest, `[*]` all of them as text, newest first."""
    values = values_of(ctx, name)
    if not values:
        return None
    if index == 0:
        return values[-1]
    if isinstance(index, str):
        return ", ".join(str(each) for each in reversed(values))
    at = len(values) - 1 - index if index >= 0 else -1 - index
    return values[at] if 0 <= at < len(values) else None


def put_avp(ctx: RouteContext, name: AttributeName, index: int | str, value: AttributeValue | None) -> None:
    """`$avp(x) = value` pushes, `$null` takes the newest away; `[*]` means all, another index the value there."""
    if index == 0 and value is not None:
        add(ctx, name, value)
        return
    if index == ALL:
        replace(ctx, name, value)
        return
    lists, key = _lists(ctx, name)
    values = lists.get(key, [])
    at = len(values) - 1 - index if isinstance(index, int) and index >= 0 else -1 - int(index)
    if 0 <= at < len(values):
        if value is not None:
            values[at] = value
        elif len(values) > 1:
            del values[at]
        else:
            del lists[key]


def remove(ctx: RouteContext, name: AttributeName, *, everything: bool) -> bool:
    """Take the newest value away, or all; whether there was one."""
    if values_of(ctx, name) is None:
        return False
    put_avp(ctx, name, ALL if everything else 0, None)
    return True


def class_of(written: str) -> str:
    """The class that `fu` or `$fu` names, `f` of all of the From track; `g` is that of all messages.

    Raises:
        ValueError: it names none.
    """
    name = written.removeprefix("$").removesuffix(".")
    if name not in _CLASSES or not name:
        raise ValueError(f"{written!r} is none of {', '.join(filter(None, _CLASSES))}")
    return name


def lists_of(ctx: RouteContext, class_name: str) -> dict[str, list[AttributeValue]]:
    """Every list of a class by its key, the same lists as the message has."""
    classes = [each for each in _CLASSES[class_name] if each != _SHARED or class_name == _SHARED]
    if classes == [_SHARED]:
        return ctx.environment.attributes
    return {key: values for key, values in all_lists(ctx).items() if key.partition(".")[0] in classes}


def forget_class(ctx: RouteContext, class_name: str) -> None:
    """Delete all attributes of a class."""
    found = lists_of(ctx, class_name)
    mine = found if class_name == _SHARED else all_lists(ctx)
    for key in list(found):
        del mine[key]


def all_lists(ctx: RouteContext) -> dict[str, list[AttributeValue]]:
    """Every list of the message by its key, not to be changed."""
    found: dict[str, list[AttributeValue]] = {} if ctx.notes is None else ctx.notes.get(_LISTS, {})
    return found


# -- flags of attributes ----------------------------------------------------------------------------------------------


def set_flag(ctx: RouteContext, name: AttributeName, number: int, *, on: bool) -> bool:
    """`setavpflag`, `resetavpflag`: bit `number` of an attribute that exists; whether it does."""
    if values_of(ctx, name) is None:
        return False
    flags: dict[AttributeName, int] = ctx.note(_FLAGS, dict)
    before = flags.get(name, 0)
    flags[name] = before | 1 << number if on else before & ~(1 << number)
    return True


def is_flagged(ctx: RouteContext, name: AttributeName, number: int) -> bool:
    """`isavpflagset`."""
    flags: dict[AttributeName, int] = ctx.note(_FLAGS, dict)
    return bool(flags.get(name, 0) >> number & 1)
