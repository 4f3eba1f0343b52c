"""`pike`: addresses that send too many requests are told from the others (reference language 9.11)."""

from sertwist.modules.pike.module import PikeModule

__all__ = ["PikeModule"]
