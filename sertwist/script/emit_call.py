"""Compile calls of script functions and routes: which one, its arguments, the check for the script's end."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Argument, Function, Kind, RouteKind
from sertwist.script.names import NameResolver
from sertwist.script.nodes import Call, Expression, RouteCall
from sertwist.script.parse_name import whole_name
from sertwist.script.route_graph import calls_in
from sertwist.script.route_kind import MAIN
from sertwist.script.runtime import number, text
from sertwist.script.value import BareWord, Constant, Dynamic, IpAddress, IpNetwork, Null, Unknown, Value
from sertwist.script.words import LATER_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.route_kind import RouteKey
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["CallEmitter"]

_NUMERIC: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_STATEMENT_WORDS: Final = ("if", "else", "return", "exit", "drop", "break", "route")


class CallEmitter:
    """Compiles calls in one route; `evaluate` compiles their arguments."""

    def __init__(self, unit: Unit, evaluate: Callable[[Expression], Value], route: RouteKey) -> None:
        self.unit = unit
        self.python = unit.python
        self.evaluate = evaluate
        self.route = route

    def value_of(self, call: Call | RouteCall) -> ast.expr:
        """The value of a call; the script has ended when that of a function is 0 (reference language 5.7)."""
        if isinstance(call, RouteCall):
            return self._route(call)
        function = self.unit.catalogue.functions.get(call.name)
        if function is None:
            self._report_unknown(call)
            for argument in call.arguments:
                self.evaluate(argument)
            return self.unit.false(call.span)
        self._check_use(call, function)
        ctx = self.python.name("ctx", call.span)
        arguments = self._arguments(call, function)
        value = self.unit.call(function.name, function.call, [ctx, *arguments], call.span)
        if function.waits:
            value = self.python.await_(value, call.span)
        if self.unit.keeps_return_code:
            value = self.unit.run("returned", [ctx, value], call.span)
        return self.python.any_of([value, self.unit.run("end", [ctx], call.span)], call.span)

    def _route(self, call: RouteCall) -> ast.expr:
        graph = self.unit.graph
        if call.computed is not None:
            self.unit.not_available(call.computed.span, "a computed route name")
            return self.unit.false(call.span)
        target = graph.target(call.name)
        if target is None:
            fix = self.unit.advise(call.name, set(graph.callable_routes()))
            self.unit.diagnostics.error(
                "unknown-route", call.name_span, f"undefined route {call.name!r}", fix, cause=call.name
            )
            return self.unit.false(call.span)
        arguments = [self.python.name("ctx", call.span)]
        if target in graph.recursive and self.route in graph.recursive:
            depth = self.python.name("depth", call.span)
            arguments.append(self.python.binary(depth, ast.Add(), self.python.constant(1, call.span), call.span))
        function = self.python.name(self.unit.route_names[target], call.span)
        value = self.python.call(function, arguments, call.span)
        if target in graph.waiting:
            value = self.python.await_(value, call.span)
        if self.unit.keeps_return_code:
            value = self.unit.run("returned", [arguments[0], value], call.span)
        return value

    def _report_unknown(self, call: Call) -> None:
        module = self.unit.catalogue.elsewhere.get(call.name)
        name = repr(call.name)
        if module is not None:
            code, message, fix = (
                "module-not-loaded",
                f"{name} belongs to module {module!r}, which is not loaded",
                f'add loadmodule "{module}"',
            )
        elif call.name in LATER_ACTIONS:
            code, message, fix = "not-available", f"{name} is not available yet in this version", ""
        else:
            known = {*self.unit.catalogue.functions, *_STATEMENT_WORDS}
            known |= {each for each in self.unit.catalogue.elsewhere if not each.startswith("@")}
            code, message, fix = (
                "unknown-function",
                f"unknown function {name}",
                self.unit.advise(call.name, known),
            )
        self.unit.diagnostics.error(code, call.name_span, message, fix, cause=call.name)

    def _check_use(self, call: Call, function: Function) -> None:
        """Where and how it is written, whatever its arguments are."""
        report = self.unit.diagnostics
        if call.bare and not function.bare:
            report.error("missing-parentheses", call.span, f"{call.name!r} is a function", f"write {call.name}()")
        kinds = self.route.kind | (RouteKind.REQUEST if self.route.kind is RouteKind.EVENT else RouteKind(0))  # 4.3
        if not kinds & function.routes and (self.route == MAIN or self.route.kind is not RouteKind.REQUEST):
            message = f"{call.name!r} can't be used in a block of this kind"
            report.error("wrong-route-kind", call.name_span, message)
        for argument in call.arguments:
            for nested in calls_in(argument):
                message = "a call is not allowed inside the arguments of another call"
                report.error("nested-call", nested.span, message)

    def _arguments(self, call: Call, function: Function) -> list[ast.expr]:
        declared = function.arguments
        needed = sum(not each.optional for each in declared)
        given = len(call.arguments)
        if not call.bare and not needed <= given <= len(declared):
            self.unit.diagnostics.error(
                "argument-count",
                call.span,
                f"{call.name!r} takes {_signature(declared, needed)}, {given} given",
            )
        pairs = zip(declared, call.arguments, strict=False)
        converted = [self._argument(at, each, argument) for at, (each, argument) in enumerate(pairs, 1)]
        for surplus in call.arguments[len(declared) :]:
            self.evaluate(surplus)
        return converted

    def _argument(self, at: int, declared: Argument, expression: Expression) -> ast.expr:
        value = self._evaluated(self.evaluate(expression))
        match value:
            case Constant():
                return self._constant(at, declared, value)
            case Null():
                return self._constant(at, declared, Constant("", value.span))
            case Dynamic():
                convert = "number" if declared.kind is Kind.NUMBER else "text"
                return self.unit.run(convert, [value.code], value.span)
            case Unknown():
                return self.unit.false(value.span)
            case IpAddress() | IpNetwork():
                return self._constant(at, declared, Constant(str(value.value), value.span))
            case _:
                self.unit.diagnostics.error(
                    "bad-argument", value.span, f"this can't be argument {at} ({declared.name})"
                )
                return self.unit.false(value.span)

    def _evaluated(self, value: Value) -> Value:
        """A bare word as text, and a string that names a select or a variable as that."""
        if isinstance(value, BareWord):
            message = f"{value.value!r} without quotes is taken as text"
            self.unit.diagnostics.warning("bare-word", value.span, message, f'write "{value.value}"')
            return Constant(value.value, value.span)
        if isinstance(value, Constant) and isinstance(value.value, str):
            name = whole_name(value.value, value.span)
            return value if name is None else NameResolver(self.unit).named(name)
        return value

    def _constant(self, at: int, declared: Argument, value: Constant) -> ast.expr:
        """A constant argument, checked now so that it need not be for each message."""
        if declared.kind is not Kind.NUMBER:
            return self.python.constant(self._word(at, declared, text(value.value), value.span), value.span)
        numeric = isinstance(value.value, int) or _NUMERIC.fullmatch(value.value)
        found = number(value.value)
        low, high = declared.minimum, declared.maximum
        if not numeric or (low is not None and found < low) or (high is not None and found > high):
            message = f"argument {at} ({declared.name}) must be a number{_bounds(low, high)}"
            self.unit.diagnostics.error("bad-argument", value.span, message)
        return self.python.constant(found, value.span)

    def _word(self, at: int, declared: Argument, written: str, span: Span) -> str:
        """A text as the function takes it: one of the argument's words, if it has any."""
        word = written.lower()
        if not declared.words:
            return written
        if word not in declared.words:
            fix = self.unit.advise(word, declared.words)
            message = f"argument {at} ({declared.name}) must be one of {', '.join(declared.words)}"
            self.unit.diagnostics.error("bad-argument", span, message, fix)
        return word


def _signature(declared: tuple[Argument, ...], needed: int) -> str:
    """How many arguments, and what they are called."""
    most = len(declared)
    count = str(most) if needed == most else f"{needed} to {most}"
    names = ", ".join(f"[{each.name}]" if each.optional else each.name for each in declared)
    return f"{count} argument{'' if most == 1 else 's'}" + (f" ({names})" if names else "")


def _bounds(low: int | None, high: int | None) -> str:
    match low, high:
        case None, None:
            return ""
        case None, _:
            return f" of {high} at most"
        case _, None:
            return f" of {low} at least"
        case _:
            return f" from {low} to {high}"
