"""`Program`: a compiled script, which the server runs for every message."""

from __future__ import annotations

import inspect
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from sertwist.record import record
from sertwist.script.route_kind import MAIN, RouteKey, RouteKind
from sertwist.script.runtime import ScriptEndError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

__all__ = ["Entry", "Program"]


@record
class Entry:
    """A block that messages enter from outside of the script.

    Attributes:
        run: runs it for one context; gives its value, an `int` or an awaitable of one. What a function or select
            raises comes out of it, with the script's lines in the traceback.
        waits: `run` gives an awaitable.
    """

    run: Callable[[Any], Any]
    waits: bool

    def __call__(self, ctx: Any) -> Any:
        """As `run`."""
        return self.run(ctx)


@record(kw_only=True)
class Program:
    """A script as functions.

    Attributes:
        main: the main route, `main(ctx)`; may raise what unwinds the script, so call `run`. Without a main route it
            does nothing.
        routes: every block but the main one, as `main`.
        waits: the main route is a coroutine function, so `run` gives an awaitable.
        run: runs the script for one message; see `Entry.run`.
        route_names: every block as it is written, `route[RELAY]`, in order.
        replies: the block that every response enters (`onreply_route` without a name), None without one.
        onsend: the block that every forwarded request enters before it is written, None without one.
        events: whole name (`htable:mod-init`) to the block that the event enters.
        timers: name of a `timer_route`, which is an event too, to the seconds between two runs of it.
        look: called with each context before a block is entered with it; None unless `watched`.
    """

    main: Callable[[Any], Any]
    routes: dict[RouteKey, Callable[..., Any]]
    waits: bool
    run: Callable[[Any], Any]
    route_names: tuple[str, ...] = ()
    replies: Entry | None = None
    onsend: Entry | None = None
    events: Mapping[str, Entry] = field(default_factory=dict)
    timers: Mapping[str, int] = field(default_factory=dict)
    look: Callable[[Any], None] | None = None

    def enter(self, kind: RouteKind, name: str = "") -> Entry | None:
        """The block of one kind and name, to be entered from outside; None when the script has none."""
        key = RouteKey(kind, name)
        if key == MAIN:
            return Entry(self.run, self.waits)
        function = self.routes.get(key)
        return None if function is None else _entry(function)

    async def call(self, name: str, ctx: Any) -> int:
        """The value of `route[name]`, which must exist, run for `ctx` from within the script: its `exit` unwinds."""
        key = RouteKey(RouteKind.REQUEST, name)
        value = (self.main if key == MAIN else self.routes[key])(ctx)
        result: int = await value if inspect.isawaitable(value) else value
        return result

    def entered_at(self, route: str) -> Program:
        """The same script entered at the block `route`, the main one for an empty name."""
        if not route:
            return self
        main = self.routes[RouteKey(RouteKind.REQUEST, route)]
        waits = inspect.iscoroutinefunction(main)
        entered = replace(self, main=main, waits=waits, run=_make_run(main, waits=waits))
        return entered if self.look is None else entered.watched(self.look)

    def watched(self, look: Callable[[Any], None]) -> Program:
        """The same script; `look` is called with each context before a block is entered with it."""

        def run_watched(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
            def watched(ctx: Any) -> Any:
                look(ctx)
                return run(ctx)

            return watched

        def entry(each: Entry | None) -> Entry | None:
            return each and Entry(run_watched(each.run), each.waits)

        return replace(
            self,
            look=look,
            run=run_watched(self.run),
            replies=entry(self.replies),
            onsend=entry(self.onsend),
            events={name: Entry(run_watched(each.run), each.waits) for name, each in self.events.items()},
        )

    @classmethod
    def of(
        cls,
        functions: Mapping[RouteKey, Callable[..., Any]],
        route_names: Iterable[str],
        timers: Mapping[str, int],
    ) -> Program:
        """The program of compiled blocks, the main one under `MAIN`; `route_names` as they are written."""
        main = functions.get(MAIN, _nothing)
        waits = inspect.iscoroutinefunction(main)
        others = {key: function for key, function in functions.items() if key != MAIN}
        entries = {key: _entry(function) for key, function in others.items()}
        return cls(
            main=main,
            routes=others,
            waits=waits,
            run=_make_run(main, waits=waits),
            route_names=tuple(route_names),
            replies=next((entry for key, entry in entries.items() if key.kind is RouteKind.CORE_ONREPLY), None),
            onsend=next((entry for key, entry in entries.items() if key.kind is RouteKind.ONSEND), None),
            events={key.name: entry for key, entry in entries.items() if key.kind in _EVENTS},
            timers=timers,
        )


_EVENTS = RouteKind.EVENT | RouteKind.BRANCH_FAILURE


def _nothing(_ctx: Any) -> int:
    return 1


def _entry(function: Callable[..., Any]) -> Entry:
    waits = inspect.iscoroutinefunction(function)
    return Entry(_make_run(function, waits=waits), waits)


def _make_run(main: Callable[[Any], Any], *, waits: bool) -> Callable[[Any], Any]:
    """`main` with the end of the script as a return."""
    return _make_waiting(main) if waits else _make_plain(main)


def _make_plain(main: Callable[[Any], int]) -> Callable[[Any], int]:
    def run(ctx: Any) -> int:
        try:
            return main(ctx)
        except ScriptEndError as end:
            return end.value
        finally:
            if ctx.at_end is not None:
                _finish(ctx)

    return run


def _make_waiting(main: Callable[[Any], Awaitable[int]]) -> Callable[[Any], Awaitable[int]]:
    async def run(ctx: Any) -> int:
        try:
            return await main(ctx)
        except ScriptEndError as end:
            return end.value
        finally:
            if ctx.at_end is not None:
                _finish(ctx)

    return run


def _finish(ctx: Any) -> None:
    """Do what is to be done when the script ends."""
    while ctx.at_end:
        ctx.at_end.pop()(ctx)
