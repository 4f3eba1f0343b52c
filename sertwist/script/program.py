"""`Program`: a compiled script, which the server runs for every message."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sertwist.script.runtime import ScriptEndError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Program"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A script as functions.

    Attributes:
        main: the main route, `main(ctx)`; may raise what unwinds the script, so call `run`.
        routes: the other routes by name.
        waits: the main route is a coroutine function, so `run` gives an awaitable.
        run: runs the script for one message; gives the value of the main route, an `int` or an awaitable of one.
            What a script function or select raises comes out of it, with the script's lines in the traceback.
        source: the generated Python, readable.
        route_names: every block as it is written, `route[RELAY]`, in order.
    """

    main: Callable[[Any], Any]
    routes: dict[str, Callable[..., Any]]
    waits: bool
    run: Callable[[Any], Any]
    source: str
    route_names: tuple[str, ...] = ()

    def entered_at(self, route: str) -> Program:
        """The same script entered at the block `route`, the main one for an empty name."""
        if not route:
            return self
        main = self.routes[route]
        waits = inspect.iscoroutinefunction(main)
        return replace(self, main=main, waits=waits, run=make_run(main, waits=waits))


def make_run(main: Callable[[Any], Any], *, waits: bool) -> Callable[[Any], Any]:
    """`main` with the end of the script as a return."""
    return _make_waiting(main) if waits else _make_plain(main)


def _make_plain(main: Callable[[Any], int]) -> Callable[[Any], int]:
    def run(ctx: Any) -> int:
        try:
            return main(ctx)
        except ScriptEndError as end:
            return end.value

    return run


def _make_waiting(main: Callable[[Any], Awaitable[int]]) -> Callable[[Any], Awaitable[int]]:
    async def run(ctx: Any) -> int:
        try:
            return await main(ctx)
        except ScriptEndError as end:
            return end.value

    return run
