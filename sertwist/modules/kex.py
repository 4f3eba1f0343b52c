"""Module kex: core extensions of Kamailio."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["KexModule"]


class KexModule(Module):
    """See the module's help."""

    name = "kex"
    help = "Core extensions of Kamailio."
