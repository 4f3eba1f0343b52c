"""Functions and operands in blocks of a kind that they are not for, by every way there (language 4.5)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sertwist.script.checks.kind_guards import placed_in
from sertwist.script.declare import Deed
from sertwist.script.nodes import Call, RouteCall, Word
from sertwist.script.route_kind import MAIN, RouteKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.script.checks.kind_guards import Placed
    from sertwist.script.declare import Function, Operand
    from sertwist.script.route_kind import RouteKey
    from sertwist.script.unit import Unit

__all__ = ["check_kinds"]


def check_kinds(unit: Unit) -> None:
    """Report functions that some entry of the script reaches and may not, and operands that are never there."""
    placed = {key: placed_in(route.body) for key, route in unit.graph.routes.items()}
    ways = _Ways(unit, placed)
    for key, found in placed.items():
        for each, possible in found:
            if not isinstance(each, RouteCall):
                _check(unit, ways.kinds(key), each, possible)


class _Ways:
    """From which entries each block is reached, and how."""

    def __init__(self, unit: Unit, placed: Mapping[RouteKey, list[Placed]]) -> None:
        self._unit = unit
        self._calls = {
            key: [
                (target, call, possible)
                for call, possible in found
                if isinstance(call, RouteCall)
                and call.computed is None
                and (target := unit.graph.target(call.name)) is not None
            ]
            for key, found in placed.items()
        }
        self._kinds: dict[RouteKey, dict[RouteKind, str]] = {}
        self._reached: dict[RouteKey, dict[RouteKind, tuple[RouteKey, RouteCall, RouteKey]]] = {}
        for entry in unit.graph.entries():
            self._spread(entry)

    def _spread(self, entry: RouteKey) -> None:
        """Note for each block the first call by which an entry of each kind reaches it."""
        kind = self._unit.graph.routes[entry].kind
        waiting = [entry]
        while waiting:
            caller = waiting.pop()
            for target, call, possible in self._calls.get(caller, ()):
                found = self._reached.setdefault(target, {})
                if kind not in found and target != entry and kind.value & possible:
                    found[kind] = (caller, call, entry)
                    waiting.append(target)

    def kinds(self, key: RouteKey) -> dict[RouteKind, str]:
        """The kinds of entry that reach `key`, each with the way in words; empty for its own."""
        if key not in self._kinds:
            route = self._unit.graph.routes[key]
            own = key == MAIN or route.kind is not RouteKind.REQUEST
            reached = self._reached.get(key, {})
            self._kinds[key] = {route.kind: ""} if own else {kind: self._way(*how) for kind, how in reached.items()}
        return self._kinds[key]

    def _way(self, caller: RouteKey, call: RouteCall, entry: RouteKey) -> str:
        source = self._unit.script.source
        routes = self._unit.graph.routes
        start = routes[entry]
        shown = start.word if start.name is None else f"{start.word}[{start.name}]"
        line = source.position(call.span.start).line
        through = "" if caller == entry else f" in route[{caller.name}]"
        return f"reached from {shown} by route({call.name}){through} on line {line}"


def _check(unit: Unit, kinds: Mapping[RouteKind, str], named: Call | Word, possible: int) -> None:
    """`kinds`: those that reach the block; `possible`: those that the conditions around leave, as bits."""
    if isinstance(named, Call):
        function = unit.catalogue.functions.get(named.name)
        if function is not None and function.routes is not RouteKind.ANY:
            _check_function(unit, kinds, named, function, possible)
    else:
        operand = unit.catalogue.operands.get(named.value)
        if operand is not None and operand.routes is not RouteKind.ANY:
            _check_operand(unit, kinds, named, operand, possible)


def _check_function(unit: Unit, kinds: Mapping[RouteKind, str], call: Call, function: Function, possible: int) -> None:
    allowed = _allowed(function.routes)
    for kind, way in kinds.items():
        if kind.value & possible and not kind & allowed:
            if way and kind is RouteKind.FAILURE and function.deed is Deed.ANSWERS:
                message = f"{call.name}() answers without the transaction that failed: {way}"
                unit.diagnostics.warning("stateless-in-failure", call.name_span, message, "t_reply() answers there")
                continue
            message = f"{call.name!r} can't be used " + (f"here: {way}" if way else "in a block of this kind")
            fix = f"it may be used in {_words(allowed)} routes"
            unit.diagnostics.error("wrong-route-kind", call.name_span, message, fix)


def _check_operand(unit: Unit, kinds: Mapping[RouteKind, str], word: Word, operand: Operand, possible: int) -> None:
    reaching = [kind for kind in kinds if kind.value & possible]
    if reaching and not any(kind & operand.routes for kind in reaching):
        message = f"{word.value!r} means nothing here"
        fix = f"it is known in {_words(operand.routes)} routes"
        unit.diagnostics.error("wrong-operand-kind", word.span, message, fix)


@cache
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
