"""Take the names `@a.b[1]` and `$name(argument)[1]` apart (reference language 1.9)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.literals import SELECT_PART
from sertwist.script.nodes import Named, SelectName, VariableName

if TYPE_CHECKING:
    from sertwist.script.source import Span

__all__ = ["read_select", "read_variable", "whole_name"]

_PARTS: Final = re.compile(r"""([A-Za-z_]\w*)|\[("[^"]*"|[^\]]*)\]""", re.ASCII)
#: The simple forms; attributes with a class, transformations and the like come with the rest of the language.
_VARIABLE: Final = re.compile(
    r"\$(?P<open>\()?(?P<name>[A-Za-z_]\w*)(?:\((?P<argument>.*)\))?(?P<index>\[[^\]]*\])?(?(open)\))",
    re.ASCII | re.DOTALL,
)
_ONE_SELECT: Final = re.compile(rf"@{SELECT_PART}(?:\.{SELECT_PART})*", re.ASCII)
_ONE_VARIABLE: Final = re.compile(r"\$(?:[A-Za-z_?][\w.]*(?:\(.*\))?(?:\[[^\]\n]*\])?|\(.*\))", re.ASCII | re.DOTALL)
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def read_select(text: str, span: Span) -> SelectName:
    """The parts and indexes of `text`, which the lexer found to be a select."""
    path: list[str] = []
    indexes: list[tuple[int, int | str | None]] = []
    for part, index in _PARTS.findall(text):
        if part:
            path.append(part)
        else:
            indexes.append((len(path), _index(index)))
    return SelectName(tuple(path), span, tuple(indexes))


def read_variable(text: str, span: Span) -> VariableName:
    """The parts of `text`, which begins with `$`; what is none of the simple forms is a name as a whole."""
    match = _VARIABLE.fullmatch(text)
    if match is None:
        return VariableName(text[1:], text, span)
    index = match["index"]
    indexes = ((1, _index(index[1:-1])),) if index else ()
    return VariableName(match["name"], text, span, match["argument"], indexes)


def whole_name(text: str, span: Span) -> Named | None:
    """The select or variable that a string in the script is, from end to end: such an argument is evaluated (5.9)."""
    if _ONE_SELECT.fullmatch(text):
        return read_select(text, span)
    return read_variable(text, span) if _ONE_VARIABLE.fullmatch(text) else None


def _index(text: str) -> int | str | None:
    if _NUMBER.fullmatch(text):
        return int(text)
    if text == "*":
        return text
    return text[1:-1] if text.startswith('"') else None
