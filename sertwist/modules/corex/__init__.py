"""`corex`: extensions of Kamailio's core (reference language 9.9)."""

from sertwist.modules.corex.module import CorexModule

__all__ = ["CorexModule"]
