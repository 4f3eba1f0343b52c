"""Module maxfwd: the bound on how often a request is forwarded (reference language 9.4, RFC 3261 16.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sertwist.modules.declare import Module, function
from sertwist.script.declare import Argument, Kind, Parameter
from sertwist.sip.errors import BadHeaderError

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["MaxfwdModule"]

_MOST = 255  # RFC 3261 20.22
_NUMBER = Argument(name="n", kind=Kind.NUMBER, minimum=1, maximum=_MOST)


class MaxfwdModule(Module):
    """Counts Max-Forwards down, once a request, whoever forwards it then."""

    name = "maxfwd"
    help = "Max-Forwards."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="max_limit",
            kind=Kind.NUMBER,
            default=70,
            minimum=1,
            maximum=256,
            help="What goes on has no more than this.",
        ),
    )

    @function("mf_process_maxfwd_header", _NUMBER, aliases=("maxfwd_process", "process_maxfwd"))
    def process(self, ctx: RouteContext, n: int) -> int:
        """Count Max-Forwards down, or add one of `n` when there is none.

        Returns 1 when it was counted down, 2 when it was added, -1 when it is 0 already (answer 483), -2 when it can't
        be read.
        """
        value = _value(ctx)
        if value is None:
            self._go_on_with(ctx, n)
            return 2
        if value <= 0:
            return -1 if value == 0 else -2
        self._go_on_with(ctx, min(value - 1, self.settings["max_limit"]))
        return 1

    @function("mf_lowlimit", _NUMBER, aliases=("is_maxfwd_lt",))
    def is_lower(self, ctx: RouteContext, n: int) -> int:
        """Whether Max-Forwards is lower than `n`; -1 also when there is none."""
        value = _value(ctx)
        return 1 if value is not None and 0 <= value < n else -1

    @function("mf_is_maxfwd_present")
    def is_present(self, ctx: RouteContext) -> int:
        """Whether there is a Max-Forwards that can be read."""
        return 1 if _value(ctx) not in {None, -1} else -1

    @function("mf_is_maxfwd_zero")
    def is_zero(self, ctx: RouteContext) -> int:
        """Whether Max-Forwards is 0."""
        return 1 if _value(ctx) == 0 else -1

    @function("mf_decrement_maxfwd")
    def decrement(self, ctx: RouteContext) -> int:
        """Count Max-Forwards down; -1 when there is none or it is 0."""
        value = _value(ctx)
        if value is None or value <= 0:
            return -1
        self._go_on_with(ctx, value - 1)
        return 1

    @function("mf_add_maxfwd_header", _NUMBER)
    def add(self, ctx: RouteContext, n: int) -> int:
        """Let the request go on with a Max-Forwards of `n`; -1 when it has one."""
        if _value(ctx) is not None:
            return -1
        self._go_on_with(ctx, n)
        return 1

    @staticmethod
    def _go_on_with(ctx: RouteContext, value: int) -> None:
        wishes = ctx.wish()
        wishes.edit().set_header("max-forwards", str(value))
        wishes.hops_counted = True


def _value(ctx: RouteContext) -> int | None:
    """As received: counting twice counts once. None without one, -1 when it can't be read or for what is no SIP."""
    message = ctx.message
    if message is None:
        return -1
    try:
        return message.max_forwards
    except BadHeaderError:
        return -1
