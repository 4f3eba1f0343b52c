"""Module avp: attributes."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["AvpModule"]


class AvpModule(Module):
    """See the module's help."""

    name = "avp"
    help = "Attributes."
