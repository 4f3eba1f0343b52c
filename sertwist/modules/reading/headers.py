"""Header fields of a message as text: one line, all of them, and what stands in their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.sip.errors import BadHeaderError
from sertwist.sip.grammar import LWS, split_commas, split_semicolons, unquote
from sertwist.sip.header_names import canonical_name
from sertwist.sip.header_text import header_name
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = [
    "first_value",
    "header_at",
    "header_count",
    "header_text",
    "main_value",
    "param_in",
    "params_in",
    "read_name",
]


def read_name(text: str) -> str:
    """The canonical name of the header that a script means: `max_forwards`, `Max-Forwards`, `v`.

    Raises:
        ValueError: it is none.
    """
    return canonical_name(header_name(text.replace("_", "-")))


def header_text(ctx: RouteContext, name: str) -> str | None:
    """The value of the first line called `name` (canonical), trimmed."""
    message = ctx.message
    value = ctx.header(name) if message is None else message.first.get(name)
    return None if value is None else as_text(value)


def header_at(ctx: RouteContext, name: str, index: int = 1) -> str | None:
    """The value of one line called `name`: 1 is the first, 0 too, -1 the last."""
    if index in (0, 1):
        return header_text(ctx, name)
    values = ctx.header_values(name)
    at = index - 1 if index > 0 else index
    return as_text(values[at]) if -len(values) <= at < len(values) else None


def header_count(ctx: RouteContext, name: str) -> int:
    """How many lines are called `name`."""
    message = ctx.message
    return len(ctx.header_values(name)) if message is None else message.header_count(name)


def first_value(ctx: RouteContext, name: str) -> str | None:
    """The first of the values that stand in the lines called `name`, separated by commas."""
    value = ctx.header(name)
    if value is None:
        return None
    return as_text(split_commas(value)[0] if b"," in value else value)


def main_value(text: str | None) -> str | None:
    """What stands before the parameters: `presence` of `presence;id=1`."""
    return None if text is None else text.partition(";")[0].strip()


def params_in(text: str | None) -> str | None:
    """The parameters behind a header's value, `a=1;b`."""
    if text is None:
        return None
    items = _items(text)
    return None if items is None else as_text(b";".join(items[1:]))


def param_in(text: str | None, name: str) -> str | None:
    """Parameter `name`, in any case, of a list `a=1;b`: empty without a value, undefined when it is not there."""
    if text is None:
        return None
    wanted = as_bytes(name.lower())
    for item in _items(text) or ():
        key, _, value = item.partition(b"=")
        if key.strip(LWS).lower() == wanted:
            return as_text(unquote(value.strip(LWS)))
    return None


def _items(text: str) -> list[bytes] | None:
    try:
        return split_semicolons(as_bytes(text))
    except BadHeaderError:
        return None
