"""`core`: what every script has without loading a module: settings, operand words, core functions, `core.*` methods."""

from sertwist.modules.core.module import CoreModule

__all__ = ["CoreModule"]
