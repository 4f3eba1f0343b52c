"""Module print: prints a text."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["PrintModule"]


class PrintModule(Module):
    """See the module's help."""

    name = "print"
    help = "Prints a text."
