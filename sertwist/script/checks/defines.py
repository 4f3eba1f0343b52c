"""Definitions with the name of something else: every place of that name is replaced (language 13: 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.source import Span

if TYPE_CHECKING:
    from sertwist.script.unit import Unit

__all__ = ["check_defines"]

_DEFINE: Final = re.compile(r"^[ \t]*(?:#!|!!)(?:try|re)?def(?:ine)?[ \t]+([A-Za-z_]\w*)[ \t]+\S", re.MULTILINE)


def check_defines(unit: Unit) -> None:
    """Report definitions with a text whose name a route, flag, function or group has."""
    text = unit.script.source.text
    routes = {text[slice(*route.name_span)] for route in unit.script.routes if route.name is not None}
    flags = {text[slice(*flag.span)].partition(":")[0] for each in unit.script.flag_names for flag in each.flags}
    groups = {each.group for each in unit.script.group_settings}
    kinds = (
        ("a route", routes),
        ("a flag", flags),
        ("a group of variables", groups),
        ("a function", unit.catalogue.functions.keys()),
    )
    for found in _DEFINE.finditer(text):
        for kind, names in kinds:
            if found[1] in names:
                message = f"{found[1]!r} is the name of {kind}, too: it is replaced wherever it stands"
                span = Span(found.start(1), found.end(1))
                unit.diagnostics.warning("define-shadows", span, message, "give the definition another name")
                break
