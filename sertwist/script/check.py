"""Everything that can be told to be wrong with a script before it runs (reference language 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.limits import MAX_ROUTE_DEPTH
from sertwist.script.checks.answers import check_answers
from sertwist.script.compile import emit_module
from sertwist.script.doubts import check_doubts
from sertwist.script.flow import check_flow
from sertwist.script.guard import check_guards
from sertwist.script.nodes import Call, RouteCall, Script
from sertwist.script.route_graph import calls_in, expressions_in
from sertwist.script.route_kind import MAIN, RouteKey, RouteKind
from sertwist.script.source import Span
from sertwist.script.unit import Unit

if TYPE_CHECKING:
    from sertwist.script.declare import Catalogue
    from sertwist.script.diagnostic import Diagnostics

__all__ = ["check"]


def check(script: Script, catalogue: Catalogue, diagnostics: Diagnostics) -> None:
    """Report all that is wrong with `script`, whose names are those of `catalogue`, beyond its syntax.

    A script with no error afterwards compiles.
    """
    unit = Unit(script, catalogue, diagnostics)
    emit_module(unit)
    _check_routes(unit)
    _check_modules(unit)
    _check_recursion(unit)
    for route in script.routes:
        check_flow(route, diagnostics)
    check_guards(unit)
    check_doubts(unit)
    check_answers(unit)


def _check_routes(unit: Unit) -> None:
    """Names used twice, no main route, routes that nobody calls."""
    report = unit.diagnostics
    source = unit.script.source
    first: dict[tuple[RouteKind, str | None], int] = {}
    for route in unit.script.routes:
        at = source.position(route.span.start).line
        if (line := first.setdefault((route.kind, route.name), at)) != at:
            what = "main route" if route.name is None else f"{route.word} {route.name!r}"
            report.error("duplicate-route", route.name_span, f"duplicate {what}, first defined at line {line}")
    if unit.script.main is None:
        # Only where nothing else failed: a route that could not be read is not missing.
        if not report.errors:
            end = len(source.text)
            report.error("no-main-route", Span(end, end), "there is no main route", "add 'route { ... }'")
        return
    called = {target for targets in unit.graph.targets.values() for target in targets}
    for name, span in unit.catalogue.entries.items():
        key = RouteKey(RouteKind.REQUEST, name)
        called.add(key)
        if key not in unit.graph.routes:
            fix = unit.advise(name, set(unit.graph.callable_routes()))
            report.error("unknown-route", span, f"undefined route {name!r}", fix, cause=name)
    for key, route in unit.graph.routes.items():
        if key != MAIN and key.kind is RouteKind.REQUEST and key not in called:
            report.warning("unused-route", route.name_span, f"route {key.name!r} is never called")


def _check_modules(unit: Unit) -> None:
    """Modules loaded behind the first use of theirs, and TLS addresses without their module (3, 26)."""
    report = unit.diagnostics
    source = unit.script.source
    loaded = {module.stem: module for module in reversed(unit.script.modules)}
    for route in unit.script.routes:
        for expression in expressions_in(route.body):
            for call in calls_in(expression):
                function = unit.catalogue.functions.get(call.name) if isinstance(call, Call) else None
                module = loaded.get(function.module) if function else None
                if module is not None and module.span.start > call.span.start:
                    line = source.position(call.span.start).line
                    message = f"module {module.stem!r} is loaded after its first use on line {line}"
                    report.warning("loaded-late", module.span, message, "move it up", cause=module.stem)
    for listen in unit.script.listens:
        if listen.protocol == "tls" and "tls" not in loaded:
            report.error(
                "tls-not-loaded",
                listen.span,
                "a TLS address needs module 'tls'",
                'add loadmodule "tls"',
                cause="tls",
            )


def _check_recursion(unit: Unit) -> None:
    """Routes that can come back to themselves; those that always do never end."""
    graph = unit.graph
    always = {key: _certain_calls(unit, key) for key in graph.recursive}
    for key in sorted(graph.recursive, key=lambda each: each.name):
        route = graph.routes[key]
        shown = repr(key.name or "route")
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
    """Routes that `key` calls whatever happens: by plain statements, before anything could leave it."""
    found: set[RouteKey] = set()
    for statement in unit.graph.routes[key].body.statements:
        if isinstance(statement, RouteCall):
            target = unit.graph.target(statement.name)
            if target is not None:
                found.add(target)
        elif not isinstance(statement, Call):
            break
    return found
