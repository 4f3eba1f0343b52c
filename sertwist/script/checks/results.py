"""What a call gives where its value is used: not always what it says (language 5.5, 5.7, 13: 8, 9, 23)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.checks.leaving import always_leaves
from sertwist.script.expressions import all_of_type, all_statements
from sertwist.script.nodes import Assign, Binary, Call, Number, RouteCall, Unary, VariableName, parts_of

if TYPE_CHECKING:
    from sertwist.script.nodes import Expression
    from sertwist.script.unit import Unit

__all__ = ["check_results"]

_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "mod", "|", "&", "^", "<<", ">>"})
_RETURN_CODES: Final = frozenset({"?", "rc", "retcode"})


def check_results(unit: Unit) -> None:
    """Report routes without a value that are asked for one, calls in sums, and return codes tested for not being 0."""
    negative = {each.target.text for each in all_of_type(unit.script, Assign) if _is_signed(each.value)}
    sums: list[Binary | Unary] = [*all_of_type(unit.script, Binary), *all_of_type(unit.script, Unary)]
    for each in sums:
        _check_sum(unit, each)
        _check_tested(unit, each, negative)
    routes = [each for each in all_of_type(unit.script, RouteCall) if _may_have_no_value(unit, each)]
    if routes:
        statements = {each.span for route in unit.script.routes for each in all_statements(route.body)}
        for call in routes:
            if call.span not in statements:  # its value is used
                _report_route(unit, call)


def _may_have_no_value(unit: Unit, call: RouteCall) -> bool:
    """Whether a route can end without giving a value."""
    target = unit.graph.target(call.name) if call.computed is None else None
    if target is None:
        return False
    body = unit.graph.routes[target].body
    is_one_call = len(body.statements) == 1 and isinstance(body.statements[0], Call)  # whose value is meant
    return bool(body.statements) and not is_one_call and not always_leaves(body)


def _report_route(unit: Unit, call: RouteCall) -> None:
    target = unit.graph.target(call.name)
    if target is not None:
        line = unit.script.source.position(call.span.start).line
        message = f"the value of route {call.name!r} is used on line {line}, and it can end without 'return'"
        fix = "end it with 'return 1;' or 'return -1;'"
        unit.diagnostics.hint("route-without-return", unit.graph.routes[target].name_span, message, fix, cause=target)


def _check_sum(unit: Unit, expression: Binary | Unary) -> None:
    """A call in a sum is 1 or 0."""
    if expression.operator not in _ARITHMETIC or any(map(_is_condition, parts_of(expression))):
        return  # joined conditions are told by others
    for each in parts_of(expression):
        if not isinstance(each, Call) or each.name not in unit.catalogue.functions:
            continue
        if not unit.diagnostics.was_said("nested-call", each.span):
            message = f"{each.name}() gives 1 or 0 in a larger expression, not its return code"
            unit.diagnostics.hint("call-in-expression", each.span, message, "assign it to a variable first")


def _is_condition(expression: Expression) -> bool:
    match expression:
        case Binary(operator=operator):
            return operator not in _ARITHMETIC
        case Unary(operator=operator):
            return operator in {"!", "defined", "strempty"}
        case _:
            return False


def _check_tested(unit: Unit, expression: Binary | Unary, negative: set[str]) -> None:
    """A number by itself under `!`, `&&`, `||` is true unless it is 0: a call that failed, too."""
    if expression.operator not in {"!", "&&", "||"}:
        return
    for each in parts_of(expression):
        if isinstance(each, VariableName) and (each.name in _RETURN_CODES or each.text in negative):
            message = f"{each.text} counts as true here when it is negative, too"
            fix = f"write {each.text} <= 0" if expression.operator == "!" else f"write {each.text} > 0"
            unit.diagnostics.warning("negative-is-true", expression.span, message, fix)


def _is_signed(value: Expression) -> bool:
    match value:
        case Call() | RouteCall():
            return True
        case Number(value=number):
            return number < 0
        case Unary(operator="-", operand=Number()):
            return True
        case VariableName(name=name):
            return name in _RETURN_CODES
        case _:
            return False
