"""`row`: one line of a table of selects, under all its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.declare import Index, Kind, Select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sertwist.script.declare import Step

__all__ = ["row"]


def row(
    names: str,
    get: Callable[..., object],
    *indexes: Index,
    kind: Kind = Kind.TEXT,
    tail: Mapping[str, Step] | None = None,
    prepare: Callable[..., object] | None = None,
    help: str = "",  # noqa: A002 (as in the declarations)
) -> list[Select]:
    """The select that `get` reads, under each of `names`: dotted, with blanks between. Its help is that of `get`."""
    text = help or (get.__doc__ or "").strip().partition("\n")[0]
    return [
        Select(
            path=tuple(each.split(".")),
            get=get,
            kind=kind,
            indexes=indexes,
            tail=tail or {},
            prepare=prepare,
            module="core",
            help=text,
        )
        for each in names.split()
    ]
