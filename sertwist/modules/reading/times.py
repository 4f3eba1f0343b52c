"""Times: of the message, which stands still while it is handled, and of now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["formatted_gmt", "formatted_local", "message_seconds", "message_time", "now", "seconds_and_fraction"]

_TIME = "time of the message"


def now(ctx: RouteContext) -> int:
    """Seconds since the epoch."""
    return int(ctx.environment.wall_clock())


def message_time(ctx: RouteContext) -> float:
    """When the message was first asked for its time, seconds since the epoch."""
    return ctx.note(_TIME, ctx.environment.wall_clock)


def message_seconds(ctx: RouteContext) -> int:
    """The same in whole seconds."""
    return int(message_time(ctx))


def formatted_local(ctx: RouteContext, form: str) -> str:
    """Now in local time, by a `strftime` format."""
    return time.strftime(form, time.localtime(ctx.environment.wall_clock()))


def formatted_gmt(ctx: RouteContext, form: str) -> str:
    """Now in UTC, by a `strftime` format."""
    return time.strftime(form, time.gmtime(ctx.environment.wall_clock()))


def seconds_and_fraction(seconds: float) -> str:
    """`1700000000.000123`."""
    return f"{seconds:.6f}"
