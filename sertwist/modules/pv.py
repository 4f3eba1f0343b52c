"""Module pv: pseudo-variables."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["PvModule"]


class PvModule(Module):
    """See the module's help."""

    name = "pv"
    help = "Pseudo-variables."
