"""The `cfgutils` module's class, made of its parts, and its functions about routes and hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.modules.cfgutils.chance import Chance
from sertwist.modules.cfgutils.waiting import Waiting
from sertwist.modules.declare import function, method
from sertwist.modules.global_flags import GlobalFlags
from sertwist.script.core_hash import core_hash
from sertwist.script.declare import Argument, Kind, Parameter, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["CfgutilsModule"]

_ROUTE: Final = Argument(name="route", kind=Kind.ROUTE, may_miss=True)


class CfgutilsModule(Chance, GlobalFlags, Waiting):
    """What scripts do beside routing."""

    name = "cfgutils"
    help = "Waiting, chance, locks, flags that all messages share, routes by name, hashes."
    first_value = "initial_gflags"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        *Chance.parameters,
        Parameter(
            name="initial_gflags",
            kind=Kind.NUMBER,
            default=0,
            minimum=0,
            maximum=2**32 - 1,
            help="Flags at the start, bit n for flag n.",
        ),
        Parameter(name="lock_set_size", kind=Kind.NUMBER, ignored="there is a lock for each key", quiet=True),
        Parameter(name="hash_file", ignored="script.info tells the hash of the script in force"),
    )

    @function("check_route_exists", _ROUTE, routes=RouteKind.ANY)
    def has_route(self, _ctx: RouteContext, name: str) -> int:
        """Whether the script has a block `route[name]`."""
        return 1 if self.host.has_route(name) else -1

    @function("route_if_exists", _ROUTE, routes=RouteKind.ANY)
    async def run_route(self, ctx: RouteContext, name: str) -> int:
        """Run the block `route[name]` and return its value; -1 when the script has none."""
        return await self.host.run_route(name, ctx) if self.host.has_route(name) else -1

    @method("cfgutils.get_config_hash")
    def config_hash(self, _request: object) -> str:
        """SHA-256 of the script in force, with all files that it includes."""
        return self.host.scripts.state().digest

    @method("cfgutils.check_config_hash")
    async def check_config_hash(self, _request: object) -> str:
        """Whether the script's files are still what is in force: `Identical hash` or `Different hash`."""
        return "Identical hash" if await self.host.scripts.is_current() else "Different hash"

    @function("abort", refused="a script can't end the server; core.kill does", routes=RouteKind.ANY)
    def abort(self, _ctx: RouteContext) -> int:
        """End the server."""
        return -1

    @function(
        "pkg_status",
        aliases=("pkg_summary", "shm_status", "shm_summary"),
        refused="there is no shared or private memory to show; core.shmmem shows the process",
        routes=RouteKind.ANY,
    )
    def show_memory(self, _ctx: RouteContext) -> int:
        """Write memory statistics of other servers to the log."""
        return -1

    @function(
        "core_hash",
        Argument(name="text1"),
        Argument(name="text2"),
        Argument(name="bits", kind=Kind.NUMBER, minimum=0, maximum=30),
        routes=RouteKind.ANY,
    )
    def hash_of(self, _ctx: RouteContext, text1: str, text2: str, bits: int) -> int:
        """A number from 1 to two to the power of `bits` (any for 0) that depends on both texts alone."""
        return core_hash(text1 + text2, bits) + 1
