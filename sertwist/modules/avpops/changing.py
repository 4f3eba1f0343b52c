"""AVPs deleted, copied, computed with, substituted in and written elsewhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sertwist.modules.avpops.comparing import Check, read_check, typed
from sertwist.modules.avpops.computing import Operation, read_operation
from sertwist.modules.declare import Module, function
from sertwist.modules.formatted import Formatted
from sertwist.modules.reading.uri_change import change_uri, read_host
from sertwist.script import attributes
from sertwist.script.declare import Argument, Kind, RouteKind
from sertwist.sip.text import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.script.attributes import AttributeName, AttributeValue
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference
    from sertwist.script.substitution import Substitution

__all__ = ["AvpOperations"]


def _computed(text: str) -> Operation:
    """An operation whose number a variable gave, escaped."""
    return read_operation(text.replace("\\", ""))


_ROUTES: Final = RouteKind.ANY
_AVP: Final = Argument(name="avp", kind=Kind.VARIABLE, suffixed=True)
_VARIABLE: Final = Argument(name="variable", kind=Kind.VARIABLE, suffixed=True)
_TARGET: Final = Argument(name="target", kind=Kind.VARIABLE)
_CHECK: Final = Argument(
    name="check",
    parted=True,
    prepare=read_check,
    dynamic=partial(read_check, is_escaped=True),
    help="`op/value` or `op/value/flags`",
)
_OPERATION: Final = Argument(name="operation", parted=True, prepare=read_operation, dynamic=_computed, help="`add;5`")
_SUBSTITUTION: Final = Argument(name="substitution", kind=Kind.SUBSTITUTION, help="`/pattern/replacement/flags`")


def _values(ctx: RouteContext, variable: Reference) -> list[AttributeValue]:
    """All values, oldest first; of what is no AVP its one."""
    if variable.attribute is not None:
        return list(attributes.values_of(ctx, variable.attribute) or ())
    value = variable.get(ctx)
    return [] if value is None else [value]


def _name_and_flags(variable: Reference) -> tuple[AttributeName | None, str]:
    """The AVP that a suffix names, `$avp(x)/$avp(y)/g`, and the flags in it."""
    head, slash, flags = variable.suffix.rpartition("/")
    named = head or (variable.suffix if variable.suffix.startswith(("$", "s:", "i:")) else "")
    if not named:
        return None, variable.suffix
    inner = named[5:-1] if named.startswith("$avp(") else named
    return attributes.avp_name(inner), flags if slash else ""


class AvpOperations(Formatted, Module):
    """What is done with AVPs. Flag `g` in what is behind a slash means all values, not the newest alone."""

    host: Host

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    @function("avp_delete", _AVP, routes=_ROUTES)
    def delete(self, ctx: RouteContext, avp: Reference) -> int:
        """Delete the newest value of an AVP, with `/g` all. Returns -1 when there was none."""
        if avp.attribute is None:
            return -1
        return 1 if attributes.remove(ctx, avp.attribute, everything="g" in avp.suffix) else -1

    @function("avp_check", _VARIABLE, _CHECK, routes=_ROUTES)
    def check(self, ctx: RouteContext, variable: Reference, check: Check) -> int:
        """Whether a value passes: `eq ne lt le gt ge` compare, `re` is a pattern, `fm` one with `*` and `?`."""
        values = _values(ctx, variable)
        looked_at = values if check.every_value else values[-1:]
        return 1 if any(check.passes(each) for each in looked_at) else -1

    @function("avp_copy", _TARGET, _AVP, routes=_ROUTES)
    def copy(self, ctx: RouteContext, source: Reference, target: Reference) -> int:
        """Copy the newest value of one AVP to another; with `/g` all, `/d` then delete, `/n` as number, `/s` as text.

        The flags stand behind the second one. Returns -1 when there is nothing to copy.
        """
        if source.attribute is None or target.attribute is None:
            return -1
        flags = target.suffix
        values = _values(ctx, source)
        for each in values if "g" in flags else values[-1:]:
            attributes.add(ctx, target.attribute, _converted(each, flags))
        if "d" in flags:
            attributes.remove(ctx, source.attribute, everything="g" in flags)
        return 1 if values else -1

    @function("avp_pushto", _VARIABLE, _AVP, routes=_ROUTES)
    def push_to(self, ctx: RouteContext, target: Reference, avp: Reference) -> int:
        """Write the newest value of an AVP to a variable; `$ru/username` and `$ru/domain` are parts of the URI.

        Returns -1 when there is no value, or it does not fit there.
        """
        values = _values(ctx, avp)
        if not values:
            return -1
        value = values[-1]
        try:
            match target.suffix:
                case "username":
                    return change_uri(ctx, user=as_bytes(str(value)))
                case "domain":
                    return change_uri(ctx, host=read_host(str(value)))
                case _:
                    pass
        except ValueError:
            return -1
        if target.put is None:
            return -1
        target.put(ctx, value)
        return 1

    @function("avp_write", Argument(name="value"), _TARGET, routes=_ROUTES)
    def write(self, ctx: RouteContext, value: str, target: Reference) -> int:
        """Add a value, `i:5` a number, to an AVP."""
        return _put(ctx, target, typed(value))

    @function("avp_op", _AVP, _OPERATION, routes=_ROUTES)
    def compute(self, ctx: RouteContext, avp: Reference, operation: Operation) -> int:
        """Compute with the newest value of an AVP, with `/g` all: `add sub mul div mod and or xor not`, `op;number`.

        `$avp(x)/$avp(y)` adds the results to another AVP. Returns -1 when there is no number to compute with.
        """
        return self._map(ctx, avp, operation.of)

    @function("avp_subst", _AVP, _SUBSTITUTION, aliases=("avp_subst_pv",), routes=_ROUTES)
    def substitute(self, ctx: RouteContext, avp: Reference, substitution: Substitution) -> int:
        """Substitute in the newest value of an AVP, with `/g` all; `$avp(x)/$avp(y)` adds the results to another.

        Returns -1 when the pattern is in none.
        """
        return self._map(ctx, avp, partial(_substituted, substitution))

    def _map(self, ctx: RouteContext, avp: Reference, change: Callable[[AttributeValue], AttributeValue | None]) -> int:
        """Put `change` of values in their place, or to the AVP that the suffix names; None leaves a value alone."""
        if avp.attribute is None:
            return -1
        other, flags = _name_and_flags(avp)
        values = _values(ctx, avp)
        first = 0 if "g" in flags else len(values) - 1
        changed = [change(each) if at >= first else None for at, each in enumerate(values)]
        if all(each is None for each in changed):
            return -1
        kept = [new for new in changed if new is not None]
        if other is None:
            kept = [old if new is None else new for old, new in zip(values, changed, strict=True)]
            attributes.replace(ctx, avp.attribute, None)
        elif "d" in flags:
            attributes.replace(ctx, avp.attribute, None)
        for each in kept:
            attributes.add(ctx, other or avp.attribute, each)
        return 1

    @function("is_avp_set", _AVP, routes=_ROUTES)
    def is_set(self, ctx: RouteContext, avp: Reference) -> int:
        """Whether an AVP has a value; with `/s` a text, `/n` a number, `/e` an empty text."""
        values = _values(ctx, avp)
        if not values:
            return -1
        value = values[-1]
        wanted = {"s": isinstance(value, str), "n": isinstance(value, int), "e": value == ""}
        return 1 if not avp.suffix or any(wanted.get(flag, False) for flag in avp.suffix) else -1

    @function("avp_print", routes=_ROUTES)
    def show(self, ctx: RouteContext) -> int:
        """Write all AVPs of the message to the log."""
        for name, values in attributes.all_lists(ctx).items():
            self.host.log("info", "avpops: {name} = {values}", name=name, values=values[::-1])
        return 1


def _put(ctx: RouteContext, target: Reference, value: AttributeValue) -> int:
    if target.put is None:
        return -1
    target.put(ctx, value)
    return 1


def _converted(value: AttributeValue, flags: str) -> AttributeValue:
    if "n" in flags and isinstance(value, str):
        text = value.strip()
        return int(text) if text.lstrip("+-").isdecimal() and len(text) <= 18 and text.isascii() else 0
    return str(value) if "s" in flags else value


def _substituted(substitution: Substitution, value: AttributeValue) -> AttributeValue | None:
    return substitution.apply(str(value))
