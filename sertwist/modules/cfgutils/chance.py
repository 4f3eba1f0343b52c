"""`rand_event`: something that happens with a probability."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.modules.declare import Module, function
from sertwist.script.declare import Argument, Kind, Parameter, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["Chance"]

_PERCENT: Final = Argument(name="percent", kind=Kind.NUMBER, minimum=0, maximum=100)


class Chance(Module):
    """One probability for all messages.

    Attributes:
        percent: with which `rand_event()` is true.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="initial_probability",
            kind=Kind.NUMBER,
            default=10,
            minimum=0,
            maximum=100,
            unit="percent",
            help="With which `rand_event()` is true at the start.",
        ),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.percent: int = self.settings["initial_probability"]
        self._random = random.Random()  # noqa: S311 (no secret depends on it)

    @function("rand_event", forms=((_PERCENT,),), routes=RouteKind.ANY)
    def happens(self, _ctx: RouteContext, percent: int | None = None) -> int:
        """True with the probability that `rand_set_prob` chose, or `percent`."""
        return 1 if self._random.randrange(100) < (self.percent if percent is None else percent) else -1

    @function("rand_set_prob", _PERCENT, routes=RouteKind.ANY)
    def choose(self, _ctx: RouteContext, percent: int) -> int:
        """Let `rand_event()` be true with this probability from now on."""
        if not 0 <= percent <= 100:
            return -1
        self.percent = percent
        return 1

    @function("rand_reset_prob", routes=RouteKind.ANY)
    def choose_first(self, _ctx: RouteContext) -> int:
        """Let it be the `initial_probability` again."""
        self.percent = self.settings["initial_probability"]
        return 1

    @function("rand_get_prob", routes=RouteKind.ANY)
    def told(self, _ctx: RouteContext) -> int:
        """The probability in percent; -1 for 0."""
        return self.percent or -1
