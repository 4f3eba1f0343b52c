"""Tables in which a script counts from nothing: `$shtinc` of a key without a number is undefined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.expressions import all_expressions
from sertwist.script.nodes import Assign, Call, Text, VariableName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sertwist.modules.htable.table import Table
    from sertwist.modules.setup import Setup
    from sertwist.script.nodes import Expression, Script
    from sertwist.script.source import Span

__all__ = ["warn_of_counting"]

_COUNTS: Final = re.compile(r"\$\(?sht(?:inc|dec)\(([^=()]+)=>")
_COUNTING_CALLS: Final = ("sht_inc", "sht_dec")
#: Functions that write numbers to the table that their first argument names.
_WRITING_CALLS: Final = ("sht_setxi", "sht_setxs")


def warn_of_counting(setup: Setup, tables: Mapping[str, Table]) -> None:
    """Warn of each table that is counted in, has no number as its initial value, and that nothing else writes to."""
    written = set(_written(setup.script))
    for name, span in _counted(setup.script):
        table = tables.get(name)
        if table is None or isinstance(table.definition.initial, int) or name in written:
            continue
        message = f"counting in table {name!r} is undefined for a key that has no number, and nothing gives it one"
        setup.diagnostics.warning("counts-from-nothing", span, message, "add initval=0 to the table", cause=name)


def _counted(script: Script) -> Iterator[tuple[str, Span]]:
    for each in all_expressions(script):
        match each:
            case Text(value=text, span=span) | VariableName(text=text, span=span):
                yield from ((name.strip(), span) for name in _COUNTS.findall(text))
            case Call(name=name, arguments=(Text(value=place), *_), span=span) if name in _COUNTING_CALLS:
                yield place.partition("=>")[0].strip(), span


def _written(script: Script) -> Iterator[str]:
    for each in all_expressions(script):
        place = _place_written(each)
        if place is not None:
            yield place.partition("=>")[0].strip()


def _place_written(expression: Expression) -> str | None:
    match expression:
        case Assign(target=VariableName(name="sht", argument=place)):
            return place
        case Call(name=name, arguments=(Text(value=table), *_)) if name in _WRITING_CALLS:
            return table
        case _:
            return None
