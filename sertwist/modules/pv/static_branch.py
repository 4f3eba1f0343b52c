"""`$sbranch(attr)`: a branch that is put together part by part, then added or taken as the Request-URI's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_BRANCHES
from sertwist.modules.declare import Module, function
from sertwist.modules.reading.uri_change import put_uri
from sertwist.modules.reading.uri_parts import parsed_uri, sip_uri
from sertwist.script.context import Branch
from sertwist.script.declare import Kind, RouteKind, Variable

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["StaticBranch"]

_KEY: Final = object()  # of what is noted for a message: its parts by name
_PARTS: Final = ("uri", "dst_uri", "q", "bflags", "path", "send_socket", "uid", "instance", "ruid", "otcpid")
_ROUTES: Final = RouteKind.REQUEST | RouteKind.FAILURE


def _parts(ctx: RouteContext) -> dict[str, str | int]:
    return ctx.note(_KEY, dict)


def _get(ctx: RouteContext, part: str) -> str | int | None:
    return None if ctx.notes is None else _parts(ctx).get(part)


def _put(ctx: RouteContext, part: str, value: str | int | None) -> None:
    if value is None:
        _parts(ctx).pop(part, None)
    else:
        _parts(ctx)[part] = value


class StaticBranch(Module):
    """One branch of the script's own for each message."""

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        variable = Variable(
            variable="sbranch",
            words=_PARTS,
            get=_get,
            put=_put,
            kind=Kind.ANY,
            module="pv",
            help="A part of the branch that `sbranch_append()` adds.",
        )
        return [*super().variables(), variable]

    @function("sbranch_append", routes=_ROUTES)
    def append(self, ctx: RouteContext) -> int:
        """Add the branch of `$sbranch(...)`. Returns -1 when it has no usable URI, or there are too many branches."""
        branch = _made(ctx)
        wishes = ctx.wish()
        if branch is None or len(wishes.branches) >= MAX_BRANCHES:
            return -1
        wishes.branches.append(branch)
        return 1

    @function("sbranch_set_ruri", routes=_ROUTES)
    def take(self, ctx: RouteContext) -> int:
        """Let the Request-URI, its destination and branch flags be those of `$sbranch(...)`; -1 without a URI."""
        branch = _made(ctx)
        if branch is None or not put_uri(ctx, branch.uri):
            return -1
        wishes = ctx.wish()
        wishes.destination, wishes.branch_flags = branch.destination, branch.flags
        return 1

    @function("sbranch_reset", routes=_ROUTES)
    def reset(self, ctx: RouteContext) -> int:
        """Forget the parts of `$sbranch(...)`."""
        _parts(ctx).clear()
        return 1


def _made(ctx: RouteContext) -> Branch | None:
    parts = _parts(ctx)
    uri, destination = str(parts.get("uri", "")), str(parts.get("dst_uri", ""))
    if parsed_uri(uri) is None or (destination and sip_uri(destination) is None):
        return None
    q, flags = parts.get("q"), parts.get("bflags", 0)
    known_q = q if isinstance(q, int) and 0 <= q <= 1_000 else None
    path, socket = str(parts.get("path", "")), str(parts.get("send_socket", ""))
    return Branch(uri, destination, known_q, flags if isinstance(flags, int) else 0, path, socket)
