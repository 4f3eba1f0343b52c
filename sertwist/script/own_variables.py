"""The variables that are part of the language itself, whatever is loaded (reference language 8.2).

`$var(x)` and `$vn(x)` keep a value for one message (13, 13); `$avp(x)` a list of them. `$null`, `$rc`, `$sel(path)` and
`$_s(format)` are dealt with when a script is compiled (`variables`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_ROUTE_ARGUMENTS
from sertwist.script.attributes import avp_name, put_avp, read_avp
from sertwist.script.declare import Index, Kind, Variable
from sertwist.script.runtime import ROUTE_ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext

__all__ = ["OWN_VARIABLES", "cell_of"]


def cell_of(kind: str, name: str) -> str:
    """Where `$kind(name)` is kept among the notes of a message."""
    return f"${kind}({name.strip()})"


def _cell(kind: str) -> Callable[[str], object]:
    """A function that names the cell of `$kind(name)` among the notes of a message."""

    def prepare(name: str) -> str:
        if not name.strip():
            raise ValueError("its name is missing")
        return cell_of(kind, name)

    return prepare


def _read_var(ctx: RouteContext, cell: str) -> object:
    notes = ctx.notes
    if notes is not None and cell in notes:
        return notes[cell]
    first = ctx.environment.first_values
    return first.get(cell, 0) if first else 0


def _read_vn(ctx: RouteContext, cell: str) -> object:
    notes = ctx.notes
    return None if notes is None else notes.get(cell)


def _put(ctx: RouteContext, cell: str, value: str | int | None) -> None:
    if ctx.notes is None:
        ctx.notes = {}
    if value is None:
        ctx.notes.pop(cell, None)
    else:
        ctx.notes[cell] = value


def _position(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and 1 <= int(text) <= MAX_ROUTE_ARGUMENTS):
        raise ValueError(f"write $param(1) to $param({MAX_ROUTE_ARGUMENTS})")
    return int(text)


def _read_param(ctx: RouteContext, position: int) -> object:
    given = () if ctx.notes is None else ctx.notes.get(ROUTE_ARGUMENTS) or ()
    return given[position - 1] if position <= len(given) else None


def _colour(_ctx: RouteContext, _which: object) -> str:
    return ""


#: All of them.
OWN_VARIABLES: Final = (
    Variable(
        variable="var",
        kind=Kind.ANY,
        argument=_cell("var"),
        get=_read_var,
        put=_put,
        module="core",
        help="A value that the script keeps for this message; 0, or what pv's `varset` says, until it is set and after"
        " `$null`.",
    ),
    Variable(
        variable="vn",
        kind=Kind.ANY,
        argument=_cell("vn"),
        get=_read_vn,
        put=_put,
        module="core",
        help="A value that the script keeps for this message; undefined until it is set, and again by `$null`.",
    ),
    Variable(
        variable="avp",
        kind=Kind.ANY,
        argument=avp_name,
        get=read_avp,
        put=put_avp,
        indexes=(Index(default=0, takes_all=True),),
        module="core",
        help="A list of values of this message: writing pushes one, `[1]` is the one before it, `[*]` means all.",
    ),
    Variable(
        variable="param",
        kind=Kind.ANY,
        argument=_position,
        get=_read_param,
        module="core",
        help="What the call of a route gave it, the last call that gave something: `$param(1)` is `x` in"
        " `route(NAME, x)`.",
    ),
    Variable(
        variable="C",
        argument=str,
        get=_colour,
        module="core",
        help="A colour of the terminal in log texts; it is left out.",
    ),
)
