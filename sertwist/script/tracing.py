"""What code compiled to be traced calls; other code has nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sertwist.limits import MAX_TRACE_EVENTS

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["decided", "enter", "leave", "saw", "step"]

_V = TypeVar("_V")


def step(ctx: RouteContext, place: tuple[str, int, int, str]) -> None:
    """A statement begins at `place`: file, line, column, text of the line."""
    trace = ctx.trace
    if trace is not None and len(trace) < MAX_TRACE_EVENTS:
        trace.append(place)


def saw(ctx: RouteContext, name: str, value: _V) -> _V:
    """The statement read `value`, written `name`."""
    trace = ctx.trace
    if trace is not None and len(trace) < MAX_TRACE_EVENTS:
        trace.append((name, value))
    return value


def decided(ctx: RouteContext, value: _V) -> _V:
    """The condition of the statement came to `value`."""
    trace = ctx.trace
    if trace is not None and len(trace) < MAX_TRACE_EVENTS:
        trace.append(bool(value))
    return value


def enter(ctx: RouteContext) -> None:
    """A route block begins."""
    trace = ctx.trace
    if trace is not None and len(trace) < MAX_TRACE_EVENTS:
        trace.append(1)


def leave(ctx: RouteContext) -> None:
    """A route block is left, however it ends."""
    trace = ctx.trace
    if trace is not None and len(trace) < MAX_TRACE_EVENTS:
        trace.append(-1)
