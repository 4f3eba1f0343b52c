"""Module pike: flood detection."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["PikeModule"]


class PikeModule(Module):
    """See the module's help."""

    name = "pike"
    help = "Flood detection."
