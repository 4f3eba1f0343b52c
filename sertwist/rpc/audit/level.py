"""What is recorded, and what happens when it can't be: the settings of the audit log (reference rpc 5, 14.14)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["AuditSettings", "Level"]


class Level(enum.IntEnum):
    """Which calls get a record; each level has those of the ones below."""

    NONE = 0
    DENIED = 1  # refused ones
    WRITE = 2  # those that change something
    ALL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """How the audit log is kept.

    Attributes:
        level: which calls get a record.
        refuse: while nothing can be written, calls that change something are refused; False: they run unrecorded.
        rotate_bytes: a file that has reached this size is followed by another; 0: never.
        rotate_days: so is one that was begun so many days (UTC) ago; 0: never.
        keep: files that are kept beside the one that is written, 1 or more; the oldest go first.
    """

    level: Level = Level.NONE
    refuse: bool = True
    rotate_bytes: int = 67_108_864
    rotate_days: int = 1
    keep: int = 90
