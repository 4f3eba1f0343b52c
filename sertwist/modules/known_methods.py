"""The RPC methods of all installed modules: for what is said about methods, whether or not a script loads them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sertwist.modules.index import installed_names, module_class
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.rpc.declare import Method

__all__ = ["known_methods"]


def known_methods(loaded: Iterable[Method] = ()) -> Registry:
    """The methods `loaded`, and those that a script could have by loading more modules; these can't be run.

    Of a name that two modules use the first has it: a script can't load both.
    """
    registry = Registry()
    for method in (*loaded, *system_methods(registry), *_installed()):
        with suppress(ValueError):
            registry.add(method)
    return registry


def _installed() -> Iterable[Method]:
    for name in sorted(installed_names()):
        kind = module_class(name)
        if kind is not None:
            yield from kind().methods()
