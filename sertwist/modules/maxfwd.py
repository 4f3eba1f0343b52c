"""Module maxfwd: max-Forwards."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["MaxfwdModule"]


class MaxfwdModule(Module):
    """See the module's help."""

    name = "maxfwd"
    help = "Max-Forwards."
