"""Values put into headers and taken out, one by one (reference language 9.5).

A place is `Supported`, `Route[2]`, `Contact[-1].expires`, `Via[*]`. The functions that end in `2` are for headers whose
parameters have commas between them, as Authorization. What was changed before is seen; the script's other reads see it
after `msg_apply_changes()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, RouteKind
from sertwist.sip.header_text import header_name
from sertwist.sip.header_values import Commas, HeaderValues, Place, Semicolons, one_value, parse_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["HeaderValueEditing"]

_PLACE = Argument(name="place", prepare=parse_place, help="`Route[2]`, `Contact.expires`")
_NAME = Argument(name="name", prepare=header_name)
_VALUE = Argument(name="value", one_line=True)
_ROUTES = RouteKind.REQUEST | RouteKind.REPLY | RouteKind.FAILURE | RouteKind.BRANCH


class HeaderValueEditing:
    """The functions."""

    @function("append_hf_value", _PLACE, _VALUE, routes=_ROUTES)
    def append_hf_value(self, ctx: RouteContext, place: Place, value: str) -> int:
        """Add `value` behind the one at `place`, without an index behind all; a header that is not there is made."""
        return _edit(ctx, place.name, lambda values: values.add(place, one_value(value), before=False))

    @function("insert_hf_value", _PLACE, _VALUE, routes=_ROUTES)
    def insert_hf_value(self, ctx: RouteContext, place: Place, value: str) -> int:
        """Add `value` before the one at `place`, without an index before all; a header that is not there is made."""
        return _edit(ctx, place.name, lambda values: values.add(place, one_value(value), before=True))

    @function("remove_hf_value", _PLACE, routes=_ROUTES)
    def remove_hf_value(self, ctx: RouteContext, place: Place) -> int:
        """Take out the value at `place`, without an index the first, or its parameter; -1 when there is none."""
        return _remove(ctx, place, Semicolons)

    @function("remove_hf_value2", _PLACE, routes=_ROUTES)
    def remove_hf_value2(self, ctx: RouteContext, place: Place) -> int:
        """The same for headers whose parameters have commas between them."""
        return _remove(ctx, place, Commas)

    @function("assign_hf_value", _PLACE, _VALUE, routes=_ROUTES)
    def assign_hf_value(self, ctx: RouteContext, place: Place, value: str) -> int:
        """Put `value` in place of the value at `place`, or of its parameter; -1 when there is no such value."""
        return _assign(ctx, place, value, Semicolons)

    @function("assign_hf_value2", _PLACE, _VALUE, routes=_ROUTES)
    def assign_hf_value2(self, ctx: RouteContext, place: Place, value: str) -> int:
        """The same for headers whose parameters have commas between them."""
        return _assign(ctx, place, value, Commas)

    @function("include_hf_value", _NAME, _VALUE, routes=_ROUTES)
    def include_hf_value(self, ctx: RouteContext, name: str, value: str) -> int:
        """Add `value` behind all others unless it is there already, in any case."""
        wanted = one_value(value)
        return _edit(ctx, name, lambda values: values.has(wanted) or values.add(Place(name), wanted, before=False))

    @function("exclude_hf_value", _NAME, _VALUE, routes=_ROUTES)
    def exclude_hf_value(self, ctx: RouteContext, name: str, value: str) -> int:
        """Take out every value that is `value`, in any case; -1 when there is none."""
        return _edit(ctx, name, lambda values: values.exclude(one_value(value)))

    @function("hf_value_exists", _NAME, _VALUE, routes=_ROUTES)
    def hf_value_exists(self, ctx: RouteContext, name: str, value: str) -> int:
        """Whether one of the values received is `value`, in any case, whatever parameters it has."""
        message = ctx.message
        if message is None or name not in message.first:
            return -1
        return 1 if HeaderValues(message.lines, name).has(one_value(value)) else -1


def _edit(
    ctx: RouteContext, name: str, edit: Callable[[HeaderValues], bool], shape: type[Semicolons | Commas] = Semicolons
) -> int:
    if ctx.message is None:
        return -1
    edits = ctx.wish().edit()
    before = edits.lines(ctx.message)
    values = HeaderValues(before, name, shape)
    if not edit(values):
        return -1
    after = values.lines()
    if after != before:
        edits.rewrite_lines(after)
    return 1


def _remove(ctx: RouteContext, place: Place, shape: type[Semicolons | Commas]) -> int:
    def edit(values: HeaderValues) -> bool:
        if not place.param:
            return values.change(place, lambda _value: None)
        found = []

        def without(value: bytes) -> bytes:
            found.append(values.param(value, place.param) is not None)
            return values.with_param(value, place.param, None)

        return values.change(place, without) and any(found)

    return _edit(ctx, place.name, edit, shape)


def _assign(ctx: RouteContext, place: Place, text: str, shape: type[Semicolons | Commas]) -> int:
    value = one_value(text)

    def edit(values: HeaderValues) -> bool:
        if not place.param:
            return values.change(place, lambda _old: value or None)
        return values.change(place, lambda old: values.with_param(old, place.param, value))

    return _edit(ctx, place.name, edit, shape)
