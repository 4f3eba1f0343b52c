"""`pv`: pseudo-variables, shared variables, extended attributes, and the functions that ask about variables."""

from sertwist.modules.pv.module import PvModule

__all__ = ["PvModule"]
