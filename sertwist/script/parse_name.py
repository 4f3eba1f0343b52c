"""Take the names `@a.b[1]` and `$name(argument)[1]{change}` apart (reference language 1.9, 8.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.literals import SELECT_PART
from sertwist.script.nodes import Named, SelectName, Transformation, VariableName

if TYPE_CHECKING:
    from sertwist.script.source import Span

__all__ = ["ATTRIBUTE_CLASSES", "read_select", "read_variable", "whole_name"]

#: In front of an attribute's name: `$f.name` (reference language 8.1).
ATTRIBUTE_CLASSES: Final = ("f", "t", "fu", "tu", "fd", "td", "fr", "tr", "g")

_CLASS: Final = "|".join(ATTRIBUTE_CLASSES)
_SIMPLE_INDEX: Final = r"\[[^\]\n]*\]"
_PARTS: Final = re.compile(r"""([A-Za-z_]\w*)|\[("[^"]*"|[^\]]*)\]""", re.ASCII)
_PLAIN: Final = re.compile(
    rf"\$(?P<name>\?|(?:{_CLASS})\.[A-Za-z_]\w*|[A-Za-z_]\w*)(?:\((?P<argument>.*)\))?(?P<index>{_SIMPLE_INDEX})?",
    re.ASCII | re.DOTALL,
)
_INNER_NAME: Final = re.compile(r"\s*(\?|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", re.ASCII)
_ONE_SELECT: Final = re.compile(rf"@{SELECT_PART}(?:\.{SELECT_PART})*", re.ASCII)
_ONE_VARIABLE: Final = re.compile(r"\$(?:[A-Za-z_?][\w.]*(?:\(.*\))?(?:\[[^\]\n]*\])?|\(.*\))", re.ASCII | re.DOTALL)
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_EDGES: Final = {"(": re.compile(r"[()]"), "{": re.compile(r"[{}]")}
_CALLED: Final = re.compile(r"\$\w*\(", re.ASCII)

Index = tuple[tuple[int, int | str | None], ...]


def read_select(text: str, span: Span) -> SelectName:
    """The parts and indexes of `text`, which the lexer found to be a select."""
    if "[" not in text:
        return SelectName(tuple(text[1:].split(".")), span)
    path: list[str] = []
    indexes: list[tuple[int, int | str | None]] = []
    for part, index in _PARTS.findall(text):
        if part:
            path.append(part)
        else:
            indexes.append((len(path), _select_index(index)))
    return SelectName(tuple(path), span, tuple(indexes))


def read_variable(text: str, span: Span) -> VariableName:
    """The parts of `text`, which begins with `$`; what is no variable at all is a name as a whole."""
    if (plain := _PLAIN.fullmatch(text)) is not None:
        return VariableName(plain["name"], text, span, plain["argument"], _index(plain["index"]))
    inside = text[2:-1]
    name = _INNER_NAME.match(inside) if text.startswith("$(") and text.endswith(")") else None
    found = _inner(name[1], inside[name.end() :], text, span) if name is not None else None
    return found or VariableName(text[1:], text, span)


def _inner(name: str, rest: str, text: str, span: Span) -> VariableName | None:
    """What stands in `$( )` behind its name: an argument, an index, transformations, each at most once but the last."""
    argument: str | None = None
    if rest.startswith("("):
        end = _closing(rest, 0)
        if end is None:
            return None
        argument, rest = rest[1:end], rest[end + 1 :].lstrip()
    indexes: Index = ()
    if rest.startswith("["):
        written, bracket, rest = rest.partition("]")
        if not bracket:
            return None
        indexes, rest = _index(written + bracket), rest.lstrip()
    transformations: list[Transformation] = []
    while rest.startswith("{"):
        end = _closing(rest, 0)
        if end is None:
            return None
        transformations.append(_transformation(rest[1:end]))
        rest = rest[end + 1 :].lstrip()
    return None if rest else VariableName(name, text, span, argument, indexes, tuple(transformations))


def _closing(text: str, start: int) -> int | None:
    """Where the bracket that `text` opens at `start` is closed; None when it never is."""
    depth = 0
    opening = text[start]
    for edge in _EDGES[opening].finditer(text, start):
        depth += 1 if edge.group() == opening else -1
        if depth == 0:
            return edge.start()
    return None


def _transformation(text: str) -> Transformation:
    """`name,argument,...`; a comma where the last argument should begin is that argument (`{s.select,1,,}`)."""
    name, comma, rest = text.partition(",")
    name = name.strip()
    if not comma:
        return Transformation(name, ())
    if name == "re.subst":
        return Transformation(name, (rest,))
    arguments: list[str] = []
    at = 0
    while True:
        if rest[at:] == ",":
            arguments.append(",")
            return Transformation(name, tuple(arguments))
        end = _argument_end(rest, at)
        arguments.append(rest[at:end])
        if end == len(rest):
            return Transformation(name, tuple(arguments))
        at = end + 1


def _argument_end(text: str, at: int) -> int:
    """Where the argument that begins at `at` ends: at a comma outside of a variable's brackets."""
    while at < len(text) and text[at] != ",":
        if text[at] == "$" and (variable := _CALLED.match(text, at)):
            closed = _closing(text, variable.end() - 1)
            at = len(text) if closed is None else closed + 1
        else:
            at += 1
    return at


def whole_name(text: str, span: Span) -> Named | None:
    """The select or variable that a string in the script is, from end to end: such an argument is evaluated (5.9)."""
    if _ONE_SELECT.fullmatch(text):
        return read_select(text, span)
    return read_variable(text, span) if _ONE_VARIABLE.fullmatch(text) else None


def _select_index(text: str) -> int | str | None:
    if _NUMBER.fullmatch(text):
        return int(text)
    if text == "*":
        return text
    return text[1:-1] if text.startswith('"') else None


def _index(written: str | None) -> Index:
    """`[1]`, `[*]`, `[]`, or nothing; what is no number stays text (`[$var(i)]`)."""
    if written is None:
        return ()
    inside = written[1:-1].strip()
    return ((1, int(inside) if _NUMBER.fullmatch(inside) else inside.strip('"')),)
