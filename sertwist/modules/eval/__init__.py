"""`eval`."""

from sertwist.modules.eval.module import EvalModule

__all__ = ["EvalModule"]
