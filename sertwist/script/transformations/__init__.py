"""The transformations that variables take in `$( )` (reference language 8.5)."""

from __future__ import annotations

from typing import Final

from sertwist.script.transformations.declare import Change
from sertwist.script.transformations.strings import STRINGS

__all__ = ["TRANSFORMATIONS", "Change"]

#: By name.
TRANSFORMATIONS: Final = {each.name: each for table in (STRINGS,) for each in table}
