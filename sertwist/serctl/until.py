"""`--until`: a comparison of what a call returned, read as data and never run."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sertwist.client.failure import UsageError
from sertwist.client.json_codec import json_ready

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["Until", "parse_until"]

PART: Final = re.compile(r"\s*([A-Za-z_0-9][\w.\[\]-]*)\s*(==|!=|<=|>=|<|>|~)\s*(\"[^\"]*\"|'[^']*'|\S+)\s*")
STEP: Final = re.compile(r"[^.\[\]]+")
NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "nil": None}

COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "~": lambda value, part: str(part) in str(value),
}


@dataclass(frozen=True, slots=True)
class _Comparison:
    path: tuple[str, ...]
    compare: Callable[[Any, Any], Any]
    wanted: object

    def holds(self, value: object) -> bool:
        """False too for what is not there or cannot be compared. Text that is a number is compared as one with one."""
        try:
            found = _find(value, self.path)
            if isinstance(found, str) and isinstance(self.wanted, int | float) and NUMBER.fullmatch(found):
                found = float(found)
            return bool(self.compare(found, self.wanted))
        except (KeyError, TypeError):
            return False


@dataclass(frozen=True, slots=True)
class Until:
    """Comparisons that must all hold."""

    parts: tuple[_Comparison, ...]

    def holds(self, value: Value) -> bool:
        """Do they hold of `value`?"""
        plain = json_ready(value)
        return all(part.holds(plain) for part in self.parts)


def parse_until(text: str) -> Until:
    """Read `NAME OP VALUE [and NAME OP VALUE ...]`.

    NAME is a member, `a.b` one inside it, `0` or `[0]` an element; `value` is the whole result and `rows` how many
    elements it has. OP is == != < <= > >= or ~, which is true when the text has the other in it.

    Raises:
        UsageError: it is something else.
    """
    parts, at = [], 0
    while True:
        found = PART.match(text, at)
        if found is None:
            raise _bad(text)
        parts.append(_Comparison(tuple(STEP.findall(found[1])), COMPARISONS[found[2]], _literal(found[3])))
        at = found.end()
        if at == len(text):
            return Until(tuple(parts))
        if not text.startswith("and ", at):
            raise _bad(text)
        at += len("and ")


def _literal(text: str) -> object:
    if text[0] in "\"'":
        return text[1:-1]
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return WORDS.get(text, text)


def _find(value: object, path: tuple[str, ...]) -> object:
    """What is at `path`.

    Raises:
        KeyError: nothing is.
    """
    for step in path:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif step == "rows" and isinstance(value, list | Mapping):
            value = len(value)
        elif step != "value":
            raise KeyError(step)
    return value


def _bad(text: str) -> UsageError:
    message = f"{text!r} is no condition: NAME == VALUE, as in 'uptime > 60', 'rows == 0' or 'a.state ~ ok and b < 5'"
    return UsageError(message, code="bad-until")
