"""`avpops`: operations on AVPs (reference language 9.10)."""

from sertwist.modules.avpops.module import AvpopsModule

__all__ = ["AvpopsModule"]
