"""An audit log that records nothing: for a rehearsal, where no call is real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.rpc.audit.level import AuditSettings
from sertwist.rpc.audit.log import AuditLog
from sertwist.rpc.audit.spool import Around

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.rpc.declare import Method

__all__ = ["audit_nowhere"]


def audit_nowhere(resolve: Callable[[str], Method | None]) -> AuditLog:
    """The log; `resolve` finds a method's declaration by name."""
    around = Around(
        wall_clock=lambda: 0.0,
        clock=lambda: 0.0,
        later=lambda _seconds, _call: None,
        tell=lambda _level, _text: None,
        count=lambda _name: None,
    )
    nothing: Any = None  # at the level of nothing no store is asked for
    return AuditLog(AuditSettings(), nothing, around, resolve)
