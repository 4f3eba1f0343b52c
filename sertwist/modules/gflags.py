"""Module gflags: global flags and attributes."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["GflagsModule"]


class GflagsModule(Module):
    """See the module's help."""

    name = "gflags"
    help = "Global flags and attributes."
