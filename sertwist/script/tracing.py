"""What code compiled to be traced calls; other code has nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["decided", "enter", "leave", "saw", "step"]

_V = TypeVar("_V")


def step(ctx: RouteContext, place: tuple[str, int, int, str]) -> None:
    """A statement begins at `place`: file, line, column, text of the line."""
    if ctx.trace is not None:
        ctx.trace.step(place)


def saw(ctx: RouteContext, name: str, value: _V) -> _V:
    """The statement read `value`, written `name`."""
    return value if ctx.trace is None else ctx.trace.saw(name, value)


def decided(ctx: RouteContext, value: _V) -> _V:
    """The condition of the statement came to `value`."""
    return value if ctx.trace is None else ctx.trace.decided(value)


def enter(ctx: RouteContext) -> None:
    """A route block begins."""
    if ctx.trace is not None:
        ctx.trace.depth += 1


def leave(ctx: RouteContext) -> None:
    """A route block is left, however it ends."""
    if ctx.trace is not None:
        ctx.trace.depth -= 1
