"""The selects of the core (reference language 7.3), as tables."""

from __future__ import annotations

from typing import Final

from sertwist.modules.core.selects.around import AROUND
from sertwist.modules.core.selects.headers import HEADERS
from sertwist.modules.core.selects.message import MESSAGE

__all__ = ["SELECTS"]

SELECTS: Final = (*MESSAGE, *HEADERS, *AROUND)
