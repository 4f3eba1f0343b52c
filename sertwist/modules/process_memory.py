"""`Memory`: how much memory the process has, in bytes."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Memory", "read_memory"]

_STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Memory:
    """All in bytes.

    Attributes:
        resident: in memory now.
        virtual: mapped.
        most: the most that was resident.
        total: that it may have: its limit, else all of the machine's.
    """

    resident: int
    virtual: int
    most: int
    total: int


def read_memory() -> Memory:
    """How it is now."""
    page = os.sysconf("SC_PAGE_SIZE")
    virtual, resident = (int(each) * page for each in _STATM.read_text("ascii").split()[:2])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    machine = page * os.sysconf("SC_PHYS_PAGES")
    total = machine if limit == resource.RLIM_INFINITY else min(limit, machine)
    return Memory(resident, virtual, max(most, resident), total)
