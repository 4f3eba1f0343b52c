"""What a script uses at all, found before it is compiled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.expressions import all_of_type
from sertwist.script.nodes import Assign, Script, Text, VariableName, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["asks_for_return_code", "assigned_names"]

_RETURN_CODE: Final = re.compile(r"[$%]\(?\s*(?:retcode|rc|\?)")


def assigned_names(script: Script) -> Iterator[str]:
    """Names of the variables that are written."""
    return (each.target.name for each in all_of_type(script, Assign))


def asks_for_return_code(script: Script) -> bool:
    """Whether anything reads the value of the last call; a setting's text may, too."""
    values = [each.value for each in script.modparams] + [each.value for each in script.globals]
    return any(map(_RETURN_CODE.search, map(str, values))) or any(map(_RETURN_CODE.search, _texts(script)))


def _texts(script: Script) -> Iterator[str]:
    """What may name a variable; the word `retcode` as one."""
    for text in all_of_type(script, Text):
        yield text.value
    for variable in all_of_type(script, VariableName):
        yield variable.text
    if any(word.value == "retcode" for word in all_of_type(script, Word)):
        yield "$retcode"
