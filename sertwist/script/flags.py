"""Numbers of the flags that a script names (reference language 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.limits import MAX_FLAG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.script.nodes import Script

__all__ = ["flag_number", "number_flags"]


def number_flags(script: Script, *, of_attributes: bool = False) -> dict[str, int]:
    """Name to number: those written with one have it, the others the first free ones."""
    declared = [flag for each in script.flag_names if each.of_attributes is of_attributes for flag in each.flags]
    found = {flag.name: flag.number for flag in declared if flag.number is not None}
    free = (number for number in range(MAX_FLAG + 1) if number not in set(found.values()))
    for flag in declared:
        if flag.name not in found and (number := next(free, None)) is not None:
            found[flag.name] = number
    return found


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
