"""Definitions with the name of something else: every place of that name is replaced (language 13: 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.unit import Unit

__all__ = ["check_defines"]


def check_defines(unit: Unit) -> None:
    """Report definitions with a text whose name a route, flag, function or group has."""
    script, report = unit.script, unit.diagnostics
    written = script.source.written
    kinds = (
        ("a route", {written(route.name_span) for route in script.routes if route.name is not None}),
        ("a flag", {written(flag.span).partition(":")[0] for each in script.flag_names for flag in each.flags}),
        ("a group of variables", {each.group for each in script.group_settings}),
        ("a function", unit.catalogue.functions.keys()),
    )
    said = {script.source.definition_in(each.span) for each in report if each.code == "syntax"}
    for name, span in script.defined_at.items():
        kind = next((kind for kind, names in kinds if name in names), None)
        if kind is None or name in said or report.was_said("define-replaces-name", name):
            continue  # or it was said where the name stands
        message = f"{name!r} is the name of {kind}, too: it is replaced wherever it stands"
        report.warning("define-shadows", span, message, "give the definition another name")
