"""Compile expressions to values and conditions, names being what the catalogue says (reference language 6)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeGuard

from sertwist.script.arithmetic import Arithmetic
from sertwist.script.comparison import Comparer
from sertwist.script.declare import Kind
from sertwist.script.dialect import SER
from sertwist.script.emit_call import SELVAL, CallEmitter
from sertwist.script.joining import join_conditions
from sertwist.script.literals import CONSTANT_WORDS, parse_network
from sertwist.script.names import NameResolver
from sertwist.script.nodes import (
    Address,
    Binary,
    Call,
    Expression,
    Network,
    Number,
    RouteCall,
    SelectName,
    Text,
    Unary,
    VariableName,
    Word,
)
from sertwist.script.parse_expression import COMPARISONS
from sertwist.script.runtime import number
from sertwist.script.value import BareWord, Constant, Dynamic, IpAddress, IpNetwork, Myself, Null, Unknown, Value

if TYPE_CHECKING:
    from sertwist.script.route_kind import RouteKey
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["ExpressionEmitter", "is_call"]

_CONDITIONS: Final = frozenset({"!", "defined", "strempty"})
_LOGICAL: Final = frozenset({"&&", "||"})


class ExpressionEmitter:
    """Compiles expressions of one route."""

    def __init__(self, unit: Unit, route: RouteKey) -> None:
        self.unit = unit
        self.python = unit.python
        self.names = NameResolver(unit)
        self.arithmetic = Arithmetic(unit)
        self.comparer = Comparer(unit)
        self.calls = CallEmitter(unit, self.value, self.assigned, route)

    def condition(self, expression: Expression, *, whole: bool = False) -> ast.expr:
        """The truth of `expression`; `whole` when it is all of an `if`'s condition: a number must be > 0 there."""
        match expression:
            case Binary() if _is_condition(expression):
                return self._joined_condition(expression)
            case Unary(operator="!"):
                return self.python.negate(self.condition(expression.operand), expression.span)
            case Unary(operator="defined" | "strempty"):
                return self._presence(expression)
            case Call() | RouteCall() if is_call(expression):
                value, zero = self.calls.value_of(expression), self.python.constant(0, expression.span)
                return self.python.compare(value, ast.Gt(), zero, expression.span)
            case _:
                return self._bare(expression, whole=whole)

    def _joined_condition(self, expression: Binary) -> ast.expr:
        if expression.operator in _LOGICAL:
            return self._logical(expression)
        if expression.operator in COMPARISONS:
            return self._comparison(expression)
        return self._old_logical(expression)

    def _logical(self, expression: Binary) -> ast.expr:
        operands = [self.condition(each) for each in expression.operands]
        return join_conditions(self.python, expression.operator, operands, expression.span)

    def _old_logical(self, expression: Binary) -> ast.expr:
        """SER 0.8's plain `|` and `&` between conditions: `||` and `&&` (reference language 11.2)."""
        meant = expression.operator * 2
        message = f"{expression.operator!r} between conditions is read as {meant!r}"
        span = expression.operands[0].span.to(expression.operands[-1].span)
        self.unit.diagnostics.warning("bit-operator", span, message, f"write {meant!r}")
        return self._logical(Binary(meant, expression.operands, expression.span))

    def _comparison(self, expression: Binary) -> ast.expr:
        left, right = expression.operands
        if isinstance(left, Unary) and left.operator == "!" and not left.grouped:
            source = self.unit.script.source
            inner, whole = (source.written(each) for each in (left.operand.span, left.operand.span.to(right.span)))
            message = f"'!' applies only to {inner[:80]}, not to the comparison"
            self.unit.diagnostics.error("negated-side", left.span, message, f"write !({whole[:120]})")
            left = left.operand  # what was meant is looked at further
        # Without the parentheses around it: that is where a reader looks for the caret.
        span = left.span.to(right.span)
        return self.comparer.compare(expression.operator, self.value(left), self.value(right), span)

    def _presence(self, expression: Unary) -> ast.expr:
        value = self.value(expression.operand)
        span = expression.span
        if isinstance(value, Dynamic):
            if expression.operator == "strempty":
                return self.unit.run("is_unset", [value.code], span)
            return self.python.compare(value.code, ast.IsNot(), self.python.constant(None, span), span)
        if isinstance(value, BareWord):
            self.unit.report_word(value)
        elif not isinstance(value, Unknown):
            self.unit.report_constant_condition(span)
            return self.python.constant(value=_holds_of_constant(expression.operator, value), span=span)
        return self.unit.false(span)

    def _bare(self, expression: Expression, *, whole: bool) -> ast.expr:
        """Something that is no condition where one is needed (reference language 6.5)."""
        value = self.value(expression)
        span = expression.span
        match value:
            case Dynamic(kind=Kind.BOOLEAN):
                if value.declared is None:
                    return value.code
                return self.python.compare(value.code, ast.Is(), self.python.constant(value=True, span=span), span)
            case Dynamic(kind=Kind.NUMBER | Kind.ANY):
                test = ast.Gt() if whole else ast.NotEq()
                converted = self.unit.run("number", [value.code], span)
                return self.python.compare(converted, test, self.python.constant(0, span), span)
            case Dynamic():
                return self._text_condition(value, whole=whole)
            case Constant():
                self.unit.report_constant_condition(span)
                found = number(value.value)
                return self.python.constant(value=found > 0 if whole else found != 0, span=span)
            case Null():
                self.unit.report_constant_condition(span)
            case BareWord():
                self.unit.report_word(value)
            case Myself() | IpAddress() | IpNetwork():
                self.unit.diagnostics.error("text-condition", span, "this is no condition", "compare it with something")
            case Unknown():
                pass
        return self.unit.false(span)

    def _text_condition(self, value: Dynamic, *, whole: bool) -> ast.expr:
        """A text where a condition is needed: not empty in SER, else the number that it is (reference language 6.5)."""
        span = value.span
        message, fix = f"{value.name} is text, not a condition", f'write {value.name} != ""'
        if self.unit.dialect in SER:
            self.unit.diagnostics.warning("text-condition", span, message, fix)
            return self.python.negate(self.unit.run("is_unset", [value.code], span), span)
        self.unit.diagnostics.warning("text-condition", span, f"{message}: it is converted to a number", fix)
        test = ast.Gt() if whole else ast.NotEq()
        converted = self.unit.run("number", [value.code], span)
        return self.python.compare(converted, test, self.python.constant(0, span), span)

    def value(self, expression: Expression) -> Value:
        """What `expression` gives."""
        if _is_condition(expression):
            return Dynamic(Kind.BOOLEAN, self.condition(expression), expression.span, "this condition")
        match expression:
            case SelectName() | VariableName():
                return self.names.named(expression)
            case Word():
                return self._word(expression)
            case Unary() | Binary() | Call():
                return self._operation(expression)
            case _:
                return self._literal(expression)

    def _operation(self, expression: Unary | Binary | Call) -> Value:
        if isinstance(expression, Call):
            return self._selval(expression)
        if isinstance(expression, Unary):
            return self.arithmetic.unary(expression.operator, self.value(expression.operand), expression.span)
        left, right = (self.value(each) for each in expression.operands)
        return self.arithmetic.binary(expression.operator, left, right, expression.span)

    def _selval(self, call: Call) -> Value:
        """`selval(condition, a, b)`: a when the condition is true, else b."""
        if len(call.arguments) != 3:
            message = f"'selval' takes 3 arguments (condition, if true, if false), {len(call.arguments)} given"
            self.unit.diagnostics.error("argument-count", call.span, message)
            return Unknown(call.span)
        test = self.condition(call.arguments[0], whole=True)
        chosen = [self.assigned(each) for each in call.arguments[1:]]
        return Dynamic(Kind.ANY, self.python.choice(test, chosen[0], chosen[1], call.span), call.span, "this value")

    def assigned(self, expression: Expression) -> ast.expr:
        """What a variable is set to: a bare call gives its return code, a condition 1 or 0, undefined None (5.5)."""
        if is_call(expression):
            return self.calls.value_of(expression)
        value = self.value(expression)
        match value:
            case Dynamic():
                return (
                    value.code if value.kind is not Kind.BOOLEAN else self.unit.run("plain", [value.code], value.span)
                )
            case Constant() | IpAddress() | IpNetwork():
                constant = value.value if isinstance(value, Constant) else str(value.value)
                return self.python.constant(constant, value.span)
            case Null():
                return self.python.constant(None, value.span)
            case BareWord():
                self.unit.report_word(value)
            case Myself():
                self.unit.diagnostics.error("bad-operand", value.span, "'myself' is no value")
            case Unknown():
                pass
        return self.unit.false(expression.span)

    def _literal(self, expression: Expression) -> Value:
        span = expression.span
        match expression:
            case Number(value=value) | Text(value=value):
                return Constant(value, span)
            case Address(value=address):
                return IpAddress(address, span)
            case Network(value=written):
                return self._network(written, span)
            case _:
                return Unknown(span)

    def _word(self, word: Word) -> Value:
        if word.value in CONSTANT_WORDS and word.value not in self.unit.catalogue.operands:
            return Constant(CONSTANT_WORDS[word.value], word.span)
        return self.names.word(word.value, word.span)

    def _network(self, written: str, span: Span) -> Value:
        network = parse_network(written)
        if network is None:
            self.unit.diagnostics.error(
                "bad-network", span, f"{written!r} is no network", "address/bits or address/mask"
            )
            return Unknown(span)
        return IpNetwork(network, span)


def _holds_of_constant(operator: str, value: Value) -> bool:
    """Whether a constant is `defined`, or `strempty`: only `$null` is not defined (reference language 6.3)."""
    if operator == "strempty":
        return isinstance(value, Null) or (isinstance(value, Constant) and value.value == "")
    return not isinstance(value, Null)


def is_call(expression: Expression) -> TypeGuard[Call | RouteCall]:
    """Whether it calls a function or a route."""
    return isinstance(expression, RouteCall) or (isinstance(expression, Call) and expression.name != SELVAL)


def _is_condition(expression: Expression) -> bool:
    """Whether `expression` is one by its form."""
    match expression:
        case Call(name=name):
            return name != SELVAL
        case RouteCall():
            return True
        case Unary(operator=operator):
            return operator in _CONDITIONS
        case Binary(operator="|" | "&", operands=operands):
            return all(_is_condition(each) for each in operands)
        case Binary(operator=operator):
            return operator in COMPARISONS or operator in _LOGICAL
        case _:
            return False
