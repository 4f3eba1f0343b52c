"""`cfgutils`: waiting, chance, locks, flags and routes by name (reference language 9.9)."""

from sertwist.modules.cfgutils.module import CfgutilsModule

__all__ = ["CfgutilsModule"]
