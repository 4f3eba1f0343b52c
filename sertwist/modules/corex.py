"""Module corex: core extensions."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["CorexModule"]


class CorexModule(Module):
    """See the module's help."""

    name = "corex"
    help = "Core extensions."
