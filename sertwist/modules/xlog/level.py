"""Log levels as scripts name them (reference language 8.6), and as they are written."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ALERT", "BUG", "CRIT", "DBG", "ERR", "INFO", "NOTICE", "WARN", "read_level", "severity"]

ALERT, BUG, CRIT, ERR, WARN, NOTICE, INFO, DBG = -5, -4, -2, -1, 0, 1, 2, 3
#: By the first letter behind `L_`: nobody agrees on the rest (`L_WARN`, `L_WARNING`).
_BY_LETTER: Final = {"A": ALERT, "B": BUG, "C": CRIT, "E": ERR, "W": WARN, "N": NOTICE, "I": INFO, "D": DBG}
_number = re.compile(r"-?[0-9]{1,2}", re.ASCII).fullmatch
_name = re.compile(r"(?:L_)?([A-Z])[A-Z]{2,6}2?", re.ASCII | re.IGNORECASE).fullmatch


def read_level(text: str) -> int:
    """The level that `text` names, lower ones being more serious.

    Raises:
        ValueError: it is neither a number nor the name of a level.
    """
    if _number(text.strip()):
        return int(text)
    match = _name(text.strip())
    level = None if match is None else _BY_LETTER.get(match[1].upper())
    if level is None:
        raise ValueError(
            f"{text!r} is no log level; there are L_ALERT, L_BUG, L_CRIT, L_ERR, L_WARN, L_NOTICE, L_INFO and L_DBG"
        )
    return level


def severity(level: int) -> str:
    """The level of the log line that is written."""
    if level <= CRIT:
        return "critical"
    if level >= DBG:
        return "debug"
    return {ERR: "error", WARN: "warn"}.get(level, "info")
