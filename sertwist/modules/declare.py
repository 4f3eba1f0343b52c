"""`Module`: the base class of every module, and the decorators by which its members declare what they add.

A module is a class with `name`, `help`, `parameters`, and methods marked `@function`, `@select` or `@method`. A third
party adds one by an entry point in the group `sertwist.modules`; `loadmodule "any/path/NAME.so"` names it by its stem.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sertwist.rpc.declare import Cost, Effect, Error, Method, Param, Type
from sertwist.script.declare import (
    Argument,
    Deed,
    Event,
    Function,
    Index,
    Kind,
    Operand,
    Parameter,
    Proof,
    RouteKind,
    Select,
    Tail,
    Variable,
)

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup

__all__ = ["Module", "function", "method", "select"]

_F = TypeVar("_F", bound=Callable[..., Any])
_MARK = "__sertwist_declares__"
_NO_TAIL: Tail = {}


def _mark(member: _F, declaration: object) -> _F:
    member.__dict__.setdefault(_MARK, []).append(declaration)
    return member


def function(  # noqa: PLR0913 (a declaration, all by keyword)
    name: str,
    *arguments: Argument,
    routes: RouteKind = RouteKind.REQUEST,
    aliases: tuple[str, ...] = (),
    forms: tuple[tuple[Argument, ...], ...] = (),
    bare: bool = False,
    proof: Proof = Proof.NOTHING,
    guarded: bool = False,
    deed: Deed = Deed.NOTHING,
    refused: str = "",
) -> Callable[[_F], _F]:
    """Declare a method `(self, ctx, *arguments) -> int` as script function `name`; `async def` means it waits."""

    def declare(member: _F) -> _F:
        for each in (name, *aliases):
            declared = Function(
                name=each,
                call=member,
                arguments=arguments,
                forms=forms,
                routes=routes,
                waits=inspect.iscoroutinefunction(member),
                bare=bare,
                proof=proof,
                guarded=guarded,
                deed=deed,
                refused=refused,
                help=inspect.cleandoc(member.__doc__ or ""),
            )
            _mark(member, declared)
        return member

    return declare


def select(
    path: str,
    *indexes: Index,
    kind: Kind = Kind.TEXT,
    aliases: tuple[str, ...] = (),
    tail: Tail = _NO_TAIL,
    prepare: Callable[..., object] | None = None,
    proof: Proof = Proof.NOTHING,
) -> Callable[[_F], _F]:
    """Declare a method `(self, ctx, *names, *indexes) -> value | None` as select `path` (dotted, without the at sign).

    See `script.declare.Select` for open parts (`*`), `prepare` and `tail`.
    """

    def declare(member: _F) -> _F:
        for each in (path, *aliases):
            declared = Select(
                path=tuple(each.lower().split(".")),
                get=member,
                kind=kind,
                indexes=indexes,
                tail=tail,
                prepare=prepare,
                proof=proof,
                help=inspect.cleandoc(member.__doc__ or ""),
            )
            _mark(member, declared)
        return member

    return declare


def method(  # noqa: PLR0913 (a declaration, all by keyword)
    name: str,
    *params: Param,
    result: Type = Type.STRING,
    effect: Effect = Effect.READ,
    aliases: tuple[str, ...] = (),
    cost: Cost = Cost.CHEAP,
    errors: tuple[tuple[int, str], ...] = (),
    has_secrets: bool = False,
) -> Callable[[_F], _F]:
    """Declare a method `(self, request, *arguments) -> value` as RPC method `name`; its docstring is the help.

    See `rpc.declare.Method` for `has_secrets` and `errors`.
    """

    def declare(member: _F) -> _F:
        declared = Method(
            name=name,
            run=member,
            params=params,
            result=result,
            effect=effect,
            aliases=aliases,
            idempotent=effect is not Effect.DESTRUCTIVE,
            help=inspect.cleandoc(member.__doc__ or ""),
            cost=cost,
            errors=tuple(Error(code, text) for code, text in errors),
            has_secrets=has_secrets,
        )
        return _mark(member, declared)

    return declare


class Module:
    """Base of all modules.

    Attributes:
        name: as in `loadmodule`.
        help: one line for the documentation.
        parameters: what `modparam` may set (module core: global settings).
        events: what it raises: `event_route[name]` runs then.
        needs: modules that must be loaded beside it; `sl|tm`: one of these, the first of them best.
        settings: parameter name to value: defaults replaced by what the script set; accumulating ones hold a list of
            `SettingValue` (see `loader`).
    """

    name: ClassVar[str] = ""
    help: ClassVar[str] = ""
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    events: ClassVar[tuple[Event, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()
    available: ClassVar[bool] = True

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        self.settings: dict[str, Any] = {p.name: [] if p.accumulates else p.default for p in self.parameters}
        self.settings.update(settings or {})

    def set_up(self, setup: Setup) -> None:
        """Called once for a script that loads it, after all settings: make of them what functions and variables need.

        What is wrong with them is told to `setup`. A module whose declarations are only asked for is not set up.
        """

    def start(self, host: Host) -> None:
        """Called once when the server starts, before anything is received; `host` outlives the module."""

    def changed(self, setting: str) -> None:
        """An operator changed a setting that is `live`: `self.settings` has its new value."""

    def hang_up(self) -> None:
        """The server got SIGHUP: read again what can be read again while it runs."""

    def functions(self) -> list[Function]:
        """Script functions, bound to this object."""
        return [replace(d, call=getattr(self, n), module=self.name) for n, d in self._declared(Function)]

    def selects(self) -> list[Select]:
        """Selects, bound to this object."""
        return [replace(d, get=getattr(self, n), module=self.name) for n, d in self._declared(Select)]

    def operands(self) -> list[Operand]:
        """Operand words that this module adds."""
        return []

    def variables(self) -> list[Variable]:
        """Variables that this module adds."""
        return []

    def methods(self) -> list[Method]:
        """RPC methods, bound to this object."""
        return [replace(d, run=getattr(self, n), module=self.name) for n, d in self._declared(Method)]

    def _declared(self, kind: type[_D]) -> Iterator[tuple[str, _D]]:
        for name, member in inspect.getmembers(type(self), inspect.isfunction):
            for declared in member.__dict__.get(_MARK, ()):
                if isinstance(declared, kind):
                    yield name, declared


_D = TypeVar("_D", Function, Select, Method)
