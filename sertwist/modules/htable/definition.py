"""`Definition`: one table as `modparam("htable", "htable", "name=>size=8;autoexpire=120")` declares it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sertwist.script.suggest import did_you_mean

__all__ = ["Definition", "read_definition"]

_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
#: What a later version or another server makes of a table.
_ELSEWHERE: Final = {
    "dbtable": "tables that a database fills are not available yet in this version",
    "dbmode": "tables that a database fills are not available yet in this version",
    "cols": "tables that a database fills are not available yet in this version",
    "colnull": "tables that a database fills are not available yet in this version",
    "coldelim": "tables that a database fills are not available yet in this version",
    "dmqreplicate": "there is no replication between servers",
}
_OPTIONS: Final = ("size", "autoexpire", "initval", "updateexpire", *_ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A table's properties.

    Attributes:
        name: in `$sht(name=>key)`.
        size: the table has two to the power of this slots.
        lifetime: seconds until an entry expires; 0 for never.
        renews: an update begins the lifetime anew.
        initial: what a key without entry has; None for undefined.
        ignored: options without effect here, each with the reason.
    """

    name: str
    size: int = 8
    lifetime: int = 0
    renews: bool = True
    initial: str | int | None = None
    ignored: tuple[tuple[str, str], ...] = ()


def read_definition(text: str) -> Definition:
    """The table that `text` declares.

    Raises:
        ValueError: it declares none; says what is wrong and what to write.
    """
    name, arrow, rest = text.partition("=>")
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} can't be the name of a table; write name=>size=8;autoexpire=120")
    options: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in rest.split(";"))):
        option, equals, value = part.partition("=")
        option, value = option.strip(), value.strip()
        if option not in _OPTIONS:
            raise ValueError(f"a table has no option {option!r} {did_you_mean(option, _OPTIONS)}".rstrip())
        if not equals or not value:
            raise ValueError(f"option {option!r} needs a value")
        options[option] = value
    if arrow and not options:
        raise ValueError("an option must stand behind =>, such as size=8")
    initial = options.get("initval")
    return Definition(
        name=name,
        size=_number(options, "size", 8, 31),
        lifetime=_number(options, "autoexpire", 0, 2_000_000_000),
        renews=bool(_number(options, "updateexpire", 1, 1)),
        initial=int(initial) if initial is not None and _INTEGER.fullmatch(initial) else initial,
        ignored=tuple((each, why) for each, why in _ELSEWHERE.items() if options.get(each, "0") != "0"),
    )


def _number(options: dict[str, str], name: str, default: int, maximum: int) -> int:
    written = options.get(name)
    if written is None:
        return default
    if not _NUMBER.fullmatch(written) or int(written) > maximum:
        raise ValueError(f"{name!r} must be a number from 0 to {maximum}, not {written!r}")
    return int(written)
