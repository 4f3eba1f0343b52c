"""`Reading`: how a script is to be read, beside what it says itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.dialect import Dialect

__all__ = ["Reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the one who reads a script decides.

    Attributes:
        defines: names that are defined from the start: `NAME` or `NAME=text`.
        dialect: the family of servers that it was written for; None: told from the script.
        assume_modules: take modules that come in a later version as if they were there: to check, never to run.
        stub_modules: take modules that nobody knows as if they were there: to check and to try, never to serve. What
            they may have does nothing.
        other_sides: conditions of the preprocessor of which the other side is read, by name or expression.
    """

    defines: tuple[str, ...] = ()
    dialect: Dialect | None = None
    assume_modules: bool = False
    stub_modules: bool = False
    other_sides: frozenset[str] = frozenset()
