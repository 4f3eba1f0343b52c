"""The transformations that variables take in `$( )` (reference language 8.5)."""

from __future__ import annotations

from typing import Final

from sertwist.script.transformations.codes import CODES
from sertwist.script.transformations.declare import Change
from sertwist.script.transformations.lists import LISTS
from sertwist.script.transformations.neighbours import NEIGHBOURS
from sertwist.script.transformations.strings import STRINGS
from sertwist.script.transformations.uris import URIS
from sertwist.script.transformations.values import VALUES

__all__ = ["TRANSFORMATIONS", "Change"]

#: By name.
TRANSFORMATIONS: Final = {
    each.name: each for table in (STRINGS, CODES, URIS, LISTS, VALUES, NEIGHBOURS) for each in table
}
