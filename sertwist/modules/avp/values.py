"""Attributes set, deleted, compared and shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import Module, function
from sertwist.script import attributes
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.script.attributes import AttributeValue
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference
    from sertwist.script.substitution import Substitution

__all__ = ["ATTRIBUTE", "ROUTES", "AttributeValues", "newest", "values_of"]

ATTRIBUTE: Final = Argument(name="attribute", kind=Kind.VARIABLE)
ROUTES: Final = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.REPLY | RouteKind.BRANCH | RouteKind.EVENT
_VALUE: Final = Argument(name="value")
_CLASS: Final = Argument(
    name="class", expands=False, prepare=attributes.class_of, help="`f`, `fr`, `fu`, `fd`, `t`, `tr`, `tu`, `td` or `g`"
)
_FORMAT: Final = Argument(name="text", kind=Kind.FORMAT)
_SUBSTITUTION: Final = Argument(name="substitution", kind=Kind.SUBSTITUTION, help="`/pattern/replacement/flags`")


def values_of(ctx: RouteContext, attribute: Reference) -> list[AttributeValue]:
    """All values, oldest first; of a variable that is no attribute its one."""
    if attribute.attribute is not None:
        return list(attributes.values_of(ctx, attribute.attribute) or ())
    value = attribute.get(ctx)
    return [] if value is None else [value]


def newest(ctx: RouteContext, attribute: Reference) -> AttributeValue | None:
    """The newest value; None without one."""
    values = values_of(ctx, attribute)
    return values[-1] if values else None


def set_only(ctx: RouteContext, attribute: Reference, value: AttributeValue | None) -> int:
    """Let it have this value alone; -1 when it is read-only."""
    if attribute.attribute is not None:
        attributes.replace(ctx, attribute.attribute, value)
    elif attribute.put is not None:
        attribute.put(ctx, value)
    else:
        return -1
    return 1


class AttributeValues(Module):
    """What an attribute holds."""

    host: Host

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    @function("set_attr", ATTRIBUTE, _VALUE, aliases=("set_sattr",), routes=ROUTES)
    def set_text(self, ctx: RouteContext, attribute: Reference, value: str) -> int:
        """Let an attribute have the text `value` alone."""
        return set_only(ctx, attribute, value)

    @function("set_iattr", ATTRIBUTE, Argument(name="value", kind=Kind.NUMBER), routes=ROUTES)
    def set_number(self, ctx: RouteContext, attribute: Reference, value: int) -> int:
        """Let an attribute have the number `value` alone."""
        return set_only(ctx, attribute, value)

    @function("xlset_attr", ATTRIBUTE, _FORMAT, routes=ROUTES)
    def set_format(self, ctx: RouteContext, attribute: Reference, text: Callable[[RouteContext], str]) -> int:
        """Let an attribute have a text with variables and `%` formats in it."""
        return set_only(ctx, attribute, text(ctx))

    @function("xlfix_attr", ATTRIBUTE, refused="a value is never taken as a format; use xlset_attr", routes=ROUTES)
    def fix_format(self, _ctx: RouteContext, _attribute: Reference) -> int:
        """Take an attribute's own value as a format."""
        return -1

    @function("del_attr", ATTRIBUTE, routes=ROUTES)
    def delete(self, ctx: RouteContext, attribute: Reference) -> int:
        """Delete an attribute with all its values."""
        return set_only(ctx, attribute, None)

    @function("del_attrs", _CLASS, routes=ROUTES)
    def delete_all(self, ctx: RouteContext, class_name: str) -> int:
        """Delete all attributes of a class, `$fu.name` and the like; `g` are those of all messages."""
        attributes.forget_class(ctx, class_name)
        return 1

    @function("attr_exists", ATTRIBUTE, routes=ROUTES)
    def exists(self, ctx: RouteContext, attribute: Reference) -> int:
        """Whether an attribute has a value."""
        return 1 if values_of(ctx, attribute) else -1

    @function("attr_equals", ATTRIBUTE, Argument(name="value", optional=True), routes=ROUTES)
    def equals(self, ctx: RouteContext, attribute: Reference, value: str | None = None) -> int:
        """Whether one of an attribute's values is `value`; without that, whether it has one."""
        found = values_of(ctx, attribute)
        return 1 if found and (value is None or value in map(str, found)) else -1

    @function("attr_equals_xl", ATTRIBUTE, _FORMAT, routes=ROUTES)
    def equals_format(self, ctx: RouteContext, attribute: Reference, text: Callable[[RouteContext], str]) -> int:
        """Whether one of an attribute's values is a text with variables and `%` formats in it."""
        return self.equals(ctx, attribute, text(ctx))

    @function("subst_attr", ATTRIBUTE, _SUBSTITUTION, routes=ROUTES)
    def substitute(self, ctx: RouteContext, attribute: Reference, substitution: Substitution) -> int:
        """Substitute in an attribute's newest value. Returns -1 when the pattern is not in it."""
        value = newest(ctx, attribute)
        changed = None if value is None else substitution.apply(str(value))
        return -1 if changed is None else set_only(ctx, attribute, changed)

    @function("flags2attr", ATTRIBUTE, routes=ROUTES)
    def keep_flags(self, ctx: RouteContext, attribute: Reference) -> int:
        """Let an attribute have the message flags as a number, bit n for flag n."""
        return set_only(ctx, attribute, ctx.flags)

    @function("print_attr", ATTRIBUTE, routes=RouteKind.ANY)
    def show(self, ctx: RouteContext, attribute: Reference) -> int:
        """Write an attribute's values to the log."""
        values = values_of(ctx, attribute)
        self.host.log("info", "avp: {name} = {values}", name=attribute.name, values=values)
        return 1 if values else -1

    @function("dump_attrs", replace(_CLASS, optional=True), routes=RouteKind.ANY)
    def show_all(self, ctx: RouteContext, class_name: str | None = None) -> int:
        """Write all attributes of the message, or of one class, to the log."""
        found = attributes.all_lists(ctx) if class_name is None else attributes.lists_of(ctx, class_name)
        for name, values in found.items():
            self.host.log("info", "avp: {name} = {values}", name=f"${name}", values=values)
        return 1
