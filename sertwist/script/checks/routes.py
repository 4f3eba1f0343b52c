"""Route blocks: twice, missing, never entered, waiting for an event that nobody raises (language 12: 16-20, 68)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_ROUTE_DEPTH
from sertwist.script.expressions import all_expressions
from sertwist.script.nodes import Assign, Call, RouteCall, Text, Word
from sertwist.script.route_kind import MAIN, RouteKey, RouteKind
from sertwist.script.source import Span

if TYPE_CHECKING:
    from sertwist.script.nodes import Route
    from sertwist.script.unit import Unit

__all__ = ["check_routes"]

#: Blocks that are entered only when something names them.
_NAMED: Final = RouteKind.REQUEST | RouteKind.FAILURE | RouteKind.ONREPLY | RouteKind.BRANCH | RouteKind.BRANCH_FAILURE
#: Events of the core of other servers (reference language 4.4).
_NOT_RAISED: Final = frozenset(
    {"core:receive-parse-error", "core:pre-routing", "core:modinit-before"}
    | {"network:msg", "sl:filtered-ack", "sl:local-response", "core:worker-one-init"}
)
_OF_OPENSIPS: Final = "E_"  # its events begin so
_WORDS: Final = re.compile(r"[A-Za-z0-9_-]+")


def check_routes(unit: Unit) -> None:
    """Report what is wrong with the blocks of the script as such."""
    _check_duplicates(unit)
    if _has_entry(unit) and unit.script.is_whole:
        _check_unused(unit)
    _check_events(unit)
    if unit.script.is_whole:
        _check_empty(unit)
    _check_recursion(unit)


def _check_duplicates(unit: Unit) -> None:
    source = unit.script.source
    first: dict[tuple[RouteKind, str | None], Route] = {}
    for route in unit.script.routes:
        before = first.setdefault((route.kind, route.name), route)
        if before is not route:
            line = source.position(before.span.start).line
            what = f"{route.word} {route.name!r}"
            if route.name is None:
                what = "main route" if route.kind is RouteKind.REQUEST else route.word
            message = f"duplicate {what}, first defined at line {line}"
            unit.diagnostics.error("duplicate-route", route.name_span, message)


def _check_empty(unit: Unit) -> None:
    """A block without a statement, which the grammar of other servers does not have (4.1)."""
    report = unit.diagnostics
    for route in unit.script.routes:
        if not route.body.statements and not report.was_said("unused-route", route.name_span):
            message = "the block is empty, which other servers refuse"
            report.hint("empty-route", route.name_span, message, "remove it, or write 'return;' in it")


def _has_entry(unit: Unit) -> bool:
    """A script needs one, unless it could not be read: then nothing is missing."""
    if unit.graph.entries():
        return True
    if not unit.diagnostics.errors:
        end = len(unit.script.source.text)
        unit.diagnostics.error("no-main-route", Span(end, end), "there is no main route", "add 'route { ... }'")
    return False


def _check_unused(unit: Unit) -> None:
    report = unit.diagnostics
    called = {target for targets in unit.graph.targets.values() for target in targets}
    for name, span in unit.catalogue.entries.items():
        key = RouteKey(RouteKind.REQUEST, name)
        called.add(key)
        if key not in unit.graph.routes:
            fix = unit.advise(name, set(unit.graph.callable_routes()))
            report.error("unknown-route", span, f"undefined route {name!r}", fix, cause=name)
    named = _names_written(unit)
    for key, route in unit.graph.routes.items():
        if f"did you mean {key.name!r}?" in unit.suggested:
            continue  # it is misspelt where it is called
        if key != MAIN and key.kind & _NAMED and key not in called and _plain_name(key) not in named:
            word = "route" if key.kind is RouteKind.REQUEST else route.word
            how = "called" if key.kind is RouteKind.REQUEST else "set"
            report.warning("unused-route", route.name_span, f"{word} {key.name!r} is never {how}")


def _plain_name(key: RouteKey) -> str:
    """As scripts name it: `x` of `tm:branch-failure:x`."""
    return key.name.rpartition(":")[2]


def _names_written(unit: Unit) -> set[str]:
    """Every word of every constant argument and setting: who enters a block from there need not be known."""
    texts = [str(param.value) for param in unit.script.modparams]
    for each in all_expressions(unit.script):
        if isinstance(each, Call):
            texts += [arg.value for arg in each.arguments if isinstance(arg, Text | Word)]
            texts += [str(getattr(arg, "value", "")) for arg in each.arguments]
            if each.name not in unit.catalogue.functions:
                texts.append(each.name)
        elif isinstance(each, RouteCall):
            texts.append(each.name)
        elif isinstance(each, Assign) and isinstance(each.value, Text):  # $dlg_ctx(timeout_route) = "OVER"
            texts.append(each.value.value)
    return {word for text in texts for word in _WORDS.findall(text)}


def _check_events(unit: Unit) -> None:
    for route in unit.script.routes:
        if route.kind in (RouteKind.EVENT, RouteKind.BRANCH_FAILURE) and route.name and not route.seconds:
            _check_event(unit, route, route.name)


def _check_event(unit: Unit, route: Route, name: str) -> None:
    events = unit.catalogue.events
    if name in events or any(each.takes_name and name.startswith(f"{each.name}:") for each in events.values()):
        return
    if any(each.takes_name and each.name == name.partition(":")[0] for each in events.values()):
        return
    if name in _NOT_RAISED or name.startswith(_OF_OPENSIPS):
        message = f"nothing raises the event {name!r} in this version: this never runs"
        unit.diagnostics.warning("event-not-raised", route.name_span, message)
        return
    written = f"event_route[{name}]"
    module = unit.catalogue.elsewhere.get(written)
    if module is not None:
        message = f"the event {name!r} belongs to module {module!r}, which is not loaded: this never runs"
        unit.diagnostics.warning("event-not-loaded", route.name_span, message, f'add loadmodule "{module}"')
    else:
        fix = unit.advise(name, set(events))
        unit.report_unknown("unknown-event", route.name_span, f"no module raises the event {name!r}", fix, name)


# -- recursion -------------------------------------------------------------------------------------------------------


def _check_recursion(unit: Unit) -> None:
    """Routes that can come back to themselves; those that always do never end."""
    graph = unit.graph
    always = {key: _certain_calls(unit, key) for key in graph.recursive}
    for key in sorted(graph.recursive, key=lambda each: (each.kind.value, each.name)):
        route = graph.routes[key]
        shown = repr(key.name or route.word)
        seen: set[RouteKey] = set()
        waiting = [key]
        while waiting:
            fresh = always.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting.extend(fresh)
        if key in seen:
            unit.diagnostics.error("endless-recursion", route.name_span, f"route {shown} calls itself without end")
        else:
            message = f"route {shown} can call itself; more than {MAX_ROUTE_DEPTH} times is an error when it runs"
            unit.diagnostics.warning("recursion", route.name_span, message)


def _certain_calls(unit: Unit, key: RouteKey) -> set[RouteKey]:
    """Blocks that `key` calls whatever happens: by plain statements, before anything could leave it."""
    found: set[RouteKey] = set()
    for statement in unit.graph.routes[key].body.statements:
        if isinstance(statement, RouteCall):
            target = None if statement.computed is not None else unit.graph.target(statement.name)
            if target is not None:
                found.add(target)
        elif not isinstance(statement, Call):
            break
    return found
