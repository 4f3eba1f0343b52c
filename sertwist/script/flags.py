"""Numbers of the flags that a script names (reference language 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_FLAG
from sertwist.script.expressions import all_expressions
from sertwist.script.nodes import Call, Text, Word
from sertwist.script.tell_dialect import is_of_opensips

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sertwist.script.nodes import Script

__all__ = ["flag_number", "number_flags"]

_USES: Final = frozenset({"setflag", "resetflag", "isflagset", "setbflag", "resetbflag", "isbflagset"})


def number_flags(script: Script, *, of_attributes: bool = False) -> dict[str, int]:
    """Name to number: those written with one have it, the others the first free ones.

    Scripts of OpenSIPS use names without declaring them.
    """
    declared = [flag for each in script.flag_names if each.of_attributes is of_attributes for flag in each.flags]
    found = {flag.name: flag.number for flag in declared if flag.number is not None}
    free = (number for number in range(MAX_FLAG + 1) if number not in set(found.values()))
    names = [flag.name for flag in declared]
    if not of_attributes and is_of_opensips(script):
        names += _used(script)
    for name in names:
        if name not in found and (number := next(free, None)) is not None:
            found[name] = number
    return found


def _used(script: Script) -> Iterator[str]:
    """The names that calls give for flags."""
    for each in all_expressions(script):
        if isinstance(each, Call) and each.name in _USES:
            for given in each.arguments[-1:]:
                if isinstance(given, Text | Word) and not given.value.isdecimal():
                    yield given.value


def flag_number(written: str | int, flags: Mapping[str, int]) -> int:
    """The number that a script means by a number or a name.

    Raises:
        ValueError: it is no number from 0 to 31, and no name of a flag.
    """
    if written in flags:
        return flags[str(written)]
    text = str(written).strip()
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"unknown flag {text!r}")
    if int(text) > MAX_FLAG:
        raise ValueError(f"flag {text} is out of range, 0 to {MAX_FLAG}")
    return int(text)
