"""The `avpops` module's class."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["AvpopsModule"]


class AvpopsModule(Module):
    """See the module's help."""

    name = "avpops"
    help = "avpops"
