"""What code compiled to be traced calls; other code has nothing of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["ENTERED", "LEFT", "decided", "noting", "saw"]

_V = TypeVar("_V")

ENTERED: Final = 1  # a route block begins
LEFT: Final = -1  # and is left, however it ends
_NOWHERE: Final[Callable[[Any], None]] = deque[Any](maxlen=0).append


def noting(ctx: RouteContext) -> Callable[[Any], None]:
    """What takes down the events of `ctx`; nothing when nobody wants to know."""
    trace = ctx.trace
    return _NOWHERE if trace is None else trace.append


def saw(note: Callable[[Any], None], name: str, value: _V) -> _V:
    """The statement read `value`, written `name`."""
    note((name, value))
    return value


def decided(note: Callable[[Any], None], value: _V) -> _V:
    """The condition of the statement came to `value`."""
    note(bool(value))
    return value
