"""Functions and operands in blocks of a kind that they are not for, by every way there (language 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.expressions import all_in, all_statements, expressions_of
from sertwist.script.nodes import Call, Word
from sertwist.script.route_kind import MAIN, RouteKind

if TYPE_CHECKING:
    from sertwist.script.declare import Function, Operand
    from sertwist.script.nodes import RouteCall
    from sertwist.script.route_kind import RouteKey
    from sertwist.script.unit import Unit

__all__ = ["check_kinds"]


def check_kinds(unit: Unit) -> None:
    """Report functions that some entry of the script reaches and may not, and operands that are never there."""
    ways = _Ways(unit)
    for key in unit.graph.routes:
        named: list[Call | Word] = []
        for statement in all_statements(unit.graph.routes[key].body):
            for outermost in expressions_of(statement):
                named += [each for each in all_in(outermost) if isinstance(each, Call | Word)]
        for each in named:
            _check(unit, ways, key, each)


class _Ways:
    """From which entries each block is reached, and how."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._calls = {
            key: [
                (target, call)
                for call in calls
                if call.computed is None and (target := unit.graph.target(call.name)) is not None
            ]
            for key, calls in unit.graph.calls.items()
        }
        self._reached: dict[RouteKey, dict[RouteKind, tuple[RouteKey, RouteCall, RouteKey]]] = {}
        for entry in unit.graph.entries():
            self._spread(entry)

    def _spread(self, entry: RouteKey) -> None:
        """Note for each block the first call by which an entry of each kind reaches it."""
        kind = self._unit.graph.routes[entry].kind
        waiting = [entry]
        while waiting:
            caller = waiting.pop()
            for target, call in self._calls.get(caller, ()):
                found = self._reached.setdefault(target, {})
                if kind not in found and target != entry:
                    found[kind] = (caller, call, entry)
                    waiting.append(target)

    def kinds(self, key: RouteKey) -> dict[RouteKind, str]:
        """The kinds of entry that reach `key`, each with the way in words; empty for its own."""
        route = self._unit.graph.routes[key]
        if key == MAIN or route.kind is not RouteKind.REQUEST:
            return {route.kind: ""}
        return {kind: self._way(*step) for kind, step in self._reached.get(key, {}).items()}

    def _way(self, caller: RouteKey, call: RouteCall, entry: RouteKey) -> str:
        source = self._unit.script.source
        routes = self._unit.graph.routes
        start = routes[entry]
        shown = start.word if start.name is None else f"{start.word}[{start.name}]"
        line = source.position(call.span.start).line
        through = "" if caller == entry else f" in route[{caller.name}]"
        return f"reached from {shown} by route({call.name}){through} on line {line}"


def _check(unit: Unit, ways: _Ways, key: RouteKey, named: Call | Word) -> None:
    if isinstance(named, Call):
        function = unit.catalogue.functions.get(named.name)
        if function is not None:
            _check_function(unit, ways, key, named, function)
    else:
        operand = unit.catalogue.operands.get(named.value)
        if operand is not None and operand.routes is not RouteKind.ANY:
            _check_operand(unit, ways, key, named, operand)


def _check_function(unit: Unit, ways: _Ways, key: RouteKey, call: Call, function: Function) -> None:
    allowed = _allowed(function.routes)
    if allowed is RouteKind.ANY:
        return
    for kind, way in ways.kinds(key).items():
        if not kind & allowed:
            message = f"{call.name!r} can't be used " + (f"here: {way}" if way else "in a block of this kind")
            fix = f"it may be used in {_words(allowed)} routes"
            unit.diagnostics.error("wrong-route-kind", call.name_span, message, fix)


def _check_operand(unit: Unit, ways: _Ways, key: RouteKey, word: Word, operand: Operand) -> None:
    kinds = ways.kinds(key)
    if kinds and not any(kind & operand.routes for kind in kinds):
        message = f"{word.value!r} means nothing here"
        fix = f"it is known in {_words(operand.routes)} routes"
        unit.diagnostics.error("wrong-operand-kind", word.span, message, fix)


def _allowed(routes: RouteKind) -> RouteKind:
    """What is for requests may be used for events too (reference language 4.3)."""
    return routes | RouteKind.EVENT if routes & RouteKind.REQUEST else routes


_SHOWN = {
    RouteKind.REQUEST: "request",
    RouteKind.FAILURE: "failure",
    RouteKind.ONREPLY: "onreply",
    RouteKind.CORE_ONREPLY: "core onreply",
    RouteKind.BRANCH: "branch",
    RouteKind.BRANCH_FAILURE: "branch failure",
    RouteKind.ONSEND: "onsend",
    RouteKind.EVENT: "event",
}


def _words(routes: RouteKind) -> str:
    return ", ".join(text for kind, text in _SHOWN.items() if kind & routes)
