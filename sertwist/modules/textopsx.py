"""Module textopsx: header and text editing, Kamailio's further functions."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["TextopsxModule"]


class TextopsxModule(Module):
    """See the module's help."""

    name = "textopsx"
    help = "Header and text editing, Kamailio's further functions."
