"""Module textops: header and text editing."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["TextopsModule"]


class TextopsModule(Module):
    """See the module's help."""

    name = "textops"
    help = "Header and text editing."
