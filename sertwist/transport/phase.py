"""What a connection waits for, and how long it may."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sertwist.limits import ConnectionLimits

__all__ = ["NEVER", "OVER", "Phase", "seconds_of"]

NEVER: Final = float("inf")


class Phase(enum.Enum):
    """What a connection's deadline is about; the value names its bound in `ConnectionLimits`, if it has one."""

    HANDSHAKE = "handshake_timeout"
    IDLE = "idle_timeout"
    HEAD = "head_timeout"
    BODY = "body_timeout"
    ANSWERING = ""
    WRITING = "write_timeout"
    LINGER = "linger_timeout"
    CLOSED = "closed"


OVER: Final = (Phase.LINGER, Phase.CLOSED)


def seconds_of(phase: Phase, limits: ConnectionLimits) -> float:
    """How long a connection may be in `phase`."""
    return NEVER if phase in _UNBOUNDED else float(getattr(limits, phase.value))


_UNBOUNDED: Final = (Phase.ANSWERING, Phase.CLOSED)
