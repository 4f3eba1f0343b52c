"""`avpops`."""

from sertwist.modules.avpops.module import AvpopsModule

__all__ = ["AvpopsModule"]
