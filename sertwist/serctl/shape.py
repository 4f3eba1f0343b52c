"""Decide how a result looks to a person: plain text, or rows under headings."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeGuard

from sertwist.client.json_codec import json_ready
from sertwist.printable import escape_controls

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["Grid", "shape_value"]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells, safe to print. Without headings the first column names what stands in the second."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()  # columns that hold numbers only


def shape_value(value: Value, method: str = "") -> Grid | str:
    """How to show `value`, the result of `method`: a struct as two columns, structs as rows, all else as lines."""
    if isinstance(value, Mapping):
        return Grid((), tuple((escape_controls(str(name)), _cell(each)) for name, each in value.items()))
    if not _is_array(value):
        return _scalar(value, keep_lines=True)
    if method == "core.ps" and len(value) % 2 == 0:
        return _pairs(value)
    if value and all(isinstance(each, Mapping) for each in value):
        return _records([each for each in value if isinstance(each, Mapping)])
    return "\n".join(_cell(each) for each in value)


def _pairs(value: Sequence[Value]) -> Grid:
    """SER's flat list of process numbers and descriptions."""
    cells = [_cell(each) for each in value]
    return Grid(("PID", "DESCRIPTION"), tuple(zip(cells[::2], cells[1::2], strict=True)), _numeric([value[::2]]))


def _records(records: Sequence[Mapping[str, Value]]) -> Grid:
    """One row a struct, one column a member's name, in the order in which the names come first."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = tuple(tuple(_cell(record[name]) if name in record else "" for name in names) for record in records)
    columns = [[record[name] for record in records if name in record] for name in names]
    return Grid(tuple(escape_controls(name) for name in names), rows, _numeric(columns))


def _numeric(columns: Sequence[Sequence[Value]]) -> frozenset[int]:
    return frozenset(
        at
        for at, column in enumerate(columns)
        if all(isinstance(each, int | float) and not isinstance(each, bool) for each in column)
    )


def _cell(value: Value) -> str:
    """`value` on one line; what is nested as compact JSON."""
    if isinstance(value, Mapping | list | tuple):
        return escape_controls(json.dumps(json_ready(value), ensure_ascii=False, separators=(",", ":")))
    return _scalar(value)


def _scalar(value: Value, *, keep_lines: bool = False) -> str:
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case datetime():
            return _utc(value).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return escape_controls(str(value), keep_lines=keep_lines)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _is_array(value: Value) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, list | tuple)
