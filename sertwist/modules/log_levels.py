"""Log levels as scripts name them, by the family of servers (reference language 2.2, 8.6), and as they are written."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sertwist.script.dialect import Dialect

__all__ = [
    "ALERT",
    "BUG",
    "CRIT",
    "DBG",
    "ERR",
    "INFO",
    "NOTICE",
    "WARN",
    "Level",
    "read_level",
    "scale_of",
    "severity",
]


class Level(NamedTuple):
    """A level's number on each scale; lower ones are more serious. `scale_of` says which of them counts.

    Attributes:
        kamailio: on that of Kamailio 3.0 and later.
        ser: on that of SER and OpenSER.
    """

    kamailio: int
    ser: int


ALERT, BUG, CRIT, ERR = Level(-5, -3), Level(-4, -3), Level(-2, -2), Level(-1, -1)
WARN, NOTICE, INFO, DBG = Level(0, 1), Level(1, 2), Level(2, 3), Level(3, 4)
#: By the first letter behind `L_`: nobody agrees on the rest (`L_WARN`, `L_WARNING`).
_BY_LETTER: Final = {"A": ALERT, "B": BUG, "C": CRIT, "E": ERR, "W": WARN, "N": NOTICE, "I": INFO, "D": DBG}
_number = re.compile(r"-?[0-9]{1,2}", re.ASCII).fullmatch
_name = re.compile(r"(?:L_)?([A-Z])[A-Z]{2,6}2?", re.ASCII | re.IGNORECASE).fullmatch


def scale_of(dialect: Dialect) -> int:
    """Which number of a `Level` counts in scripts of `dialect`."""
    return int(dialect is not Dialect.KAMAILIO)


def read_level(text: str) -> Level:
    """The level that `text` names; a number is the same on every scale.

    Raises:
        ValueError: it is neither a number nor the name of a level.
    """
    if _number(text.strip()):
        return Level(int(text), int(text))
    match = _name(text.strip())
    level = None if match is None else _BY_LETTER.get(match[1].upper())
    if level is None:
        raise ValueError(
            f"{text!r} is no log level; there are L_ALERT, L_BUG, L_CRIT, L_ERR, L_WARN, L_NOTICE, L_INFO and L_DBG"
        )
    return level


def severity(number: int, scale: int) -> str:
    """The level of the log line that is written for a number on a scale."""
    if number <= CRIT[scale]:
        return "critical"
    if number >= DBG[scale]:
        return "debug"
    if number <= ERR[scale]:
        return "error"
    return "warn" if number <= WARN[scale] else "info"
