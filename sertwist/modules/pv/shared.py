"""`$shv(name)`: variables that all messages share (reference language 8.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.limits import MAX_SHARED_TEXT, MAX_SHARED_VARIABLES
from sertwist.modules.declare import Module, method
from sertwist.rpc.declare import Effect, Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.declare import Kind, Parameter, Variable
from sertwist.script.own_variables import cell_of

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext

__all__ = ["SharedVariables", "typed_value"]

_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
_SETTING: Final = re.compile(r"\s*([^=\s]+)\s*=\s*([is]):(.*)", re.DOTALL)
_INTEGER: Final = re.compile(r"\s*[+-]?[0-9]{1,18}\s*", re.ASCII)


def typed_value(text: str) -> tuple[str, str | int]:
    """Name and value of `name=i:5` or `name=s:text`, as `shvset` and `varset` take them.

    Raises:
        ValueError: it is none, in words.
    """
    match = _SETTING.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not of the form name=s:text or name=i:number")
    name, kind, value = match.groups()
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} can't be the name of a variable")
    if kind == "s":
        return name, value
    if not _INTEGER.fullmatch(value):
        raise ValueError(f"{value!r} is no number")
    return name, int(value)


class SharedVariables(Module):
    """Numbers and texts by name; 0 until something is written."""

    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="shvset", accumulates=True, help="A shared variable's first value, `name=i:1` or `name=s:text`."
        ),
        Parameter(
            name="varset", accumulates=True, help="What `$var(name)` is at the start of each message, written likewise."
        ),
        Parameter(name="avp_aliases", ignored="an AVP is called by one name, whichever that is"),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.shared: dict[str, str | int] = {}
        self._first: dict[str, str | int] = {}

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        super().set_up(setup)
        self.shared.update(self._first_values("shvset", setup))
        self._first = {cell_of("var", name): value for name, value in self._first_values("varset", setup).items()}

    def _first_values(self, setting: str, setup: Setup) -> dict[str, str | int]:
        found = {}
        for each in self.settings[setting]:
            try:
                name, value = typed_value(str(each.value))
            except ValueError as error:
                setup.error("bad-setting", each, f"{setting}: {error}")
            else:
                found[name] = value
        return found

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        super().start(host)
        host.environment.first_values.update(self._first)

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        shared = Variable(
            variable="shv",
            kind=Kind.ANY,
            get=self._get,
            put=self._put,
            argument=_name,
            module=self.name,
            help="A variable that all messages share; 0 until it is written.",
        )
        return [*super().variables(), shared]

    def _get(self, _ctx: RouteContext, name: str) -> str | int:
        return self.shared.get(name, 0)

    def _put(self, ctx: RouteContext, name: str, value: str | int | None) -> None:
        """Write it; `$null` makes it 0. What has no room is not written, and counted."""
        if value is None:
            self.shared.pop(name, None)
        elif not self._has_room(name, value):
            ctx.environment.count("pv.shv_full")
        else:
            self.shared[name] = value

    def _has_room(self, name: str, value: str | int) -> bool:
        is_new = name not in self.shared
        if is_new and len(self.shared) >= MAX_SHARED_VARIABLES:
            return False
        return isinstance(value, int) or len(value) <= MAX_SHARED_TEXT

    @method("pv.shvGet", Param(name="name", type=Type.STRING, optional=True), result=Type.ANY)
    def get_shared(self, _request: object, name: str | None = None) -> Any:
        """The shared variable `name`; without a name all that were written, as a struct."""
        if name is None:
            return dict(sorted(self.shared.items()))
        if name not in self.shared:
            raise Fault(404, "Variable not found")
        return self.shared[name]

    @method(
        "pv.shvSet",
        Param(name="name", type=Type.STRING),
        Param(name="type", type=Type.STRING, help="`int` or `str`"),
        Param(name="value", type=Type.ANY),
        effect=Effect.WRITE,
    )
    def set_shared(self, _request: object, name: str, kind: str, value: Any) -> str:
        """Write the shared variable `name`."""
        if kind not in ("int", "str"):
            raise Fault(400, "Invalid type: use int or str")
        if not _NAME.fullmatch(name):
            raise Fault(400, "Invalid name")
        try:
            typed: str | int = int(value) if kind == "int" else str(value)
        except (ValueError, TypeError):
            raise Fault(400, "Invalid value: a number is needed") from None
        if not self._has_room(name, typed):
            raise Fault(500, "No room for it")
        self.shared[name] = typed
        return "Ok. Variable set to new value."


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} can't be the name of a shared variable")
    return text
