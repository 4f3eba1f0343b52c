"""`avp`: functions on attributes of SER (reference language 9.10)."""

from sertwist.modules.avp.module import AvpModule

__all__ = ["AvpModule"]
