"""Which route calls which, which of them wait, and which can come back to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.limits import MAX_ROUTE_DEPTH
from sertwist.script.declare import Kind
from sertwist.script.nodes import (
    Assign,
    Block,
    Break,
    Call,
    End,
    Expression,
    If,
    Number,
    Return,
    Route,
    RouteCall,
    Script,
    Statement,
    Switch,
    Text,
    While,
    Word,
    parts_of,
)
from sertwist.script.route_kind import MAIN, RouteKey, RouteKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.declare import Catalogue

__all__ = ["MAIN", "RouteGraph", "calls_in", "expressions_in", "key_of"]


def expressions_in(block: Block) -> Iterator[Expression]:
    """Every outermost expression of `block` and of the blocks in it, in order."""
    for statement in block.statements:
        yield from _expressions_of(statement)


def _expressions_of(statement: Statement) -> Iterator[Expression]:  # noqa: C901, PLR0912 (one case a kind of statement)
    match statement:
        case Block():
            yield from expressions_in(statement)
        case Call() | RouteCall() | Assign():
            yield statement
        case While(condition=condition, body=body):
            yield condition
            yield from expressions_in(body)
        case Switch(subject=subject, cases=cases):
            yield subject
            for each in cases:
                yield from expressions_in(each.body)
        case Return(value=value) | End(value=value):
            if value is not None:
                yield value
        case If(arms=arms, otherwise=otherwise):
            for condition, body in arms:
                yield condition
                yield from expressions_in(body)
            if otherwise is not None:
                yield from expressions_in(otherwise)
        case Break():
            pass


def calls_in(expression: Expression) -> Iterator[Call | RouteCall]:
    """Every call inside `expression`, itself included."""
    waiting = [expression]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Call | RouteCall):
            yield each
        if parts := parts_of(each):
            waiting.extend(reversed(parts))


class RouteGraph:
    """The calls of a script.

    Attributes:
        routes: the first block of each kind and name; the main one under `MAIN`.
        calls: the route calls written in each.
        targets: the blocks that each calls; all of kind REQUEST where a name is computed.
        called: the blocks that some block calls.
        is_computed: some call computes the name of a route.
        counting: blocks that count how many calls are open: they can call each other without end, or too deep.
        waiting: blocks that reach a function which waits.
        recursive: blocks that can be reached from themselves.
    """

    def __init__(self, script: Script, catalogue: Catalogue) -> None:
        self.routes: dict[RouteKey, Route] = {}
        for route in script.routes:
            self.routes.setdefault(MAIN if route is script.main else key_of(route), route)
        found = {
            key: [call for each in expressions_in(route.body) for call in calls_in(each)]
            for key, route in self.routes.items()
        }
        self.calls = {n: [c for c in calls if isinstance(c, RouteCall)] for n, calls in found.items()}
        self.targets = {key: self._called_by(calls, catalogue) for key, calls in found.items()}
        self.called = {target for targets in self.targets.values() for target in targets}
        self.waiting = self._spread({n for n, calls in found.items() if _has_waiting(calls, catalogue)})
        self.is_computed = any(call.computed is not None for calls in self.calls.values() for call in calls)
        self.recursive = {key for key in self._cyclic() if key in self.reached_from(key)}
        can_be_deep = self.is_computed or len(self.routes) > MAX_ROUTE_DEPTH
        self.counting = self.recursive | set(self.callable_routes().values()) if can_be_deep else self.recursive

    def target(self, name: str) -> RouteKey | None:
        """The block that `route(name)` runs; None when there is none."""
        key = RouteKey(RouteKind.REQUEST, name)
        if key in self.routes:
            return key if name else None
        main = self.routes.get(MAIN)
        return MAIN if main is not None and main.name == name else None

    def callable_routes(self) -> dict[str, RouteKey]:
        """Every name that `route()` finds, to its block."""
        found = {key.name: key for key in self.routes if key.kind is RouteKind.REQUEST and key.name}
        main = self.routes.get(MAIN)
        return found if main is None or not main.name else {main.name: MAIN, **found}

    def entries(self) -> list[RouteKey]:
        """The blocks that messages and events enter: the main route and all that are no `route[x]`."""
        return [key for key in self.routes if key == MAIN or key.kind is not RouteKind.REQUEST]

    def reachable(self) -> set[RouteKey]:
        """The main route and all that it reaches."""
        return self.reached_from(MAIN) | {MAIN}

    def reached_from(self, start: RouteKey) -> set[RouteKey]:
        """All blocks that `start` reaches; itself only when it can come back to itself."""
        reached: set[RouteKey] = set()
        waiting = [start]
        while waiting:
            fresh = self.targets.get(waiting.pop(), set()) - reached
            reached |= fresh
            waiting.extend(fresh)
        return reached

    def _called_by(self, calls: list[Call | RouteCall], catalogue: Catalogue) -> set[RouteKey]:
        names = {name for call in calls for name in _names_in(call, catalogue)}
        if None in names:
            return set(self.callable_routes().values())
        return {target for name in names if name is not None and (target := self.target(name)) is not None}

    def _spread(self, keys: set[RouteKey]) -> set[RouteKey]:
        """`keys` and every block that reaches one of them."""
        callers: dict[RouteKey, set[RouteKey]] = {}
        for caller, targets in self.targets.items():
            for target in targets:
                callers.setdefault(target, set()).add(caller)
        spread, waiting = set(keys), list(keys)
        while waiting:
            fresh = callers.get(waiting.pop(), set()) - spread
            spread |= fresh
            waiting.extend(fresh)
        return spread

    def _cyclic(self) -> set[RouteKey]:
        """The blocks left when those that call none of the left ones are taken away, again and again."""
        left = {key: set(targets) for key, targets in self.targets.items()}
        callers: dict[RouteKey, set[RouteKey]] = {}
        for caller, targets in left.items():
            for target in targets:
                callers.setdefault(target, set()).add(caller)
        ends = [key for key, targets in left.items() if not targets]
        while ends:
            gone = ends.pop()
            del left[gone]
            for caller in callers.get(gone, set()):
                left[caller].discard(gone)
                if not left[caller]:
                    ends.append(caller)
        return set(left)


def key_of(route: Route) -> RouteKey:
    """Where a block that is not the main one stands in `RouteGraph.routes`."""
    return RouteKey(route.kind, route.name or "")


def _names_in(call: Call | RouteCall, catalogue: Catalogue) -> Iterator[str | None]:
    """The names of blocks that `call` runs; None for one that is known only when it runs."""
    if isinstance(call, RouteCall):
        yield call.name if call.computed is None else None
        return
    function = catalogue.functions.get(call.name)
    for declared, given in zip(() if function is None else function.arguments, call.arguments, strict=False):
        if declared.kind is Kind.ROUTE and declared.route is None:
            name = str(given.value) if isinstance(given, Text | Word | Number) else "$"
            yield None if name.startswith("$") else name


def _has_waiting(calls: list[Call | RouteCall], catalogue: Catalogue) -> bool:
    functions = (catalogue.functions.get(call.name) for call in calls if isinstance(call, Call))
    return any(function is not None and function.waits for function in functions)
