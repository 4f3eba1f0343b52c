"""What the scripts of the corpus use: found by walking what was read of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from sertwist.modules.index import installed_names
from sertwist.script.expressions import all_in, all_statements, expressions_of
from sertwist.script.nodes import (
    Binary,
    Call,
    FlagNames,
    Global,
    Listen,
    ModParam,
    SelectName,
    Switch,
    Text,
    Unary,
    VariableName,
)
from sertwist.script.parse_name import read_select, read_variable
from sertwist.script.source import Span
from sertwist.server.examination import examine, read_script
from sertwist.server.reading import Reading
from tests.scripts.corpus import golden, scripts

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.script.nodes import Expression, Script

__all__ = ["Used", "used"]

_IN_TEXT: Final = re.compile(
    r"\$(?:\((?:[^(){}]|\([^()]*\)|\{[^{}]*\})*\)|[A-Za-z_][\w.]*(?:\([^()]*\))?)|@[A-Za-z_][\w.]*"
)
_CODE: Final = re.compile(r"^(?:\S+ )?\d+:\d+ \w+ ([a-z0-9-]+): ")
_NOWHERE: Final = Span(0, 0)


@dataclass
class Used:
    """All of it, by kind."""

    nodes: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    selects: set[tuple[str, ...]] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    transformations: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    settings: set[str] = field(default_factory=set)
    parameters: set[tuple[str, str]] = field(default_factory=set)
    route_kinds: set[str] = field(default_factory=set)
    route_words: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)


@cache
def used() -> Used:
    """What all scripts use together."""
    found = Used()
    for path in scripts():
        _look_at(path, found)
    return found


def _look_at(path: Path, found: Used) -> None:
    script = examine(read_script(path), Reading(assume_modules=True), with_tls=False).script
    _look_outside(script, found)
    for route in script.routes:
        found.route_kinds.add(str(route.kind.name))
        found.route_words.add(route.word)
        for statement in all_statements(route.body):
            found.nodes.add(type(statement).__name__)
            if isinstance(statement, Switch):
                found.nodes.add("Case")
            for outermost in expressions_of(statement):
                for each in all_in(outermost):
                    _look_at_expression(each, found)
    found.codes |= {code[1] for line in golden(path) if (code := _CODE.match(line)) is not None}


def _look_outside(script: Script, found: Used) -> None:
    found.nodes.add("Script")
    for item in script.items:
        found.nodes.add(type(item).__name__)
        match item:
            case Global(name=name):
                found.settings.add(name)
            case FlagNames():
                found.nodes.add("FlagName")
            case Listen():
                found.settings.add("listen")
            case ModParam(module=module, parameter=parameter):
                found.parameters |= {(name, parameter) for name in installed_names() if _is_named(module, name)}
            case _:
                pass


def _is_named(pattern: str, name: str) -> bool:
    try:
        return pattern == name or re.fullmatch(pattern, name, re.IGNORECASE) is not None
    except re.error:
        return False  # a script that is broken on purpose


def _look_at_expression(expression: Expression, found: Used) -> None:
    found.nodes.add(type(expression).__name__)
    match expression:
        case Call(name=name):
            found.functions.add(name)
        case Binary(operator=operator) | Unary(operator=operator):
            found.operators.add(operator)
        case SelectName(path=path):
            found.selects.add(path)
        case VariableName(name=name, argument=argument, transformations=transformations):
            found.variables.add(name)
            found.transformations |= {each.name for each in transformations}
            if transformations:
                found.nodes.add("Transformation")
            for inner in _IN_TEXT.findall(argument or ""):
                _look_at_expression(read_variable(inner, _NOWHERE), found)
        case Text(value=value):
            for written in _IN_TEXT.findall(value):
                read = read_select if written.startswith("@") else read_variable
                _look_at_expression(read(written, _NOWHERE), found)
        case _:
            pass
