"""`cfg_rpc`: settings read and changed while the server runs: at once, together, and on trial.

Read `module` (the methods), then `changes` (those that are made together), then `fragment` (those that outlive the
server).
"""

from sertwist.modules.cfg_rpc.module import CfgRpcModule

__all__ = ["CfgRpcModule"]
