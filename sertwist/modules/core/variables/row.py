"""`variable`: one line of a table of variables, and how a value that can't be written is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.printable import escape_controls
from sertwist.script.declare import Index, Kind, Variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["Written", "checked", "or_undefined", "variable"]

Written = str | int | None
_SHOWN = 64


def variable(  # noqa: PLR0913 (a declaration, all but two by keyword)
    names: str,
    get: Callable[..., object],
    *,
    kind: Kind = Kind.TEXT,
    put: Callable[..., None] | None = None,
    argument: Callable[[str], object] | None = None,
    words: tuple[str, ...] = (),
    indexes: tuple[Index, ...] = (),
    help: str = "",  # noqa: A002 (as in the declarations)
) -> list[Variable]:
    """The variable that `get` reads and `put` writes, under each of `names`. Its help is that of `get`."""
    text = help or (get.__doc__ or "").strip().partition("\n")[0]
    return [
        Variable(
            variable=each,
            get=get,
            put=put,
            kind=kind,
            argument=argument,
            words=words,
            indexes=indexes,
            module="core",
            help=text,
        )
        for each in names.split()
    ]


def or_undefined(get: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    """The same with an empty text as undefined: variables have no empty parts (reference language 8.3)."""

    def get_or_undefined(value: Any) -> str | None:
        return get(value) or None

    get_or_undefined.__doc__ = get.__doc__
    return get_or_undefined


def checked(name: str, write: Callable[[RouteContext, Written], bool]) -> Callable[[RouteContext, Written], None]:
    """A `put` that does what `write` does, and tells the operator when that is False: nothing changes then."""

    def put(ctx: RouteContext, value: Written) -> None:
        if not write(ctx, value):
            ctx.environment.count("script.bad_assignment")
            shown = "$null" if value is None else escape_controls(str(value)[:_SHOWN])
            ctx.environment.complain(f"${name} can't be {shown}")

    return put
