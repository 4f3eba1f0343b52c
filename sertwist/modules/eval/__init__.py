"""`eval`: a stack machine for scripts of SER, which have no arithmetic (reference language 9.13)."""

from sertwist.modules.eval.module import EvalModule

__all__ = ["EvalModule"]
