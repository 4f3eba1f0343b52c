"""`event_route[core:tkv]`: something went wrong around the script, told as type, key and value (`$atkv`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sertwist.modules.core.variables.row import variable

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext
    from sertwist.script.declare import Variable

__all__ = ["HAPPENING", "TKV", "Happening", "happening_variables"]

TKV: Final = "core:tkv"
#: Under this a `Happening` is noted for the event's context.
HAPPENING: Final = object()


class Happening(NamedTuple):
    """What happened.

    Attributes:
        type: `error` for a fault of ours, `warning` for what peers, scripts or next hops brought about.
        key: `script.failed`, `connection.dropped`, `tls.failed`, `forward.failed`.
        val: why, or the incident's number.
    """

    type: str
    key: str
    val: str


def _read(ctx: RouteContext, part: str) -> str | None:
    """In `event_route[core:tkv]`: what happened, its type, key or value."""
    happening: Happening | None = None if ctx.notes is None else ctx.notes.get(HAPPENING)
    return None if happening is None else str(getattr(happening, part))


def happening_variables() -> list[Variable]:
    """The variable."""
    return variable("atkv", _read, words=Happening._fields)
