"""`Reference`: a variable that a script function was given to read or write (`pv_unset($avp(x))`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.attributes import AttributeName
    from sertwist.script.context import RouteContext

__all__ = ["Reference"]


@record
class Reference:
    """One variable of the script, the same for all messages.

    Attributes:
        name: as written, for log lines.
        get: its value for a message; None undefined.
        put: writes it, None for `$null`; None: it is read-only.
        attribute: which one it is, if it is an attribute or an AVP: then it may have several values.
        suffix: what stands behind a slash, where the function allows that.
    """

    name: str
    get: Callable[[RouteContext], str | int | None]
    put: Callable[[RouteContext, str | int | None], None] | None
    attribute: AttributeName | None = None
    suffix: str = ""
