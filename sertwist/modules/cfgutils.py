"""Module cfgutils: helpers of scripts."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["CfgutilsModule"]


class CfgutilsModule(Module):
    """See the module's help."""

    name = "cfgutils"
    help = "Helpers of scripts."
