"""Compile a route block to a Python function, with the flow of reference language 5.4.

A function returns the value of its route: that of its last statement, or what `return` says. `exit` and `drop` in a
sub-route unwind by an exception, so that nothing need be checked after each call; in the main route they return.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from sertwist.script import tracing
from sertwist.script.dialect import Dialect
from sertwist.script.emit_expression import ExpressionEmitter, is_call
from sertwist.script.emit_loop import LoopEmitter
from sertwist.script.line_notes import note_line
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
    Statement,
    Switch,
    VariableName,
    While,
)
from sertwist.script.operators import OperandError, failed
from sertwist.script.route_kind import MAIN, RouteKey, RouteKind
from sertwist.script.runtime import number
from sertwist.script.source import Span
from sertwist.script.value import Constant, Dynamic

if TYPE_CHECKING:
    from sertwist.script.unit import Unit

__all__ = ["RouteEmitter", "leaves"]


def leaves(block: Block) -> bool:
    """Whether nothing behind `block` is reached."""
    return any(_statement_leaves(each) for each in block.statements)


def _statement_leaves(statement: Statement) -> bool:
    match statement:
        case Return() | End() | Break():
            return True
        case Block():
            return leaves(statement)
        case If(arms=arms, otherwise=otherwise):
            return otherwise is not None and leaves(otherwise) and all(leaves(body) for _, body in arms)
        case _:
            return False


class RouteEmitter:
    """Compiles one route."""

    def __init__(self, unit: Unit, key: RouteKey, route: Route) -> None:
        self.unit = unit
        self.python = unit.python
        self.key = key
        self.route = route
        self.is_counting = key in unit.graph.counting
        called = key in unit.graph.called
        self.returns_at_end = not called and (key == MAIN or key.kind is not RouteKind.REQUEST)
        self.expressions = ExpressionEmitter(unit, key)
        self.loops = LoopEmitter(self)

    def function(self) -> ast.stmt:
        """The route as a function."""
        self.unit.route = self.key
        self.python.file = self.unit.script.source.file_of(self.route.span)
        span = self.route.span
        body = self.block(self.route.body, is_tail=True)
        if self.is_counting:
            arguments = [self.python.constant(self.key.name or "route", span), self.python.name("depth", span)]
            body.insert(0, self.python.statement(self.unit.run("check_depth", arguments, span), span))
        if self.unit.traces:
            noting = self.unit.call("noting", tracing.noting, [self.python.name("ctx", span)], span)
            leave = self._note(self.python.constant(tracing.LEFT, span), span)
            body = [
                self.python.assign("note", noting, span),
                self._note(self.python.constant(tracing.ENTERED, span), span),
                self.python.always(body, leave, span),
            ]
        waits = self.key in self.unit.graph.waiting
        return self.python.function(self.unit.route_names[self.key], body, span, waits=waits, counts=self.is_counting)

    def _note(self, event: ast.expr, span: Span) -> ast.stmt:
        """A statement that takes `event` down."""
        return self.python.statement(self.python.call(self.python.name("note", span), [event], span), span)

    def step(self, span: Span) -> list[ast.stmt]:
        """Take down that a statement begins; nothing unless the script is traced or shown."""
        if self.unit.is_shown:
            file, line, _, text = self.unit.place(span)
            return [self.python.statement(self.python.constant(note_line(file, line, text), span), span)]
        if not self.unit.traces:
            return []
        place = self.unit.place(span)
        return [self._note(self.unit.bound(f"line_{place[1]}", place, span), span)]

    def block(self, block: Block, *, is_tail: bool) -> list[ast.stmt]:
        """The statements of `block`; `is_tail` when the route ends behind them: the last one gives its value."""
        body: list[ast.stmt] = []
        last = len(block.statements) - 1
        for at, statement in enumerate(block.statements):
            if not isinstance(statement, Block | If | While):
                body += self.step(statement.span)
            body.extend(self._statement(statement, is_tail=is_tail and at == last))
        if is_tail and not leaves(block) and not (block.statements and _gives_value(block.statements[-1])):
            end = Span(max(block.span.start, block.span.end - 1), block.span.end)
            body.append(self._return(1, end))
        return body

    def _statement(self, statement: Statement, *, is_tail: bool) -> list[ast.stmt]:
        span = statement.span
        match statement:
            case Block():
                return self.block(statement, is_tail=is_tail)
            case If():
                return self._if(statement, is_tail=is_tail)
            case While():
                return self.loops.while_(statement)
            case Switch():
                return self.loops.switch(statement)
            case Break():
                return [self.python.leave_loop(span)] if self.loops.depth else [self._return(0, span)]
            case _:
                return self._simple(statement, is_tail=is_tail)

    def _simple(self, statement: Call | RouteCall | Assign | Return | End, *, is_tail: bool) -> list[ast.stmt]:
        """A statement without others in it; what can't be worked out in it is -1, or undefined."""
        span = statement.span
        self.expressions.arithmetic.can_fail = False
        otherwise = [self._return(-1, span)] if is_tail else []
        match statement:
            case Assign():
                body = self._assign(statement, is_tail=is_tail)
                put = self.expressions.names.variables.assignment(statement.target, self.python.constant(None, span))
                otherwise = [*([] if put is None else [self.python.statement(put, span)]), *otherwise]
            case Return(value=value):
                body, otherwise = self._leave(value, span), [self._return(-1, span)]
            case End(value=value):
                body, otherwise = self._end(statement, value), self._finish(self.python.constant(-1, span), span)
            case _:
                found = self.expressions.calls.value_of(statement)
                body = [self.python.return_(found, span) if is_tail else self.python.statement(found, span)]
        return self.guarded(body, otherwise, span) if self.expressions.arithmetic.can_fail else body

    def guarded(self, body: list[ast.stmt], otherwise: list[ast.stmt], span: Span) -> list[ast.stmt]:
        """`body`, whose arithmetic may have no result: that is counted and logged, then `otherwise` is done."""
        place = self.python.constant(self.unit.place_text(span), span)
        error = self.unit.bind(OperandError.__name__, OperandError)
        names = [self.python.name("ctx", span), self.python.name("error", span), place]
        report = self.python.statement(self.unit.call("failed", failed, names, span), span)
        return [self.python.attempt(body, error, [report, *otherwise], span)]

    def tested(self, condition: Expression) -> tuple[list[ast.stmt], ast.expr]:
        """What to do before the test of `condition`, and the test; a condition without result is false."""
        self.expressions.arithmetic.can_fail = False
        test = self.expressions.condition(condition, whole=True)
        span = condition.span
        step = self.step(span)
        if self.unit.traces:
            test = self.unit.call("decided", tracing.decided, [self.python.name("note", span), test], span)
        if not self.expressions.arithmetic.can_fail:
            return step, test
        body = [self.python.assign("test", test, span)]
        otherwise = [self.python.assign("test", self.python.constant(value=False, span=span), span)]
        return [*step, *self.guarded(body, otherwise, span)], self.python.name("test", span)

    def _if(self, statement: If, *, is_tail: bool) -> list[ast.stmt]:
        """`if` with its arms as nested `else`; without `else` a tail's value is 1 when nothing is taken."""
        tests = [self.tested(condition) for condition, _ in statement.arms]
        bodies = [self.block(body, is_tail=is_tail) for _, body in statement.arms]
        otherwise = self.block(statement.otherwise, is_tail=is_tail) if statement.otherwise else []
        for at in reversed(range(len(tests))):
            span = statement.span if at == 0 else statement.arms[at][0].span.to(statement.span)
            before, test = tests[at]
            if isinstance(test, ast.Constant):
                otherwise = bodies[at] if test.value else otherwise
            else:
                otherwise = [*before, self.python.if_(test, bodies[at], otherwise, span)]
        return otherwise

    def _assign(self, statement: Assign, *, is_tail: bool) -> list[ast.stmt]:
        """`$x = value`; as the last statement of a route it gives the truth of the value (13, 8)."""
        span = statement.span
        target, value = statement.target, statement.value
        variables = self.expressions.names.variables
        copied = variables.copy(target, value) if isinstance(value, VariableName) else None
        if copied is not None:
            return [self.python.statement(copied, span), *([self._return(1, span)] if is_tail else [])]
        code = self.unit.seen(target.text, self.expressions.assigned(value), span)
        if is_tail:
            code = self.python.named("value", code, span)
        put = variables.assignment(target, code)
        if put is None:
            return []
        truth = [self.python.return_(self.unit.run("truth", [self.python.name("value", span)], span), span)]
        return [self.python.statement(put, span), *(truth if is_tail else [])]

    def _return(self, value: int, span: Span) -> ast.stmt:
        return self.python.return_(self.python.constant(value, span), span)

    def _leave(self, value: Expression | None, span: Span) -> list[ast.stmt]:
        """`return`: 1 when nothing is said; 0 ends the script (reference language 5.4)."""
        if value is None:
            return [self._return(1, span)]
        if self.unit.dialect is Dialect.SER2:
            return [self.python.return_(self._return_value(value), span)]
        if is_call(value):
            return [self.python.return_(self._or_end(self.expressions.calls.value_of(value), span), span)]
        code = self._number(value)
        if isinstance(code, int):
            return [self._return(code, span)] if code else self._finish(self.python.constant(0, span), span)
        return [self.python.return_(self._or_end(code, span), span)]

    def _return_value(self, value: Expression) -> ast.expr:
        """What `return` gives in SER 2, where 0 only leaves the route (reference language 11.2)."""
        if is_call(value):
            return self.expressions.calls.value_of(value)
        code = self._number(value)
        return self.python.constant(code, value.span) if isinstance(code, int) else code

    def _or_end(self, code: ast.expr, span: Span) -> ast.expr:
        """`code`, unless it is 0; what has the check already is left alone."""
        if isinstance(code, ast.BoolOp):
            return code
        return self.python.any_of([code, self.unit.run("end", [self.python.name("ctx", span)], span)], span)

    def _end(self, statement: End, value: Expression | None) -> list[ast.stmt]:
        """`exit` (1) and `drop` (0) end the script; `drop` says that silence is meant."""
        span = statement.span
        code: int | ast.expr = self._number(value) if value is not None else int(statement.word == "exit")
        result = self.python.constant(code, span) if isinstance(code, int) else code
        dropped = [self.python.set_true("dropped", span)] if statement.word == "drop" else []
        return [*dropped, *self._finish(result, span)]

    def _finish(self, result: ast.expr, span: Span) -> list[ast.stmt]:
        """End the script with `result`."""
        if self.returns_at_end:
            return [self.python.set_true("ended", span), self.python.return_(result, span)]
        return [self.python.return_(self.unit.run("end", [self.python.name("ctx", span), result], span), span)]

    def _number(self, expression: Expression) -> int | ast.expr:
        """The value of `return` and `exit` as a number."""
        value = self.expressions.value(expression)
        if isinstance(value, Constant):
            return number(value.value)
        if isinstance(value, Dynamic):
            return self.unit.run("number", [value.code], value.span)
        if not self.unit.diagnostics.errors:
            self.unit.diagnostics.error("bad-operand", expression.span, "a number is needed here")
        return self.unit.false(expression.span)


def _gives_value(statement: Statement) -> bool:
    """Whether a statement in tail position is compiled to a return on all of its paths."""
    match statement:
        case Call() | RouteCall() | Block() | Assign():
            return True
        case If(otherwise=otherwise):
            return otherwise is not None
        case _:
            return False
