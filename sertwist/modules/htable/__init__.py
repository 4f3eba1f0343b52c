"""`htable`: tables of keys and values that all messages share, with expiry (reference language 9.12)."""

from sertwist.modules.htable.module import HtableModule

__all__ = ["HtableModule"]
