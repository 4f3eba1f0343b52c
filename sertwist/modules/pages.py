"""Long lists in pages, made in turns: `limit`, `after`, `fields` (reference rpc 10.16).

A list of rows that has `next` ends there only for now: whoever wants the rest gives it as `after`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import MAX_PAGE_ROWS, PAGE_ROWS, ROWS_PER_TURN
from sertwist.rpc.declare import Param, Type
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.modules.host import Host

__all__ = ["AFTER", "FIELDS", "LIMIT", "in_turns", "page", "with_fields"]

LIMIT: Final = Param(
    name="limit", type=Type.INT, optional=True, minimum=1, maximum=MAX_PAGE_ROWS, help=f"most rows; {PAGE_ROWS}"
)
AFTER: Final = Param(name="after", type=Type.STRING, optional=True, help="`next` of the page before")
FIELDS: Final = Param(name="fields", type=Type.ARRAY, optional=True, help="names of the only members wanted")


async def in_turns(host: Host, rows: Iterable[dict[str, Any]], limit: int | None = None) -> list[dict[str, Any]]:
    """The first `limit` of `rows`; after each 200 everybody else has a turn.

    What `rows` goes through changes meanwhile: it must bear that.
    """
    found: list[dict[str, Any]] = []
    most = PAGE_ROWS if limit is None else limit
    for row in rows:
        if len(found) >= most:
            break
        found.append(row)
        if len(found) % ROWS_PER_TURN == 0:
            await host.sleep(0)
    return found


async def page(
    host: Host,
    rows: Iterable[tuple[str, dict[str, Any] | None]],
    limit: int | None,
    fields: tuple[Any, ...] | None,
) -> dict[str, Any]:
    """A page of `rows`, each with the text by which the next page would begin behind it.

    None in place of a row is a place where there is none: looking at it took time.

    Returns:
        items; next, when there are more.

    Raises:
        Fault: `fields` are no names.
    """
    most = PAGE_ROWS if limit is None else limit
    wanted = _names(fields)
    items: list[dict[str, Any]] = []
    last = ""
    for step, (at, row) in enumerate(rows, 1):
        if row is not None and len(items) == most:
            return {"items": items, "next": last}
        if row is not None:
            items.append(_chosen(row, wanted))
            last = at
        if step % ROWS_PER_TURN == 0:
            await host.sleep(0)
    return {"items": items}


def with_fields(rows: list[dict[str, Any]], fields: tuple[Any, ...] | None) -> list[dict[str, Any]]:
    """`rows` with no other members than `fields`; all of them when it is None.

    Raises:
        Fault: `fields` are no names.
    """
    wanted = _names(fields)
    return [_chosen(row, wanted) for row in rows]


def _names(fields: tuple[Any, ...] | None) -> tuple[str, ...] | None:
    if fields is not None and not all(isinstance(each, str) for each in fields):
        raise Fault(400, "Invalid Parameter Value: fields are names")
    return fields


def _chosen(row: dict[str, Any], fields: tuple[str, ...] | None) -> dict[str, Any]:
    return row if fields is None else {name: row[name] for name in fields if name in row}
