"""`$branch(part)`, `$(branch(part)[n])`: the added destinations of a request, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.core.branches import read_q
from sertwist.modules.core.variables.row import Written, checked, variable
from sertwist.modules.core.ways import find_socket, read_socket
from sertwist.modules.reading.branches import branch_at, branch_count
from sertwist.modules.reading.uri_parts import parsed_uri, sip_uri
from sertwist.script.declare import Index, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.modules.host import Host
    from sertwist.script.context import Branch, RouteContext
    from sertwist.script.declare import Variable

__all__ = ["branch_part_variables"]

_COUNT: Final = "count"
_MOST_Q: Final = 1_000
_MOST_FLAGS: Final = 2**32 - 1


def _read(ctx: RouteContext, part: str, index: int) -> str | int | None:
    """A part of an added destination: uri, dst_uri, path, q in thousandths, send_socket, flags; `count` of them all."""
    if part == _COUNT:
        return branch_count(ctx)
    found = branch_at(ctx, index)
    value: str | int | None = None if found is None else getattr(found, _FIELDS[part])
    return None if value == "" else value


def _uri(value: Written) -> str:
    if parsed_uri(str(value)) is None:
        raise ValueError(value)
    return str(value)


def _destination(value: Written) -> str:
    if value and sip_uri(str(value)) is None:
        raise ValueError(value)
    return str(value or "")


def _q(value: Written) -> int | None:
    if not isinstance(value, int):
        return read_q(value or "")
    if not 0 <= value <= _MOST_Q:
        raise ValueError(value)
    return value


def _flags(value: Written) -> int:
    flags = int(value or 0)
    if not 0 <= flags <= _MOST_FLAGS:
        raise ValueError(value)
    return flags


_FIELDS: Final = {
    "uri": "uri",
    "dst_uri": "destination",
    "path": "path",
    "q": "q",
    "send_socket": "send_socket",
    "flags": "flags",
}
_TAKEN: Final[dict[str, Callable[[Written], object]]] = {
    "uri": _uri,
    "dst_uri": _destination,
    "path": lambda value: str(value or ""),
    "q": _q,
    "flags": _flags,
}


def branch_part_variables(host: Callable[[], Host]) -> list[Variable]:
    """The variable; `host` has the sockets."""

    def socket(value: Written) -> str:
        name = find_socket(host(), read_socket(str(value))) if value else ""
        if value and not name:
            raise ValueError(value)
        return name

    taken = _TAKEN | {"send_socket": socket}

    def write(ctx: RouteContext, part: str, index: int, value: Written) -> bool:
        branch = branch_at(ctx, index)
        if branch is None or part == _COUNT:
            return False
        if part == "uri" and value is None:
            ctx.wish().branches.remove(branch)
            return True
        return _put(branch, part, taken[part], value)

    def put(ctx: RouteContext, part: str, index: int, value: Written) -> None:
        checked(f"branch({part})", lambda of, new: write(of, part, index, new))(ctx, value)

    words = (*_FIELDS, _COUNT)
    return variable("branch", _read, kind=Kind.ANY, words=words, put=put, indexes=(Index(default=0),))


def _put(branch: Branch, part: str, take: Callable[[Written], object], value: Written) -> bool:
    try:
        setattr(branch, _FIELDS[part], take(value))
    except ValueError:
        return False
    return True
