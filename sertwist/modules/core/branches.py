"""The branch set: further destinations of a request (reference language 5.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_BRANCHES
from sertwist.modules.declare import function
from sertwist.modules.reading.uri_parts import parsed_uri
from sertwist.script.context import Branch
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["CoreBranches", "read_q"]

_ROUTES = RouteKind.REQUEST | RouteKind.FAILURE
_Q: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?|\.[0-9]{1,3}")


def read_q(text: str) -> int | None:
    """Thousandths of a q value, None for an empty text.

    Raises:
        ValueError: it is none (RFC 3261 25.1).
    """
    if not text:
        return None
    if not _Q.fullmatch(text):
        raise ValueError(f"{text!r} is no q value: 0 to 1, three digits behind the point at most")
    whole, _, part = text.partition(".")
    return int(whole or "0") * 1_000 + int(part.ljust(3, "0"))


class CoreBranches:
    """Functions that add and take away destinations."""

    @function(
        "append_branch",
        Argument(name="uri", optional=True, help="the present Request-URI when left out"),
        Argument(name="q", optional=True, prepare=read_q, help="0 to 1: those with more are tried first"),
        aliases=("km_append_branch",),
        routes=_ROUTES,
        bare=True,
    )
    def append_branch(self, ctx: RouteContext, uri: str = "", q: int | None = None) -> int:
        """Add a destination. Returns 1; -1 when `uri` is no URI, or there are twelve.

        Without `uri` the present Request-URI, next hop and branch flags are added. `forward` goes to the first
        destination only, which is the Request-URI.
        """
        wishes = ctx.wish()
        if len(wishes.branches) >= MAX_BRANCHES or parsed_uri(uri or ctx.uri) is None:
            return -1
        destination = "" if uri else wishes.destination
        wishes.branches.append(Branch(uri or ctx.uri, destination, q, wishes.branch_flags))
        return 1

    @function("remove_branch", Argument(name="branch", kind=Kind.NUMBER, minimum=0), routes=_ROUTES)
    def remove_branch(self, ctx: RouteContext, branch: int) -> int:
        """Take away the added destination with that number, 0 for the first. Returns 1; -1 when there is none."""
        branches = [] if ctx.wishes is None else ctx.wishes.branches
        if not 0 <= branch < len(branches):
            return -1
        del branches[branch]
        return 1

    @function("clear_branches", routes=_ROUTES, bare=True)
    def clear_branches(self, ctx: RouteContext) -> int:
        """Take away all added destinations."""
        if ctx.wishes is not None:
            ctx.wishes.branches.clear()
        return 1
