"""The `eval` module's class: functions and selects on the machine of a message."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from sertwist.limits import MAX_EVAL_STACK, MAX_WHILE_LOOPS
from sertwist.modules.declare import Module, function, select
from sertwist.modules.eval.machine import Machine
from sertwist.modules.eval.operators import Operator, read_operators
from sertwist.modules.reading.tails import VALUE_TAIL
from sertwist.script.declare import Argument, Function, Index, Kind, Parameter, RouteKind
from sertwist.script.runtime import number
from sertwist.script.suggest import did_you_mean

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext
    from sertwist.script.reference import Reference

__all__ = ["EvalModule"]

_ROUTES: Final = (
    RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.REPLY | RouteKind.BRANCH | RouteKind.ONSEND | RouteKind.EVENT
)
_VALUE: Final = Argument(name="value", formats=True, help="a text, `i:5`, `s:text`, `r:register`, `$attr`, `@select`")
_TARGET: Final = Argument(name="target", kind=Kind.VARIABLE, help="an attribute or `r:register`")
_POSITION: Final = Argument(name="position", kind=Kind.NUMBER)
_WHERE: Final = replace(_POSITION, optional=True)
_SEPARATORS: Final = Argument(name="separators")
_OPERATORS: Final = Argument(name="operators", constant=True, prepare=read_operators)
_ROUTE: Final = Argument(name="route", kind=Kind.ROUTE)
_WHAT: Final = Argument(name="what", optional=True, words=("", "s", "r", "sr", "rs"))
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_KEY: Final = object()  # of what is noted for a message
_TOP: Final = 0
_BOTTOM: Final = -1

Value: TypeAlias = "str | int"


@dataclass(frozen=True, slots=True)
class Register:
    """`r:NAME`."""

    name: str


def _machine(ctx: RouteContext) -> Machine:
    return ctx.note(_KEY, Machine)


def _plain(text: str) -> Value:
    """`i:5` as a number, `s:text` and all else as text."""
    if text.startswith("i:") and _NUMBER.fullmatch(text[2:]):
        return int(text[2:])
    return text.removeprefix("s:")


class EvalModule(Module):
    """A stack of values for each message. Position 0 is the top, -1 the bottom."""

    name = "eval"
    help = "A stack machine: arithmetic, comparison and texts for scripts of SER."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="declare_register", accumulates=True, help="Name of a register, `r:NAME` in values."),
        Parameter(name="xlbuf_size", kind=Kind.NUMBER, ignored="texts have no buffer of a fixed size"),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._registers: set[str] = set()

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        for each in self.settings["declare_register"]:
            if _NAME.fullmatch(str(each.value)):
                self._registers.add(str(each.value))
            else:
                setup.error("bad-setting", each, f"declare_register: {each.value!r} can't be the name of a register")

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self.host = host

    def functions(self) -> list[Function]:
        """See `Module.functions`; registers are looked up when the script is loaded."""
        ours = {
            _VALUE.name: replace(_VALUE, prepare=self._value, dynamic=_plain),
            _TARGET.name: replace(_TARGET, prepare=self._register),
        }
        return [
            replace(each, arguments=tuple(ours.get(argument.name, argument) for argument in each.arguments))
            for each in super().functions()
        ]

    def _value(self, text: str) -> Value | Register:
        return self._register(text) if text.startswith("r:") else _plain(text)

    def _register(self, text: str) -> Register:
        name = text.removeprefix("r:")
        if not text.startswith("r:"):
            raise ValueError(f"{text!r} is neither a variable nor r:register")
        if name not in self._registers:
            raise ValueError(f"there is no register {name!r} {did_you_mean(name, self._registers)}".rstrip())
        return Register(name)

    # -- values onto the stack ----------------------------------------------------------------------------------------

    @function("eval_push", _VALUE, routes=_ROUTES)
    def push(self, ctx: RouteContext, value: Value | Register) -> int:
        """Put a value on the top of the stack. Returns -1 when there is no room."""
        return _insert(ctx, value, _TOP)

    @function("eval_add", _VALUE, routes=_ROUTES)
    def add(self, ctx: RouteContext, value: Value | Register) -> int:
        """Put a value under the bottom of the stack. Returns -1 when there is no room."""
        return _insert(ctx, value, _BOTTOM)

    @function("eval_insert", _VALUE, _POSITION, routes=_ROUTES)
    def insert(self, ctx: RouteContext, value: Value | Register, position: int) -> int:
        """Put a value so that it stands at `position`. Returns -1 when that is outside, or there is no room."""
        return _insert(ctx, value, position)

    @function("eval_add_value", _VALUE, _SEPARATORS, routes=_ROUTES)
    def add_parts(self, ctx: RouteContext, value: Value | Register, separators: str) -> int:
        """Divide a text at every one of `separators`, and put its parts under the bottom of the stack, the first first.

        Returns -1 when there is no room for all.
        """
        return _insert_parts(ctx, value, separators, _BOTTOM)

    @function("eval_insert_value", _VALUE, _SEPARATORS, _WHERE, routes=_ROUTES)
    def insert_parts(self, ctx: RouteContext, value: Value | Register, separators: str, position: int = _TOP) -> int:
        """The same, so that the last part stands at `position`."""
        return _insert_parts(ctx, value, separators, position)

    @function("eval_put", _POSITION, _VALUE, routes=_ROUTES)
    def put(self, ctx: RouteContext, position: int, value: Value | Register) -> int:
        """Put a value in the place of the one at `position`. Returns -1 when there is none."""
        return 1 if _machine(ctx).put(_known(ctx, value), position) else -1

    # -- values from the stack ----------------------------------------------------------------------------------------

    @function("eval_get", _TARGET, _WHERE, routes=_ROUTES)
    def get(self, ctx: RouteContext, target: Reference | Register, position: int = _TOP) -> int:
        """Write the value at `position` (0) to an attribute or register. Returns -1 when there is none."""
        return _write(ctx, target, _machine(ctx).get(position))

    @function("eval_pop", _TARGET, _WHERE, routes=_ROUTES)
    def pop(self, ctx: RouteContext, target: Reference | Register, position: int = _TOP) -> int:
        """The same, and take it from the stack."""
        return _write(ctx, target, _machine(ctx).pop(position))

    @function("eval_xchg", _WHERE, routes=_ROUTES)
    def exchange(self, ctx: RouteContext, position: int = 1) -> int:
        """Let the top and the value at `position` (1) change places. Returns -1 when there is none."""
        return 1 if _machine(ctx).exchange(position) else -1

    @function("eval_remove", _WHERE, Argument(name="count", kind=Kind.NUMBER, optional=True), routes=_ROUTES)
    def remove(self, ctx: RouteContext, position: int = _TOP, count: int = 1) -> int:
        """Take `count` (1) values from the stack, from `position` (0) on. Returns -1 when there are not so many."""
        return 1 if _machine(ctx).remove(position, count) else -1

    @function("eval_clear", _WHAT, routes=_ROUTES)
    def clear(self, ctx: RouteContext, what: str = "") -> int:
        """Empty the stack (`s`), the registers (`r`) or both."""
        machine = _machine(ctx)
        if what != "r":
            machine.stack.clear()
        if what != "s":
            machine.registers.clear()
        return 1

    # -- work on the stack --------------------------------------------------------------------------------------------

    @function("eval_oper", _OPERATORS, _WHERE, routes=_ROUTES)
    def operate(self, ctx: RouteContext, operators: tuple[Operator, ...], position: int = _TOP) -> int:
        """Apply operators one after the other; each takes its values from the stack and leaves its result there.

        The right value of two is at `position` (0), the left one under it: `eval_push("5"); eval_push("3");
        eval_oper("-");` leaves 2. Returns -1 when there are not enough values or there is no result (division by 0);
        what was done before stays.
        """
        machine = _machine(ctx)
        return 1 if all(machine.apply(each, position) for each in operators) else -1

    @function("eval_while", _ROUTE, _WHERE, routes=_ROUTES)
    async def repeat(self, ctx: RouteContext, route: str, position: int = _TOP) -> int:
        """Run a block as long as the value at `position` (0) is there and not 0, 100 times at most.

        Returns -1 when it was still not 0 then.
        """
        for _ in range(MAX_WHILE_LOOPS if self.host.has_route(route) else 0):
            if number(_machine(ctx).get(position)) == 0:
                return 1
            await self.host.run_route(route, ctx)
        return -1

    @function("eval_while_stack", _ROUTE, routes=_ROUTES)
    async def repeat_for_stack(self, ctx: RouteContext, route: str) -> int:
        """Run a block as long as there is a value on the stack.

        Returns -1 as soon as the block takes none away.
        """
        if not self.host.has_route(route):
            return -1
        while _machine(ctx).stack:
            before = len(_machine(ctx).stack)
            await self.host.run_route(route, ctx)
            if len(_machine(ctx).stack) >= before:
                return -1
        return 1

    @function("eval_dump", routes=_ROUTES)
    def show(self, ctx: RouteContext) -> int:
        """Write the stack, top first, and the registers to the log."""
        machine = _machine(ctx)
        self.host.log("info", "eval: {stack} {registers}", stack=machine.stack[::-1], registers=machine.registers)
        return 1

    # -- selects ------------------------------------------------------------------------------------------------------

    @select("eval.pop", Index(after=2, default=_TOP), kind=Kind.ANY, tail=VALUE_TAIL)
    def popped(self, ctx: RouteContext, position: int) -> Value | None:
        """The value at a position of the stack (0, the top), which is taken away."""
        return _machine(ctx).pop(position)

    @select("eval.get", Index(after=2, default=_TOP), kind=Kind.ANY, tail=VALUE_TAIL)
    def seen(self, ctx: RouteContext, position: int) -> Value | None:
        """The value at a position of the stack (0, the top)."""
        return _machine(ctx).get(position)

    @select("eval.reg", Index(after=2, kind=Kind.TEXT), kind=Kind.ANY, tail=VALUE_TAIL)
    def register(self, ctx: RouteContext, name: str) -> Value | None:
        """The value of a register; undefined until it is written."""
        return _machine(ctx).registers.get(name)

    @select("eval.uuid")
    def new_uuid(self, _ctx: RouteContext) -> str:
        """A new random UUID."""
        return str(uuid.uuid4())


def _known(ctx: RouteContext, value: Value | Register) -> Value:
    """A value; a register that was not written is empty."""
    return _machine(ctx).registers.get(value.name, "") if isinstance(value, Register) else value


def _insert(ctx: RouteContext, value: Value | Register, position: int) -> int:
    return 1 if _machine(ctx).insert(_known(ctx, value), position) else -1


def _insert_parts(ctx: RouteContext, value: Value | Register, separators: str, position: int) -> int:
    text = str(_known(ctx, value))
    parts = re.split(f"[{re.escape(separators)}]", text, maxsplit=MAX_EVAL_STACK) if separators else [text]
    machine = _machine(ctx)
    if len(machine.stack) + len(parts) > MAX_EVAL_STACK:
        return -1
    return 1 if all(machine.insert(each, position) for each in parts) else -1


def _write(ctx: RouteContext, target: Reference | Register, value: Value | None) -> int:
    if value is None:
        return -1
    if isinstance(target, Register):
        _machine(ctx).registers[target.name] = value
    elif target.put is None:
        return -1
    else:
        target.put(ctx, value)
    return 1
