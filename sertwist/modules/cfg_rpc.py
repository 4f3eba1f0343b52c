"""Module cfg_rpc: settings at run time."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["CfgRpcModule"]


class CfgRpcModule(Module):
    """See the module's help."""

    name = "cfg_rpc"
    help = "Settings at run time."
