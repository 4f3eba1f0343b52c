"""Module xlog: log lines with variables."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["XlogModule"]


class XlogModule(Module):
    """See the module's help."""

    name = "xlog"
    help = "Log lines with variables."
