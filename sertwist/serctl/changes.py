"""Which cells of a table differ from those of the table before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.serctl.shape import SERVER, Grid

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["changed_cells", "mark_cells"]

MARK: Final = "*"


def changed_cells(before: Grid | None, now: Grid) -> frozenset[tuple[int, int]]:
    """Line and column of each cell of `now` that `before` has otherwise; rows are known again by what they begin with.

    Nothing is changed when there is nothing before; a new row is changed as a whole.
    """
    if before is None or before.headings != now.headings:
        return frozenset()
    known = dict(_keyed(before))
    found: set[tuple[int, int]] = set()
    for line, (key, row) in enumerate(_keyed(now)):
        old = known.get(key)
        found |= {(line, at) for at, cell in enumerate(row) if old is None or old[at] != cell}
    return frozenset(found)


def mark_cells(grid: Grid, cells: frozenset[tuple[int, int]]) -> Grid:
    """`grid` with a star after each of `cells`, for where there are no colours."""
    rows = tuple(
        tuple(f"{cell}{MARK}" if (line, at) in cells else cell for at, cell in enumerate(row))
        for line, row in enumerate(grid.rows)
    )
    return Grid(grid.headings, rows, grid.numeric)


def _keyed(grid: Grid) -> Iterator[tuple[tuple[object, ...], tuple[str, ...]]]:
    """Each row with what it is known by: its first cell, the server's too; a number tells equal ones apart."""
    width = 2 if grid.headings[:1] == (SERVER,) and len(grid.headings) > 2 else 1
    seen: dict[tuple[str, ...], int] = {}
    for row in grid.rows:
        key = row[:width]
        seen[key] = seen.get(key, 0) + 1
        yield (*key, seen[key]), row
