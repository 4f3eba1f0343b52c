"""`loadmodule`, `modparam` and global settings of a script to module objects and the catalogue of what they add.

Modules are found by entry points (group `sertwist.modules`), so a third party's is loaded as ours are. Nothing a script
writes is ever a file that is opened: a module is named by its stem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from sertwist.modules.settings import SettingValue
from sertwist.modules.setup import Setup
from sertwist.script.declare import Catalogue, Kind, Parameter
from sertwist.script.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.modules.declare import Module
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import Global, ModParam, Script
    from sertwist.script.source import Span

__all__ = ["Loaded", "load_modules"]

# Words for 0 and 1 (reference language 1.5).
_WORDS = {
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
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(slots=True)
class Loaded:
    """The modules of a script, core first, then in the order written, and what they add together."""

    modules: tuple[Module, ...]
    catalogue: Catalogue

    def named(self, name: str) -> Module | None:
        """The module `name`, if it is loaded."""
        return next((m for m in self.modules if m.name == name), None)


@cache
def _available() -> dict[str, type[Module]]:
    return {point.name: point.load() for point in entry_points(group="sertwist.modules")}


def load_modules(script: Script, diagnostics: Diagnostics) -> Loaded:
    """Make the modules that `script` loads, with the settings that it gives them; problems go to `diagnostics`."""
    classes = _chosen_classes(script, diagnostics)
    settings: dict[str, dict[str, Any]] = {name: {} for name in classes}
    for each in script.globals:
        _take_global(each, classes["core"].parameters, settings["core"], diagnostics)
    for param in script.modparams:
        _take_modparam(param, classes, settings, diagnostics)
    modules = tuple(kind(settings[name]) for name, kind in classes.items())
    setup = Setup(script, diagnostics)
    for module in modules:
        module.set_up(setup)
    catalogue = _catalogue(modules)
    for param in script.modparams:
        for module in modules:
            declared = _declared(module.parameters, param.parameter)
            if declared is not None and declared.kind is Kind.ROUTE and param.value == module.settings[declared.name]:
                catalogue.entries[str(param.value)] = param.value_span
    return Loaded(modules, catalogue)


def _chosen_classes(script: Script, diagnostics: Diagnostics) -> dict[str, type[Module]]:
    available = _available()
    chosen = {"core": available["core"]}
    for node in script.modules:
        stem = node.stem
        if stem not in available:
            near = nearest(stem, available)
            fix = f"did you mean '{near}'?" if near else f"available: {', '.join(sorted(available))}"
            diagnostics.error("unknown-module", node.name_span, f"unknown module '{stem}'", fix)
        elif stem in chosen:
            diagnostics.warning("module-twice", node.name_span, f"module '{stem}' is loaded twice")
        else:
            chosen[stem] = available[stem]
    return chosen


def _catalogue(modules: Iterable[Module]) -> Catalogue:
    catalogue = Catalogue()
    loaded = set()
    for module in modules:
        loaded.add(module.name)
        events = (replace(each, module=module.name) for each in module.events)
        catalogue.add(module.functions(), module.selects(), module.operands(), module.variables(), events)
    for name, kind in _available().items():
        if name not in loaded:
            absent = kind()
            catalogue.elsewhere.update({f.name: name for f in absent.functions()})
            catalogue.elsewhere.update({s.name: name for s in absent.selects()})
            catalogue.elsewhere.update({v.name: name for v in absent.variables()})
    return catalogue


def _take_global(
    node: Global, parameters: tuple[Parameter, ...], settings: dict[str, Any], diagnostics: Diagnostics
) -> None:
    declared = _declared(parameters, node.name)
    if declared is None:
        near = nearest(node.name, [*_names(parameters), "listen"])
        fix = f"did you mean '{near}'?" if near else ""
        diagnostics.error("unknown-setting", node.name_span, f"unknown setting '{node.name}'", fix)
        return
    _set(declared, node.value, node.value_span, settings, diagnostics)


def _take_modparam(
    node: ModParam,
    classes: dict[str, type[Module]],
    settings: dict[str, dict[str, Any]],
    diagnostics: Diagnostics,
) -> None:
    for name in _matching_modules(node, classes, diagnostics):
        declared = _declared(classes[name].parameters, node.parameter)
        if declared is None:
            near = nearest(node.parameter, _names(classes[name].parameters))
            fix = f"did you mean '{near}'?" if near else ""
            text = f"module {name} has no parameter '{node.parameter}'"
            diagnostics.error("unknown-parameter", node.parameter_span, text, fix)
        else:
            _set(declared, node.value, node.value_span, settings[name], diagnostics)


def _matching_modules(node: ModParam, classes: dict[str, type[Module]], diagnostics: Diagnostics) -> list[str]:
    """Loaded modules whose whole name matches the expression, in any case (reference language 3)."""
    try:
        pattern = re.compile(node.module, re.IGNORECASE)
    except re.error as error:
        diagnostics.error("bad-pattern", node.module_span, f"'{node.module}' is no pattern for module names: {error}")
        return []
    names = [name for name in classes if pattern.fullmatch(name)]
    if not names:
        fix = f'add loadmodule "{node.module}"' if node.module in _available() else ""
        near = nearest(node.module, _available())
        fix = fix or (f"did you mean '{near}'?" if near else "")
        diagnostics.error("module-not-loaded", node.module_span, f"no loaded module matches '{node.module}'", fix)
    return names


def _names(parameters: tuple[Parameter, ...]) -> list[str]:
    return [name for p in parameters for name in (p.name, *p.aliases)]


def _declared(parameters: tuple[Parameter, ...], name: str) -> Parameter | None:
    return next((p for p in parameters if name == p.name or name in p.aliases), None)


def _set(declared: Parameter, value: int | str, span: Span, settings: dict[str, Any], diagnostics: Diagnostics) -> None:
    if declared.ignored:
        text = f"'{declared.name}' has no effect here: {declared.ignored}"
        diagnostics.hint("setting-ignored", span, text, cause=declared.name)
        return
    if declared.accumulates:
        settings.setdefault(declared.name, []).append(SettingValue(value, span))
        return
    if declared.kind in (Kind.TEXT, Kind.ROUTE):
        settings[declared.name] = str(value)
        return
    number = _number(declared, value, span, diagnostics)
    if number is not None:
        settings[declared.name] = bool(number) if declared.kind is Kind.BOOLEAN else number


def _number(declared: Parameter, value: int | str, span: Span, diagnostics: Diagnostics) -> int | None:
    """The number meant, in range, or None with a diagnostic; numeric text counts as a number (reference language 3)."""
    if isinstance(value, str):
        word = _WORDS.get(value.lower())
        if word is None and not _NUMBER.fullmatch(value):
            diagnostics.error("number-expected", span, f"'{declared.name}' takes a number, not {value!r}")
            return None
        value = int(value) if word is None else word
    low, high = (0, 1) if declared.kind is Kind.BOOLEAN else (declared.minimum, declared.maximum)
    if (low is not None and value < low) or (high is not None and value > high):
        unit = f" {declared.unit}" if declared.unit else ""
        diagnostics.error("out-of-range", span, f"'{declared.name}' must be {low} to {high}{unit}, not {value}")
        return None
    return value
