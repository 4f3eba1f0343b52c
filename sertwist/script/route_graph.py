"""Which route calls which, which of them wait, and which can come back to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.nodes import (
    Assign,
    Block,
    Break,
    Call,
    End,
    Expression,
    If,
    Return,
    Route,
    RouteCall,
    Script,
    Statement,
    Switch,
    While,
    parts_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.declare import Catalogue

__all__ = ["MAIN", "RouteGraph", "calls_in", "expressions_in"]

#: Name of the main route in the graph; no route can be called that.
MAIN = ""


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
        waiting.extend(reversed(parts_of(each)))


class RouteGraph:
    """The calls of a script.

    Attributes:
        routes: name to block, the first of each name; the main one under `MAIN`.
        calls: name to the route calls written in it.
        waiting: names of routes that reach a function which waits.
        recursive: names of routes that can be reached from themselves.
    """

    def __init__(self, script: Script, catalogue: Catalogue) -> None:
        self.routes: dict[str, Route] = {}
        for route in script.routes:
            self.routes.setdefault(MAIN if route is script.main else route.name or MAIN, route)
        found = {
            name: [call for each in expressions_in(route.body) for call in calls_in(each)]
            for name, route in self.routes.items()
        }
        self.calls = {n: [c for c in calls if isinstance(c, RouteCall)] for n, calls in found.items()}
        self._targets = {n: {self.target(c.name) for c in calls} - {None} for n, calls in self.calls.items()}
        self.waiting = self._spread({n for n, calls in found.items() if _has_waiting(calls, catalogue)})
        self.recursive = {name for name in self._cyclic() if name in self._reached_from(name)}

    def target(self, name: str) -> str | None:
        """The route that `route(name)` runs, by its name in the graph; None when there is none."""
        if name in self.routes:
            return name or None
        main = self.routes.get(MAIN)
        return MAIN if main is not None and main.name == name else None

    def reachable(self) -> set[str]:
        """The main route and all that it reaches."""
        return self._reached_from(MAIN) | {MAIN}

    def _reached_from(self, start: str) -> set[str]:
        reached: set[str] = set()
        waiting = [start]
        while waiting:
            for name in self._targets.get(waiting.pop(), set()):
                if name is not None and name not in reached:
                    reached.add(name)
                    waiting.append(name)
        return reached

    def _spread(self, names: set[str]) -> set[str]:
        """`names` and every route that reaches one of them."""
        callers: dict[str, set[str]] = {}
        for caller, targets in self._targets.items():
            for target in targets:
                if target is not None:
                    callers.setdefault(target, set()).add(caller)
        spread, waiting = set(names), list(names)
        while waiting:
            fresh = callers.get(waiting.pop(), set()) - spread
            spread |= fresh
            waiting.extend(fresh)
        return spread

    def _cyclic(self) -> set[str]:
        """The routes left when those that call none of the left ones are taken away, again and again."""
        left = {name: {t for t in targets if t is not None} for name, targets in self._targets.items()}
        callers: dict[str, set[str]] = {}
        for caller, targets in left.items():
            for target in targets:
                callers.setdefault(target, set()).add(caller)
        ends = [name for name, targets in left.items() if not targets]
        while ends:
            gone = ends.pop()
            del left[gone]
            for caller in callers.get(gone, set()):
                left[caller].discard(gone)
                if not left[caller]:
                    ends.append(caller)
        return set(left)


def _has_waiting(calls: list[Call | RouteCall], catalogue: Catalogue) -> bool:
    functions = (catalogue.functions.get(call.name) for call in calls if isinstance(call, Call))
    return any(function is not None and function.waits for function in functions)
