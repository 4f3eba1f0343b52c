"""Module options: answers to OPTIONS."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["OptionsModule"]


class OptionsModule(Module):
    """See the module's help."""

    name = "options"
    help = "Answers to OPTIONS."
