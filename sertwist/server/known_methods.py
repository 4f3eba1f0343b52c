"""The RPC methods of all installed modules: for what is said about methods without a running server."""

from __future__ import annotations

from sertwist.modules.index import installed_names, module_class
from sertwist.rpc.introspect import system_methods
from sertwist.rpc.registry import Registry

__all__ = ["known_methods"]


def known_methods() -> Registry:
    """Every method that a script can have by loading modules; they are declared, and can't be run."""
    registry = Registry()
    for method in system_methods(registry):
        registry.add(method)
    for name in sorted(installed_names()):
        kind = module_class(name)
        for method in kind().methods() if kind is not None else ():
            registry.add(method)
    return registry
