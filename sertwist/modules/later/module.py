"""`LaterModule`: the module objects that the tables of later modules become."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.modules.declare import Module
from sertwist.modules.later.table import DeclaredFunction, Section, section, spellings
from sertwist.script.declare import ANY_NAME, Function, Index, Kind, Select, Step, Variable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LaterModule", "canonical_name", "further_functions", "later_module", "later_names"]

_VARIABLE: Final = re.compile(r"([\w.]+)(\(name\)|\(\w+\))?(#)?(=)?$")


class LaterModule(Module):
    """A module that is known but not there: everything of it can be checked, nothing can be run."""

    available = False
    declared: ClassVar[Section]

    @classmethod
    def also(cls) -> frozenset[str]:
        """The functions that are another module's in most servers."""
        return frozenset(name for name, each in cls.declared.functions.items() if each.is_also)

    def functions(self) -> list[Function]:
        """See `Module.functions`."""
        call = _nothing if self.declared.ignored else _absent
        return [_function(each, self.name, call) for each in self.declared.functions.values()]

    def selects(self) -> list[Select]:
        """See `Module.selects`."""
        return [_select(each, self.name) for each in self.declared.selects]

    def variables(self) -> list[Variable]:
        """See `Module.variables`."""
        return [_variable(each, self.name) for each in self.declared.variables]


def _function(declared: DeclaredFunction, module: str, call: Callable[..., int]) -> Function:
    return Function(
        name=declared.name,
        call=call,
        module=module,
        arguments=declared.forms[0],
        forms=tuple(declared.forms[1:]),
        routes=declared.routes,
        waits=declared.waits,
        deed=declared.deed,
        guarded=declared.guarded,
    )


def _nothing(*_: object) -> int:
    """What a function of a module does that is loaded without effect."""
    return 1


def _absent(*_: object) -> int:
    raise NotImplementedError("this version only checks it")


def _select(written: str, module: str) -> Select:
    """`tm.uac.[n].status#`: the index stands behind the two parts before it."""
    path: list[str] = []
    indexes = []
    tail: dict[str, Step] = {}
    for part in written.removesuffix("#").split("."):
        if part == ANY_NAME:
            tail[ANY_NAME] = Step(get=_absent, kind=Kind.ANY, tail=tail)
        elif part == "[n]":
            indexes.append(Index(after=len(path), default=0))
        else:
            path.append(part)
    kind = Kind.NUMBER if written.endswith("#") else Kind.TEXT
    return Select(path=tuple(path), get=_absent, kind=kind, indexes=tuple(indexes), tail=tail, module=module)


def _variable(written: str, module: str) -> Variable:
    found = _VARIABLE.match(written)
    if found is None:
        raise ValueError(f"no variable: {written!r}")
    name, takes_name, numeric, writable = found.groups()
    return Variable(
        variable=name,
        get=_absent,
        kind=Kind.NUMBER if numeric else Kind.TEXT,
        argument=str if takes_name else None,
        indexes=(Index(default=0, takes_all=True),) if takes_name else (),
        put=_put if writable else None,
        module=module,
    )


def _put(*_: object) -> None:
    raise NotImplementedError("this version only checks it")


@cache
def later_module(name: str) -> type[LaterModule] | None:
    """The class of the later module `name`; None when no table knows it."""
    found = section(name)
    if found is None:
        return None
    members = {
        "__doc__": found.help,
        "name": name,
        "help": found.help,
        "parameters": tuple(found.parameters),
        "events": tuple(found.events),
        "needs": found.needs,
        "declared": found,
    }
    return type("LaterModule", (LaterModule,), members)


def further_functions(module: str) -> list[Function]:
    """The functions that `module`, which is there, has not yet."""
    found = section(module)
    functions = [] if found is None else [_function(each, module, _absent) for each in found.functions.values()]
    return [replace(each, refused="is not available yet in this version", is_later=True) for each in functions]


def later_names() -> tuple[str, ...]:
    """Names of all later modules, in all spellings, the most used families first."""
    return tuple(spellings())


def canonical_name(name: str) -> str:
    """The name that all spellings of `name` share: `db_mysql` for `mysql`."""
    return spellings().get(name, name)
