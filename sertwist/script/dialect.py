"""`Dialect`: the family of servers that a script was written for (reference language 11)."""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["SER", "Dialect"]


class Dialect(enum.Enum):
    """Where families differ, the script's own decides (reference language 11.2); the value is what users write."""

    SER08 = "ser08"  # 0.8
    SER09 = "ser09"  # 0.9
    SER2 = "ser2"  # 0.10 development to 2.1; the announcement's
    OPENSER = "openser"  # OpenSER and Kamailio 1.x
    KAMAILIO = "kamailio"  # sip-router, Kamailio 3.0 and later


#: Those of SER itself.
SER: Final = frozenset({Dialect.SER08, Dialect.SER09, Dialect.SER2})
