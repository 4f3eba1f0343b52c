"""Module sanity: checks of incoming messages."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["SanityModule"]


class SanityModule(Module):
    """See the module's help."""

    name = "sanity"
    help = "Checks of incoming messages."
