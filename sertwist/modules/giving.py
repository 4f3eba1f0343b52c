"""Give modules the values that a script sets: which parameter is meant, and what its value is."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.core.opensips import OTHER_NAMES
from sertwist.modules.index import known_names, shown
from sertwist.modules.later import LaterModule
from sertwist.modules.settings import SettingValue
from sertwist.modules.stub import StubModule
from sertwist.script.declare import Kind, Parameter
from sertwist.script.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.modules.declare import Module
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import Global, ModParam, Script
    from sertwist.script.source import Span

__all__ = ["give_modparams", "give_settings"]

# Words for 0 and 1 (reference language 1.5).
_WORDS: Final = {
    "yes": 1,
    "true": 1,
    "on": 1,
    "enable": 1,
    "enabled": 1,
    "no": 0,
    "false": 0,
    "off": 0,
    "disable": 0,
    "disabled": 0,
}
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_MILLISECONDS: Final = 1000


def give_settings(
    script: Script, parameters: tuple[Parameter, ...], settings: dict[str, Any], diagnostics: Diagnostics
) -> None:
    """The global settings (reference language 2.2)."""
    declared = _by_name(parameters)
    for node in script.globals:
        name = _ours(node, diagnostics)
        if name not in declared:
            near = nearest(node.name, [*declared, "listen"])
            fix = f"did you mean '{near}'?" if near else ""
            diagnostics.error("unknown-setting", node.name_span, f"unknown setting '{node.name}'", fix)
        else:
            _give(declared[name], node.value, node.value_span, settings, diagnostics)


def _ours(node: Global, diagnostics: Diagnostics) -> str:
    """The name of a setting, when it is written as in OpenSIPS that of ours."""
    name = OTHER_NAMES.get(node.name)
    if name is None:
        return node.name
    text = f"'{node.name}' is OpenSIPS's name for '{name}'"
    diagnostics.hint("opensips-setting", node.name_span, text, f"write {name}", cause=node.name)
    return name


def give_modparams(
    script: Script,
    classes: Mapping[str, type[Module]],
    settings: dict[str, dict[str, Any]],
    diagnostics: Diagnostics,
) -> None:
    """The parameters of modules (reference language 3)."""
    declared = {name: _by_name(kind.parameters) for name, kind in classes.items()}
    for node in script.modparams:
        for name in _matching_modules(node, classes, diagnostics, may_miss=not script.has_all_items):
            parameter = declared[name].get(node.parameter)
            if parameter is not None:
                _warn_of_text(node, parameter, diagnostics)
                _give(parameter, node.value, node.value_span, settings[name], diagnostics)
            elif not _may_have_more(classes[name]):
                _report_unknown(node, name, declared[name], diagnostics)


def _warn_of_text(node: ModParam, declared: Parameter, diagnostics: Diagnostics) -> None:
    """Older servers refuse a number in quotes (reference language 3)."""
    if declared.ignored or declared.accumulates or declared.kind not in (Kind.NUMBER, Kind.BOOLEAN):
        return
    number = _plain_number(node.value)
    if isinstance(node.value, str) and number is not None:
        text = f"text {node.value!r} for the number '{declared.name}'; taken as {number}"
        diagnostics.warning("number-as-text", node.value_span, text, f"write {number}")


def _may_have_more(kind: type[Module]) -> bool:
    """Whether it is a module of which not everything is known, or one that does nothing here."""
    if issubclass(kind, LaterModule):
        return bool(kind.declared.is_open or kind.declared.ignored)
    return issubclass(kind, StubModule)


def _report_unknown(node: ModParam, module: str, declared: Mapping[str, Parameter], diagnostics: Diagnostics) -> None:
    near = nearest(node.parameter, declared)
    fix = f"did you mean '{near}'?" if near else ""
    text = f"module {module} has no parameter '{node.parameter}'"
    diagnostics.error("unknown-parameter", node.parameter_span, text, fix)


def _matching_modules(
    node: ModParam, classes: Mapping[str, type[Module]], diagnostics: Diagnostics, *, may_miss: bool
) -> list[str]:
    """Loaded modules whose whole name matches the expression, in any case (reference language 3).

    With `may_miss` the line that loads one may be what could not be read.
    """
    if node.module in classes:
        return [node.module]
    try:
        pattern = re.compile(node.module, re.IGNORECASE)
    except re.error as error:
        diagnostics.error("bad-pattern", node.module_span, f"'{node.module}' is no pattern for module names: {error}")
        return []
    names = [name for name in classes if pattern.fullmatch(name)]
    if not names and not may_miss:
        fix = f'add loadmodule "{node.module}"' if node.module in known_names() else ""
        near = nearest(node.module, known_names())
        fix = fix or (f"did you mean {shown(near)}?" if near else "")
        text = f"no loaded module matches '{node.module}'"
        diagnostics.error("module-not-loaded", node.module_span, text, fix, cause=node.module)
    return names


@cache
def _by_name(parameters: tuple[Parameter, ...]) -> dict[str, Parameter]:
    return {name: each for each in parameters for name in (each.name, *each.aliases)}


def _give(
    declared: Parameter, value: int | str, span: Span, settings: dict[str, Any], diagnostics: Diagnostics
) -> None:
    if declared.refused:
        diagnostics.error("setting-refused", span, f"'{declared.name}': {declared.refused}")
    elif declared.ignored:
        _report_ignored(declared, value, span, diagnostics)
    elif declared.accumulates:
        settings.setdefault(declared.name, []).append(SettingValue(value, span))
    elif declared.kind in (Kind.TEXT, Kind.ROUTE):
        settings[declared.name] = str(value)
    else:
        number = _number(declared, value, span, diagnostics)
        if number is not None:
            settings[declared.name] = bool(number) if declared.kind is Kind.BOOLEAN else number


def _report_ignored(declared: Parameter, value: int | str, span: Span, diagnostics: Diagnostics) -> None:
    """Say that it has no effect, where somebody could mean something by it."""
    usual = declared.default is not None and _plain_number(value) == declared.default
    if not declared.quiet and not usual:
        text = f"'{declared.name}' has no effect here: {declared.ignored}"
        diagnostics.hint("setting-ignored", span, text, cause=declared.name)


def _number(declared: Parameter, value: int | str, span: Span, diagnostics: Diagnostics) -> int | None:
    """The number meant, in range, or None with a diagnostic; numeric text counts as a number (reference language 3)."""
    number = _plain_number(value)
    if number is None:
        diagnostics.error("number-expected", span, f"'{declared.name}' takes a number, not {value!r}")
        return None
    low, high = (0, 1) if declared.kind is Kind.BOOLEAN else (declared.minimum, declared.maximum)
    if (low is not None and number < low) or (high is not None and number > high):
        unit = f" {declared.unit}" if declared.unit else ""
        diagnostics.error("out-of-range", span, f"'{declared.name}' must be {_range(low, high)}{unit}, not {number}")
        return None
    if declared.most is not None and number > declared.most:
        text = f"{number} means the same as {declared.most}, which is the most there is for '{declared.name}'"
        diagnostics.warning("more-than-most", span, text, f"write {declared.most}")
    if declared.was_seconds and 0 < number < _MILLISECONDS:
        text = f"{number} looks like seconds, which older servers took for '{declared.name}'"
        fix = f"taken as {number * _MILLISECONDS} milliseconds: write what you mean"
        diagnostics.warning("seconds-or-milliseconds", span, text, fix)
        return number * _MILLISECONDS
    return number


def _plain_number(value: int | str) -> int | None:
    """A number, or text that is one or a word for 0 or 1."""
    if isinstance(value, int):
        return value
    word = _WORDS.get(value.lower())
    if word is None and not _NUMBER.fullmatch(value):
        return None
    return int(value) if word is None else word


def _range(low: int | None, high: int | None) -> str:
    match low, high:
        case _, None:
            return f"at least {low}"
        case None, _:
            return f"at most {high}"
        case _:
            return f"{low} to {high}"
