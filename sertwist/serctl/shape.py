"""Decide how a result looks to a person: plain text, or rows under headings."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeGuard

from sertwist.client.failure import UsageError
from sertwist.client.json_codec import json_ready
from sertwist.printable import escape_controls
from sertwist.serctl.known_shapes import rows_of

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["SERVER", "Grid", "choose_columns", "fact_text", "shape_servers", "shape_value", "short_name"]

SERVER: Final = "SERVER"


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells, safe to print. Without headings the first column names what stands in the second."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()  # columns that hold numbers only


def shape_value(value: Value, method: str = "", *, exact: bool = False) -> Grid | str:
    """How to show `value`, the result of `method`: a struct as two columns, structs as rows, all else as lines.

    Args:
        value: a result.
        method: whose; some have a form of their own.
        exact: times in UTC as ISO 8601, for programs; else as a person's clock shows them.
    """
    value = rows_of(value, method)
    if isinstance(value, Mapping):
        return Grid((), tuple((escape_controls(str(name)), _cell(each, exact)) for name, each in value.items()))
    if not _is_array(value):
        return _scalar(value, exact, keep_lines=True)
    if value and all(isinstance(each, Mapping) for each in value):
        return _records([each for each in value if isinstance(each, Mapping)], exact)
    return "\n".join(_cell(each, exact) for each in value)


def shape_servers(results: Iterable[tuple[str, Value]], method: str = "", *, exact: bool = False) -> Grid:
    """Rows of several servers' results, the server's name in the first column."""
    rows: list[Mapping[str, Value]] = []
    for server, result in results:
        value = rows_of(result, method)
        parts = value if _is_array(value) else [value]
        rows += [{SERVER: server, **(each if isinstance(each, Mapping) else {"RESULT": each})} for each in parts]
    return _records(rows, exact)


def short_name(url: str) -> str:
    """The server of `url` as people call it: host and port."""
    return url.removeprefix("https://").partition("/")[0] if url.startswith("https://") else url


def choose_columns(grid: Grid, columns: Sequence[str]) -> Grid:
    """`grid` with these columns alone, in this order; of a struct these members.

    Raises:
        UsageError: it has no such column.
    """
    names = [name.lower() for name in grid.headings] or [row[0].lower() for row in grid.rows]
    for column in columns:
        if column.lower() not in names:
            known = ", ".join(grid.headings or [row[0] for row in grid.rows])
            raise UsageError(f"there is no column {column!r}; there are: {known}", code="no-column")
    places = [names.index(column.lower()) for column in columns]
    if not grid.headings:
        return Grid((), tuple(grid.rows[at] for at in places))
    rows = tuple(tuple(row[at] for at in places) for row in grid.rows)
    numeric = frozenset(new for new, old in enumerate(places) if old in grid.numeric)
    return Grid(tuple(grid.headings[at] for at in places), rows, numeric)


def _records(records: Sequence[Mapping[str, Value]], exact: bool) -> Grid:  # noqa: FBT001 - handed through
    """One row a struct, one column a member's name, in the order in which the names come first."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = tuple(tuple(_cell(record[name], exact) if name in record else "" for name in names) for record in records)
    columns = [[record[name] for record in records if name in record] for name in names]
    return Grid(tuple(escape_controls(name) for name in names), rows, _numeric(columns))


def _numeric(columns: Sequence[Sequence[Value]]) -> frozenset[int]:
    return frozenset(
        at
        for at, column in enumerate(columns)
        if all(isinstance(each, int | float) and not isinstance(each, bool) for each in column)
    )


def _cell(value: Value, exact: bool) -> str:  # noqa: FBT001 - handed through
    """`value` on one line; what is nested as compact JSON."""
    if isinstance(value, Mapping | list | tuple):
        return escape_controls(json.dumps(json_ready(value), ensure_ascii=False, separators=(",", ":")))
    return _scalar(value, exact)


def fact_text(value: Value) -> str:
    """`value` on one line, for a sentence."""
    return _cell(value, exact=False)


def _scalar(value: Value, exact: bool, *, keep_lines: bool = False) -> str:  # noqa: FBT001 - handed through
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case datetime():
            return str(json_ready(value)) if exact else _local(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return escape_controls(str(value), keep_lines=keep_lines)


def _local(value: datetime) -> str:
    utc = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return utc.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _is_array(value: Value) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, list | tuple)
