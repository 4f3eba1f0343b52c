"""`gflags`: flags and attributes that all messages share (reference language 9.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.modules.declare import function, method
from sertwist.modules.global_flags import GlobalFlags
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.declare import Kind, Parameter, RouteKind

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["GflagsModule"]

_FLAG: Final = Param(name="flag", type=Type.INT, help="0 to 31")
_DATABASE: Final = "databases are not available yet in this version"


class GflagsModule(GlobalFlags):
    """Flags that scripts set for each other, and operators for scripts."""

    name = "gflags"
    help = "Flags that all messages share."
    first_value = "initial"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="initial", kind=Kind.NUMBER, default=0, minimum=0, maximum=2**32 - 1, help="Flags at the start, bit n."
        ),
        Parameter(name="load_global_attrs", kind=Kind.BOOLEAN, ignored=_DATABASE),
        *(
            Parameter(name=name, ignored=_DATABASE)
            for name in ("db_url", "attr_name", "attr_type", "attr_value", "attr_flags", "global_attrs_table")
        ),
    )

    @function("flush_gflags", refused=_DATABASE, routes=RouteKind.ANY)
    def flush(self, _ctx: RouteContext) -> int:
        """Write the flags to a database."""
        return -1

    @method("gflags.set", _FLAG, result=Type.BOOLEAN, effect=Effect.WRITE)
    def set_from_outside(self, _request: object, flag: int) -> bool:
        """Set a flag."""
        return self._write(flag, on=True)

    @method("gflags.reset", _FLAG, result=Type.BOOLEAN, effect=Effect.WRITE)
    def reset_from_outside(self, _request: object, flag: int) -> bool:
        """Reset a flag."""
        return self._write(flag, on=False)

    @method("gflags.is_set", _FLAG, result=Type.BOOLEAN)
    def is_set_outside(self, _request: object, flag: int) -> bool:
        """Whether a flag is set."""
        self._check(flag)
        return self.is_on(flag)

    @method("gflags.dump", result=Type.ARRAY)
    def dump(self, _request: object) -> list[bool]:
        """All flags, 0 first."""
        return [self.is_on(number) for number in range(32)]

    def _write(self, flag: int, *, on: bool) -> bool:
        self._check(flag)
        return self.write(flag, on=on)

    @staticmethod
    def _check(flag: int) -> None:
        if not 0 <= flag <= 31:
            raise Fault(400, "Flag number out of range")
