"""The `eval` module's class."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["EvalModule"]


class EvalModule(Module):
    """See the module's help."""

    name = "eval"
    help = "eval"
