"""Module htable: shared hash tables."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["HtableModule"]


class HtableModule(Module):
    """See the module's help."""

    name = "htable"
    help = "Shared hash tables."
