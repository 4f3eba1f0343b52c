"""Which modules there are: those installed (entry points `sertwist.modules`), and those known to come later.

Only what a script loads is imported; `Elsewhere` looks into the others when a name is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

from sertwist.modules.installed import entry_points, load_entry_point
from sertwist.modules.later import LaterModule, canonical_name, further_functions, later_module, later_names

if TYPE_CHECKING:
    from sertwist.modules.declare import Module

__all__ = ["Elsewhere", "installed_names", "known_names", "module_class", "shown"]


@cache
def _installed() -> dict[str, str]:
    return entry_points("sertwist.modules")


@cache
def module_class(name: str) -> type[Module] | None:
    """The class of module `name`, installed or later; None when nobody knows it."""
    point = _installed().get(name)
    if point is None:
        return later_module(name)
    found: type[Module] = load_entry_point(point)
    return found


def installed_names() -> frozenset[str]:
    """Names of the modules that can be loaded and run."""
    return frozenset(_installed())


def known_names() -> frozenset[str]:
    """Names of those and of the later ones, in every spelling."""
    return installed_names().union(later_names())


def shown(name: str) -> str:
    """The name in quotes, with the one that it is another spelling of."""
    canonical = canonical_name(name)
    same = canonical == name or name in _installed()
    return repr(name) if same else f"{name!r} (= {canonical!r})"


class Elsewhere(Mapping[str, str]):
    """What modules other than `loaded` declare: `f`, `@a.b`, `$v` and `event_route[e]`, each with the module's name.

    They are asked when the first name is looked up: most scripts name nothing that they do not load.
    """

    def __init__(self, loaded: frozenset[str]) -> None:
        self._loaded = loaded

    def __getitem__(self, name: str) -> str:
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        also: dict[str, str] = {}
        for module in dict.fromkeys((*sorted(_installed()), *map(canonical_name, later_names()))):
            kind = None if module in self._loaded else module_class(module)
            if kind is not None:
                absent = kind()
                found = [each.name for each in (*absent.functions(), *further_functions(module))]
                found += [each.name for each in absent.selects()]
                found += [each.name for each in absent.variables()]
                found += [f"event_route[{each.name}]" for each in absent.events]
                rarely = kind.also() if issubclass(kind, LaterModule) else ()
                for name in found:
                    (also if name in rarely else names).setdefault(name, module)
        return also | names
