"""The Python that a script becomes, for readers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from sertwist.script.attributes import AttributeName
from sertwist.script.compile import emit_module
from sertwist.script.diagnostic import Diagnostics
from sertwist.script.dialect import Dialect
from sertwist.script.line_notes import as_comments
from sertwist.script.purpose import Purpose
from sertwist.script.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.declare import Catalogue
    from sertwist.script.nodes import Script

__all__ = ["show_script"]


def show_script(
    script: Script, catalogue: Catalogue, dialect: Dialect = Dialect.KAMAILIO, *, notes: bool = True
) -> str:
    """The code of a script that has no errors; with `notes` each line of the script stands above what it became."""
    unit = Unit(script, catalogue, Diagnostics(), dialect, Purpose.SHOW if notes else Purpose.RUN)
    python = ast.unparse(emit_module(unit))
    return "\n".join((*_constants(unit), as_comments(python)))


def _constants(unit: Unit) -> Iterator[str]:
    """What was prepared when the script was loaded, as comments."""
    for name, pattern in unit.patterns.items():
        yield f"# {name}: {pattern!a}"
    for name, value in unit.names.items():
        match value:
            case AttributeName():
                yield f"# {name}: {', '.join(value.keys) or 'g.' + str(value.shared)}"
            case _:
                pass
