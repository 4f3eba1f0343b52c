"""`setavpflag` and its relatives: flags of attributes (reference language 2.3, 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import function
from sertwist.script import attributes
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["CoreAttributeFlags"]

_ATTRIBUTE: Final = Argument(name="attribute", kind=Kind.VARIABLE)
_FLAG: Final = Argument(name="flag", kind=Kind.ATTRIBUTE_FLAG, help="a name that `avpflags` declares, or its number")


class CoreAttributeFlags:
    """Flags that say what modules do with an attribute, such as keeping it in a dialog."""

    @function("setavpflag", _ATTRIBUTE, _FLAG, routes=RouteKind.ANY)
    def set_attribute_flag(self, ctx: RouteContext, attribute: Reference, flag: int) -> int:
        """Set a flag of an attribute. Returns -1 when the message has no such attribute."""
        return _write(ctx, attribute, flag, on=True)

    @function("resetavpflag", _ATTRIBUTE, _FLAG, routes=RouteKind.ANY)
    def reset_attribute_flag(self, ctx: RouteContext, attribute: Reference, flag: int) -> int:
        """Reset a flag of an attribute. Returns -1 when the message has no such attribute."""
        return _write(ctx, attribute, flag, on=False)

    @function("isavpflagset", _ATTRIBUTE, _FLAG, routes=RouteKind.ANY)
    def has_attribute_flag(self, ctx: RouteContext, attribute: Reference, flag: int) -> int:
        """Whether a flag of an attribute is set."""
        name = attribute.attribute
        return 1 if name is not None and attributes.is_flagged(ctx, name, flag) else -1


def _write(ctx: RouteContext, attribute: Reference, flag: int, *, on: bool) -> int:
    name = attribute.attribute
    return 1 if name is not None and attributes.set_flag(ctx, name, flag, on=on) else -1
