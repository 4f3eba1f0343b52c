"""`Purpose`: what the Python of a script is made for."""

from __future__ import annotations

import enum

__all__ = ["Purpose"]


class Purpose(enum.Enum):
    """One compilation has one."""

    RUN = "run"
    TRACE = "trace"  # to be run, and to take down what it does in `ctx.trace`
    SHOW = "show"  # to be read: a text in front of each statement tells its line in the script
    CHECK = "check"  # for what is found on the way; without places it can't be run
