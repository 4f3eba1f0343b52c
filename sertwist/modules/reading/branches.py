"""The branch set as scripts see it: `@branch.uri[n]`, `$br`, `$ds` (indexes count from 0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.context import Branch, RouteContext

__all__ = [
    "branch_at",
    "branch_count",
    "branch_destination",
    "branch_flags",
    "branch_q",
    "branch_uri",
    "branch_uri_and_q",
    "destination",
    "destination_set",
]


def branch_count(ctx: RouteContext) -> int:
    """How many destinations were added."""
    return 0 if ctx.wishes is None else len(ctx.wishes.branches)


def branch_at(ctx: RouteContext, index: int) -> Branch | None:
    """One of them; -1 is the last."""
    count = branch_count(ctx)
    return ctx.wishes.branches[index] if ctx.wishes is not None and -count <= index < count else None


def branch_uri(ctx: RouteContext, index: int = 0) -> str | None:
    """Its Request-URI."""
    found = branch_at(ctx, index)
    return None if found is None else found.uri


def branch_destination(ctx: RouteContext, index: int = 0) -> str | None:
    """Its destination URI, empty without one."""
    found = branch_at(ctx, index)
    return None if found is None else found.destination


def branch_q(ctx: RouteContext, index: int = 0) -> str | None:
    """Its q value, empty without one."""
    found = branch_at(ctx, index)
    return None if found is None else _q(found)


def branch_uri_and_q(ctx: RouteContext, index: int = 0) -> str | None:
    """`<sip:a@b>;q=0.5`."""
    found = branch_at(ctx, index)
    return None if found is None else _with_q(found)


def branch_flags(ctx: RouteContext) -> int:
    """The flags of the Request-URI's own branch."""
    return 0 if ctx.wishes is None else ctx.wishes.branch_flags


def destination(ctx: RouteContext) -> str | None:
    """The destination URI, undefined without one."""
    return None if ctx.wishes is None else ctx.wishes.destination or None


def destination_set(ctx: RouteContext) -> str | None:
    """All destinations, as a Contact header of a redirection has them."""
    uri = ctx.request_uri
    if uri is None:
        return None
    more = [] if ctx.wishes is None else ctx.wishes.branches
    return "Contact: " + ", ".join([f"<{uri}>", *(_with_q(each) for each in more)])


def _q(branch: Branch) -> str:
    if branch.q is None:
        return ""
    return f"{branch.q / 1_000:.3f}".rstrip("0").rstrip(".")


def _with_q(branch: Branch) -> str:
    return f"<{branch.uri}>" + ("" if branch.q is None else f";q={_q(branch)}")
