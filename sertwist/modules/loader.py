"""`loadmodule`, `modparam` and global settings of a script to module objects and the catalogue of what they add.

Modules are found by entry points (group `sertwist.modules`), so a third party's is loaded as ours are. Nothing a script
writes is ever a file that is opened: a module is named by its stem.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sertwist.modules.giving import give_modparams, give_settings
from sertwist.modules.groups import Groups, group_of
from sertwist.modules.index import Elsewhere, installed_names, known_names, module_class, shown
from sertwist.modules.later import LaterModule, canonical_name, further_functions
from sertwist.modules.script_groups import add_script_groups
from sertwist.modules.setup import Setup
from sertwist.modules.stub import StubModule, stub_module
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry
from sertwist.script.declare import Catalogue, Kind
from sertwist.script.own_variables import OWN_VARIABLES
from sertwist.script.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sertwist.modules.declare import Module
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import LoadModule, Script

__all__ = ["Loaded", "load_modules"]


@dataclass(slots=True)
class Loaded:
    """The modules of a script, core first, then in the order written, what they add together, and all settings."""

    modules: tuple[Module, ...]
    catalogue: Catalogue
    groups: Groups

    def named(self, name: str) -> Module | None:
        """The module `name`, if it is loaded."""
        return next((m for m in self.modules if m.name == name), None)


def load_modules(
    script: Script, diagnostics: Diagnostics, *, assume_modules: bool = False, stub_modules: bool = False
) -> Loaded:
    """Make the modules that `script` loads, with the settings that it gives them; problems go to `diagnostics`.

    Args:
        script: the script.
        diagnostics: what is wrong goes here.
        assume_modules: take modules that come later as if they were there; such a script can only be checked.
        stub_modules: take modules that nobody knows as if they were there.
    """
    classes = _chosen_classes(script, diagnostics, assume_modules=assume_modules, stub_modules=stub_modules)
    _check_needs(script, classes, diagnostics)
    settings: dict[str, dict[str, Any]] = {name: {} for name in classes}
    give_settings(script, classes["core"].parameters, settings["core"], diagnostics)
    give_modparams(script, classes, settings, diagnostics)
    modules = tuple(kind(settings[name]) for name, kind in classes.items())
    groups = Groups()
    for module in modules:
        groups.add(group_of(module.name, module.parameters, module.settings, module.changed))
    add_script_groups(script.group_settings, groups, diagnostics, script.source.file_of)
    groups.note_written()
    setup = Setup(script, diagnostics, groups)
    for module in modules:
        module.set_up(setup)
    catalogue = _catalogue(modules)
    catalogue.stubs = tuple(each.name for each in modules if isinstance(each, StubModule))
    if assume_modules:
        for name, each in catalogue.functions.items():
            if each.is_later:
                catalogue.functions[name] = replace(each, refused="", is_later=False)
    _add_entries(script, modules, catalogue)
    if "xmlrpc" in classes:
        catalogue.rpc_methods = _rpc_methods(modules)
    return Loaded(modules, catalogue, groups)


def _chosen_classes(
    script: Script, diagnostics: Diagnostics, *, assume_modules: bool, stub_modules: bool
) -> dict[str, type[Module]]:
    core = module_class("core")
    assert core is not None  # noqa: S101 (it is our own)
    chosen = {"core": core}
    for node in script.modules:
        stem = node.stem
        kind = module_class(stem)
        if kind is None and stub_modules and stem not in chosen:
            text = f"unknown module '{stem}': what it may have does nothing here"
            diagnostics.warning("unknown-module", node.name_span, text)
            chosen[stem] = stub_module(stem)
        elif stem in chosen:
            if "o" not in node.options:
                diagnostics.warning("module-twice", node.name_span, f"module '{stem}' is loaded twice")
        elif kind is None:
            _report_unknown(node, diagnostics)
        else:
            chosen[stem] = kind
            if issubclass(kind, LaterModule):
                _report_later(node, kind, diagnostics, assume_modules=assume_modules)
    _add_stand_ins(chosen)
    return chosen


def _check_needs(script: Script, classes: Mapping[str, type[Module]], diagnostics: Diagnostics) -> None:
    """Say of each module which others it needs that are not loaded (reference language 3)."""
    loaded = {canonical_name(each) for each in classes}
    if not script.has_all_items:
        return  # they may be loaded by what could not be read
    for node in script.modules:
        for needed in classes[node.stem].needs if node.stem in classes else ():
            either = needed.split("|")
            if loaded.isdisjoint(either):
                text = f"module {shown(node.stem)} needs module '{either[0]}', which is not loaded"
                fix = f'add loadmodule "{either[0]}"'
                diagnostics.error("module-not-loaded", node.name_span, text, fix, cause=either[0])


def _add_stand_ins(chosen: dict[str, type[Module]]) -> None:
    """The modules that do here what those of OpenSIPS do there."""
    for kind in tuple(chosen.values()):
        for name in kind.declared.stands_for if issubclass(kind, LaterModule) else ():
            found = module_class(name)
            if found is not None:
                chosen.setdefault(name, found)


def _report_unknown(node: LoadModule, diagnostics: Diagnostics) -> None:
    near = nearest(node.stem, known_names())
    fix = f"did you mean {shown(near)}?" if near else f"available: {', '.join(sorted(installed_names()))}"
    diagnostics.error("unknown-module", node.name_span, f"unknown module '{node.stem}'", fix)


def _report_later(node: LoadModule, kind: type[LaterModule], diagnostics: Diagnostics, *, assume_modules: bool) -> None:
    if kind.declared.stands_for:
        names = ", ".join(kind.declared.stands_for)
        text = f"module '{node.stem}' is of OpenSIPS; what it does there, {names} do here"
        diagnostics.hint("module-of-opensips", node.name_span, text, "load these instead", cause=names)
    elif kind.declared.ignored:
        text = f"module '{node.stem}' has no effect here: {kind.declared.ignored}"
        diagnostics.hint("module-ignored", node.name_span, text)
    elif not assume_modules:
        text = f"module {shown(node.stem)} is not available yet in this version"
        diagnostics.error("module-not-available", node.name_span, text)


def _catalogue(modules: Iterable[Module]) -> Catalogue:
    """What `modules` add together; a later module adds nothing to a name that another has."""
    catalogue = Catalogue(elsewhere=Elsewhere(frozenset(module.name for module in modules)))
    catalogue.add(variables=OWN_VARIABLES)
    for module in sorted(modules, key=lambda each: not each.available):
        functions, selects, variables = module.functions(), module.selects(), module.variables()
        events = [replace(each, module=module.name) for each in module.events]
        if module.available:
            functions += further_functions(module.name)
        else:
            functions = [each for each in functions if each.name not in catalogue.functions]
            selects = [each for each in selects if each.path not in catalogue.selects]
            variables = [each for each in variables if each.variable not in catalogue.variables]
            events = [each for each in events if each.name not in catalogue.events]
        catalogue.add(functions, selects, module.operands(), variables, events)
    return catalogue


def _rpc_methods(modules: Iterable[Module]) -> dict[str, str]:
    declared = [*system_methods(Registry()), *(each for module in modules for each in module.methods())]
    return {name: each.name for each in declared for name in (each.name, *each.aliases)}


def _add_entries(script: Script, modules: Iterable[Module], catalogue: Catalogue) -> None:
    """The route blocks that settings name: they are entered from outside of the script."""
    routes = {
        name: module.settings[each.name]
        for module in modules
        for each in module.parameters
        if each.kind is Kind.ROUTE
        for name in (each.name, *each.aliases)
    }
    for param in script.modparams:
        if param.parameter in routes and routes[param.parameter] == param.value:
            catalogue.entries[str(param.value)] = param.value_span
