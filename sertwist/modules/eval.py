"""Module eval: a stack machine for values."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["EvalModule"]


class EvalModule(Module):
    """See the module's help."""

    name = "eval"
    help = "A stack machine for values."
