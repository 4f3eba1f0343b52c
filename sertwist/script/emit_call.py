"""Compile calls of script functions and routes: which one, its arguments, the check for the script's end."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from sertwist.script.emit_argument import ArgumentEmitter
from sertwist.script.nodes import Call, Expression, RouteCall
from sertwist.script.route_graph import calls_in
from sertwist.script.unit import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.declare import Function
    from sertwist.script.emit_argument import Arguments
    from sertwist.script.route_kind import RouteKey
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit
    from sertwist.script.value import Value

__all__ = ["SELVAL", "CallEmitter"]

SELVAL: Final = "selval"  # `selval(condition, if true, if false)`: an operator with the look of a call
_CORE: Final = "core"  # its actions leave the return code alone (reference language 5.8)
_STATEMENT_WORDS: Final = ("if", "else", "return", "exit", "drop", "break", "route")


class CallEmitter:
    """Compiles calls in one route; `evaluate` compiles their arguments, `evaluated` gives code for a value."""

    def __init__(
        self,
        unit: Unit,
        evaluate: Callable[[Expression], Value],
        evaluated: Callable[[Expression], ast.expr],
        route: RouteKey,
    ) -> None:
        self.unit = unit
        self.python = unit.python
        self.evaluate = evaluate
        self.evaluated = evaluated
        self.route = route
        self.arguments = ArgumentEmitter(unit, evaluate)

    def value_of(self, call: Call | RouteCall) -> ast.expr:
        """The value of a call; the script has ended when that of a function is 0 (reference language 5.7)."""
        if isinstance(call, RouteCall):
            return self._route(call)
        function = self.unit.catalogue.functions.get(call.name)
        if function is None:
            self._report_unknown(call)
            for argument in call.arguments:
                self.evaluate(argument)
            return self._nothing(call.span)
        self._check_use(call, function)
        ctx = self.python.name("ctx", call.span)
        arguments = self.arguments.of(call, function)
        value = self.unit.call(function.name, function.call, [ctx, *arguments.codes], call.span)
        if function.waits:
            value = self.python.await_(value, call.span)
        if arguments.made:
            value = self._unless_invalid(arguments, value, call.span)
        if self.unit.keeps_return_code and function.module != _CORE:
            value = self.unit.run("returned", [ctx, value], call.span)
        value = self.unit.seen(self.unit.written(call.span), value, call.span)
        return self.python.any_of([value, self.unit.run("end", [ctx], call.span)], call.span)

    def _nothing(self, span: Span) -> ast.expr:
        """-1, of a function that nobody knows: in a script that runs one of a module that is taken on trust."""
        value: ast.expr = self.python.constant(-1, span)
        if self.unit.keeps_return_code:
            value = self.unit.run("returned", [self.python.name("ctx", span), value], span)
        return self.unit.seen(self.unit.written(span), value, span)

    def _unless_invalid(self, arguments: Arguments, value: ast.expr, span: Span) -> ast.expr:
        """-1 instead of `value` when an argument that is made for each message can't be used."""
        python = self.python
        invalid = python.name("INVALID", span)
        tests = [
            python.compare(python.named(name, code, span), ast.IsNot(), invalid, span) for name, code in arguments.made
        ]
        test = tests[0] if len(tests) == 1 else python.all_of(tests, span)
        return python.choice(test, value, python.constant(-1, span), span)

    def _route(self, call: RouteCall) -> ast.expr:
        graph = self.unit.graph
        function = self._called(call)
        if function is None:
            return self.unit.false(call.span)
        arguments = [self.python.name("ctx", call.span)]
        target = graph.target(call.name)
        if self.route in graph.counting and (target is None or target in graph.counting):
            depth = self.python.name("depth", call.span)
            arguments.append(self.python.binary(depth, ast.Add(), self.python.constant(1, call.span), call.span))
        value = self.python.call(function, arguments, call.span)
        if call.arguments:
            value = self._route_given(call, function, arguments, waits=(target or self.route) in graph.waiting)
        elif target is None and self.route in graph.waiting:
            value = self.python.await_(self.unit.run("finished", [value], call.span), call.span)
        elif target in graph.waiting:
            value = self.python.await_(value, call.span)
        if self.unit.keeps_return_code:
            value = self.unit.run("returned", [arguments[0], value], call.span)
        return self.unit.seen(self.unit.written(call.span), value, call.span)

    def _route_given(self, call: RouteCall, function: ast.expr, way: list[ast.expr], *, waits: bool) -> ast.expr:
        """The value of a route that gets arguments; `way` is what every route gets, the context first."""
        given = self.python.tuple([self.evaluated(each) for each in call.arguments], call.span)
        name = "given_later" if waits else "given"
        value = self.unit.run(name, [way[0], function, given, *way[1:]], call.span)
        return self.python.await_(value, call.span) if waits else value

    def _called(self, call: RouteCall) -> ast.expr | None:
        """The function of a route; of a computed name what is found by it for each message."""
        graph = self.unit.graph
        if call.computed is not None:
            name = self.unit.run("text", [self.evaluated(call.computed)], call.span)
            arguments = [self.python.name("ctx", call.span), self.python.name(ROUTES, call.span), name]
            return self.unit.run("find_route", arguments, call.span)
        target = graph.target(call.name)
        if target is not None:
            return self.python.name(self.unit.route_names[target], call.span)
        if not self.unit.script.has_all_items:
            return None  # it may be what could not be read
        fix = self.unit.advise(call.name, set(graph.callable_routes()))
        self.unit.suggested.add(fix)
        message = f"undefined route {call.name!r}"
        self.unit.diagnostics.error("unknown-route", call.name_span, message, fix, cause=call.name)
        return None

    def _report_unknown(self, call: Call) -> None:
        if self.unit.diagnostics.was_said("unknown-function", call.name):
            return
        module = self.unit.catalogue.elsewhere.get(call.name)
        if module is not None:
            self.unit.report_not_loaded(module, call.name, call.name_span)
            return
        known = {*self.unit.catalogue.functions, *_STATEMENT_WORDS}
        known |= {each for each in self.unit.catalogue.elsewhere if not each.startswith("@")}
        is_route = call.name in self.unit.graph.callable_routes()
        fix = f"write route({call.name})" if is_route else self.unit.advise(call.name, known)
        message = f"unknown function {call.name!r}"
        self.unit.report_unknown("unknown-function", call.name_span, message, fix, call.name)

    def _check_use(self, call: Call, function: Function) -> None:
        """Where and how it is written, whatever its arguments are."""
        report = self.unit.diagnostics
        if function.is_later:
            message = f"{call.name!r} {function.refused}"
            report.error("function-not-available", call.name_span, message, cause=call.name)
        elif function.refused:
            report.error("refused-function", call.name_span, f"{call.name!r} is refused: {function.refused}")
        if call.bare and not function.bare:
            report.error("missing-parentheses", call.span, f"{call.name!r} is a function", f"write {call.name}()")
        for argument in call.arguments:
            for nested in (each for each in calls_in(argument) if each.name != SELVAL):
                message = "a call is not allowed inside the arguments of another call"
                report.error("nested-call", nested.span, message)
