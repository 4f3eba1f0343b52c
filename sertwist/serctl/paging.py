"""Lists that come in pages (reference rpc 10.16): one page of a wanted size, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import BadAnswerError

if TYPE_CHECKING:
    from sertwist.client.client import Client
    from sertwist.rpc.call import Value
    from sertwist.serctl.planned import Planned

__all__ = ["Paging", "call_pages"]

# What servers call the place at which the next page begins.
CURSORS: Final = ("cursor", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How much of a list is wanted.

    Attributes:
        limit: rows; None: as many as the server gives at once.
        all: is every page fetched?
    """

    limit: int | None = None
    all: bool = False

    @property
    def is_wanted(self) -> bool:
        """Is anything else wanted than the server gives by itself?"""
        return self.limit is not None or self.all


def call_pages(client: Client, planned: Planned, paging: Paging, progress: Callable[[str], None]) -> Value:
    """The rows of `planned`, a page at a time; of a method without pages, the first rows of all.

    Raises:
        Failure: a call failed.
        BadAnswerError: a page leads back to itself.
    """
    described = client.describe(planned.method)
    has_limit = described.parameter("limit") is not None and "limit" not in planned.named
    cursor = next((name for name in CURSORS if described.parameter(name)), "")
    named = dict(planned.named)
    if has_limit and paging.limit is not None:
        named["limit"] = paging.limit
    value = client.call_with(planned.method, planned.params, named)
    if not _is_page(value):
        return _first(value, paging)
    items, following = _parts(value)
    while paging.all and cursor and following is not None and (paging.limit is None or len(items) < paging.limit):
        named[cursor] = following
        more, after = _parts(client.call_with(planned.method, planned.params, named))
        if after == following:
            raise BadAnswerError(f"{planned.method} answered a page that leads to itself", code="bad-answer")
        items += more
        following = after
        progress(f"{len(items)} rows of {planned.method}")
    rows = items if paging.limit is None else items[: paging.limit]
    return rows if following is None or paging.all else {"items": rows, "next": following}


def _is_page(value: Value) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("items"), list | tuple)


def _parts(value: Value) -> tuple[list[Value], Value]:
    """A page's rows, and where the next begins; None at the end."""
    if not isinstance(value, Mapping):
        return [], None
    items, following = value.get("items"), value.get("next")
    return list(items) if isinstance(items, list | tuple) else [], following if following != "" else None


def _first(value: Value, paging: Paging) -> Value:
    return value[: paging.limit] if paging.limit is not None and isinstance(value, list | tuple) else value
