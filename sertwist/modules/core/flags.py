"""Flags of the message, of its branches and of the run of the script (reference language 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.modules.declare import function
from sertwist.script.declare import Argument, Kind, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["CoreFlags"]

_FLAG = Argument(name="flag", kind=Kind.FLAG, help="0 to 31, or a name that the script declares with `flags`")
_BRANCH = Argument(
    name="branch", kind=Kind.NUMBER, optional=True, minimum=0, help="0: the Request-URI's own, 1: the first appended"
)


class CoreFlags:
    """Functions that set, reset and test flags: 1 when done or set, -1 when not set."""

    @function("setflag", _FLAG, routes=RouteKind.ANY)
    def setflag(self, ctx: RouteContext, flag: int) -> int:
        """Set a flag of the message."""
        ctx.flags |= 1 << flag
        return 1

    @function("resetflag", _FLAG, routes=RouteKind.ANY)
    def resetflag(self, ctx: RouteContext, flag: int) -> int:
        """Reset a flag of the message."""
        ctx.flags &= ~(1 << flag)
        return 1

    @function("isflagset", _FLAG, routes=RouteKind.ANY)
    def isflagset(self, ctx: RouteContext, flag: int) -> int:
        """Whether a flag of the message is set."""
        return _answer(ctx.flags, flag)

    # -- of a branch --------------------------------------------------------------------------------------------------

    @function("setbflag", _FLAG, _BRANCH, routes=RouteKind.ANY)
    def setbflag(self, ctx: RouteContext, flag: int, branch: int = 0) -> int:
        """Set a flag of a branch; -1 when there is no such branch."""
        return self._put_branch_flags(ctx, branch, 1 << flag, 1 << flag)

    @function("resetbflag", _FLAG, _BRANCH, routes=RouteKind.ANY)
    def resetbflag(self, ctx: RouteContext, flag: int, branch: int = 0) -> int:
        """Reset a flag of a branch; -1 when there is no such branch."""
        return self._put_branch_flags(ctx, branch, 1 << flag, 0)

    @function("isbflagset", _FLAG, _BRANCH, routes=RouteKind.ANY)
    def isbflagset(self, ctx: RouteContext, flag: int, branch: int = 0) -> int:
        """Whether a flag of a branch is set."""
        wishes = ctx.wishes
        if wishes is None or not 0 <= branch <= len(wishes.branches):
            return -1
        return _answer(wishes.branches[branch - 1].flags if branch else wishes.branch_flags, flag)

    def _put_branch_flags(self, ctx: RouteContext, branch: int, mask: int, flags: int) -> int:
        wishes = ctx.wish()
        if not 0 <= branch <= len(wishes.branches):
            return -1
        if branch:
            chosen = wishes.branches[branch - 1]
            chosen.flags = chosen.flags & ~mask | flags
        else:
            wishes.branch_flags = wishes.branch_flags & ~mask | flags
        return 1

    # -- of the run of the script -------------------------------------------------------------------------------------

    @function("setsflag", _FLAG, routes=RouteKind.ANY)
    def setsflag(self, ctx: RouteContext, flag: int) -> int:
        """Set a flag of this run of the script."""
        ctx.wish().script_flags |= 1 << flag
        return 1

    @function("resetsflag", _FLAG, routes=RouteKind.ANY)
    def resetsflag(self, ctx: RouteContext, flag: int) -> int:
        """Reset a flag of this run of the script."""
        ctx.wish().script_flags &= ~(1 << flag)
        return 1

    @function("issflagset", _FLAG, routes=RouteKind.ANY)
    def issflagset(self, ctx: RouteContext, flag: int) -> int:
        """Whether a flag of this run of the script is set."""
        return _answer(ctx.script_flags, flag)

    @function("setdsflag", _FLAG, routes=RouteKind.ANY)
    def setdsflag(self, ctx: RouteContext, flag: int) -> int:
        """Set a flag that each run of the script begins with from now on."""
        ctx.environment.script_flags |= 1 << flag
        return 1

    @function("resetdsflag", _FLAG, routes=RouteKind.ANY)
    def resetdsflag(self, ctx: RouteContext, flag: int) -> int:
        """Reset a flag that each run of the script begins with from now on."""
        ctx.environment.script_flags &= ~(1 << flag)
        return 1

    @function("isdsflagset", _FLAG, routes=RouteKind.ANY)
    def isdsflagset(self, ctx: RouteContext, flag: int) -> int:
        """Whether each run of the script begins with a flag."""
        return _answer(ctx.environment.script_flags, flag)


def _answer(flags: int, flag: int) -> int:
    return 1 if flags >> flag & 1 else -1
