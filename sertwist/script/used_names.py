"""What a script uses at all, found before it is compiled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.expressions import all_expressions
from sertwist.script.nodes import Assign, Expression, Script, Text, VariableName, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["asks_for_return_code", "assigned_names"]

_RETURN_CODE: Final = re.compile(r"[$%]\(?\s*(?:retcode|rc|\?)")


def assigned_names(script: Script) -> Iterator[str]:
    """Names of the variables that are written."""
    return (each.target.name for each in all_expressions(script) if isinstance(each, Assign))


def asks_for_return_code(script: Script) -> bool:
    """Whether anything reads the value of the last call; a setting's text may, too."""
    values = [each.value for each in script.modparams] + [each.value for each in script.globals]
    return any(map(_RETURN_CODE.search, map(str, values))) or any(map(_is_return_code, all_expressions(script)))


def _is_return_code(expression: Expression) -> bool:
    match expression:
        case Word(value=value):
            return value == "retcode"
        case Text(value=text) | VariableName(text=text):
            return _RETURN_CODE.search(text) is not None
        case _:
            return False
