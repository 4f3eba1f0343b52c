"""Modules that nobody knows, taken as if they were there (`--stub-unknown-modules`)."""

from __future__ import annotations

from sertwist.modules.declare import Module

__all__ = ["StubModule", "stub_module"]


class StubModule(Module):
    """It takes every parameter, and whatever a script names that nobody has may be its own."""

    available = False
    help = "Unknown."


def stub_module(name: str) -> type[StubModule]:
    """The class of the unknown module `name`."""
    return type("StubModule", (StubModule,), {"name": name, "__doc__": StubModule.__doc__})
