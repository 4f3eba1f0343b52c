"""Compile `while` and `switch` (reference language 5.2, 5.3)."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from sertwist.limits import MAX_LOOP_NESTING
from sertwist.script.nodes import Block, Break, Case, End, If, Return, Statement, Switch, While
from sertwist.script.runtime import number, text
from sertwist.script.value import Constant, IpAddress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.script.emit_route import RouteEmitter
    from sertwist.script.source import Span

__all__ = ["LoopEmitter"]

_SUBJECT = "subject"


class LoopEmitter:
    """Compiles the loops and switches of one route.

    Attributes:
        depth: of Python's loops around what is compiled now; `break` leaves the innermost.
    """

    def __init__(self, route: RouteEmitter) -> None:
        self.route = route
        self.unit = route.unit
        self.python = route.python
        self.depth = 0

    # -- while --------------------------------------------------------------------------------------------------------

    def while_(self, loop: While) -> list[ast.stmt]:
        """A loop of `max_while_loops` rounds; when the condition still holds behind them, that is logged."""
        span = loop.span
        before, test = self.route.tested(loop.condition)
        leave = self.python.if_(self.python.negate(test, span), [self.python.leave_loop(span)], [], span)
        body = [*before, leave, *self._inside(loop.body)]
        place = self.python.constant(self.unit.place_text(span), span)
        bound = self.unit.max_while_loops
        arguments = [self.python.name("ctx", span), place, self.python.constant(bound, span)]
        report = self.python.statement(self.unit.run("too_many_loops", arguments, span), span)
        last = [*copy.deepcopy(before), self.python.if_(copy.deepcopy(test), [report], [], span)]
        return [self.python.loop(bound, body, last, span)]

    def _inside(self, block: Block) -> list[ast.stmt]:
        """A body in which `break` leaves a loop of Python's."""
        if self.depth >= MAX_LOOP_NESTING:
            message = f"more than {MAX_LOOP_NESTING} 'while' and 'switch' inside each other"
            self.unit.diagnostics.error("nesting", block.span, message, "use a route of its own", cause="loops")
            return []
        self.depth += 1
        body = self.route.block(block, is_tail=False)
        self.depth -= 1
        return body

    # -- switch -------------------------------------------------------------------------------------------------------

    def switch(self, switch: Switch) -> list[ast.stmt]:
        """`if` and `else` where no case falls through, else a search for the case to begin with."""
        span = switch.span
        labels = [self._label(each) for each in switch.cases]
        is_number = all(isinstance(each, int) for each in labels if each is not None)
        subject = self._subject(switch, is_number=is_number, is_raw=any(each.is_pattern for each in switch.cases))
        if any(_falls_through(each, is_last=each is switch.cases[-1]) for each in switch.cases):
            return [*subject, *self._searched(switch, labels, span)]
        return [*subject, *self._chained(switch, labels, span)]

    def _subject(self, switch: Switch, *, is_number: bool, is_raw: bool) -> list[ast.stmt]:
        """The value that is compared: as a number, or as text; undefined stays so where patterns look at it."""
        span = switch.subject.span
        arithmetic = self.route.expressions.arithmetic
        arithmetic.can_fail = False
        code = self.route.expressions.assigned(switch.subject)
        if not is_raw:
            code = self.unit.run("number" if is_number else "text", [code], span)
        found = [self.python.assign(_SUBJECT, code, span)]
        if not arithmetic.can_fail:
            return found
        nothing: ast.expr = self.python.constant(None, span)
        if not is_raw:  # as a number or text, nothing equals it
            nothing = self.python.name(self.unit.bind("INVALID", self.unit.names["INVALID"]), span)
        return self.route.guarded(found, [self.python.assign(_SUBJECT, nothing, span)], span)

    def _label(self, case: Case) -> int | str | None:
        """The constant of a `case`; None of `default`, and of what was reported."""
        if case.label is None:
            return None
        value = self.route.expressions.value(case.label)
        match value:
            case Constant():
                return value.value
            case IpAddress():
                return value.value
            case _:
                return None  # the parser said that it must be a constant

    def _test(self, switch: Switch, labels: Sequence[int | str | None], at: int) -> ast.expr:
        """Whether the subject is that of case `at`."""
        case, label = switch.cases[at], labels[at]
        span = case.label.span if case.label is not None else case.span
        subject = self.python.name(_SUBJECT, span)
        if case.is_pattern:  # it minds the case of letters, unlike that of `=~`
            return self.unit.found(text(label), subject, span, span, any_case=False)
        if any(each.is_pattern for each in switch.cases):
            if label == "":
                return self.unit.run("is_unset", [subject], span)
            return self.unit.run("same_text", [subject, self.python.constant(text(label), span)], span)
        is_number = all(isinstance(each, int) for each in labels if each is not None)
        wanted = number(label) if is_number else text(label)
        return self.python.compare(subject, ast.Eq(), self.python.constant(wanted, span), span)

    def _chained(self, switch: Switch, labels: Sequence[int | str | None], span: Span) -> list[ast.stmt]:
        """Cases with nothing in them belong to the next that has something."""
        groups: list[tuple[list[int], Block]] = []
        waiting: list[int] = []
        for at, case in enumerate(switch.cases):
            waiting.append(at)
            if case.body.statements or at == len(switch.cases) - 1:
                groups.append((waiting, case.body))
                waiting = []
        otherwise: list[ast.stmt] = []
        arms: list[tuple[ast.expr, list[ast.stmt]]] = []
        for cases, block in groups:
            body = self.route.block(_without_last_break(block), is_tail=False)
            if any(switch.cases[at].label is None for at in cases):
                otherwise = body
                continue
            tests = [self._test(switch, labels, at) for at in cases]
            arms.append((tests[0] if len(tests) == 1 else self.python.any_of(tests, span), body))
        for test, body in reversed(arms):
            otherwise = [self.python.if_(test, body, otherwise, span)]
        return otherwise

    def _searched(self, switch: Switch, labels: Sequence[int | str | None], span: Span) -> list[ast.stmt]:
        """`entered` is the number of the first case that fits; the bodies from there on are done, until a `break`."""
        default = next((at for at, case in enumerate(switch.cases) if case.label is None), len(switch.cases))
        found: ast.expr = self.python.constant(default, span)
        for at in reversed(range(len(switch.cases))):
            if switch.cases[at].label is not None:
                number_of = self.python.constant(at, span)
                found = self.python.choice(self._test(switch, labels, at), number_of, found, span)
        entered = self.unit.bind("entered", object())
        body: list[ast.stmt] = []
        for at, case in enumerate(switch.cases):
            test = self.python.compare(
                self.python.name(entered, span), ast.LtE(), self.python.constant(at, span), case.span
            )
            inside = self._inside(case.body)
            if inside:
                body.append(self.python.if_(test, inside, [], case.span))
        return [self.python.assign(entered, found, span), self.python.loop(1, body, [], span)] if body else []


def _falls_through(case: Case, *, is_last: bool) -> bool:
    """Whether its body may go on into the next, or leaves the switch in the middle."""
    statements = case.body.statements
    if not statements:
        return False
    if any(_breaks(each) for each in statements[:-1]):
        return True
    last = statements[-1]
    if isinstance(last, Break | Return | End):
        return False
    return _breaks(last) or not (is_last or _always_leaves(last))


def _always_leaves(statement: Statement) -> bool:
    match statement:
        case Return() | End():
            return True
        case Block(statements=statements):
            return any(_always_leaves(each) for each in statements)
        case If(arms=arms, otherwise=otherwise):
            bodies = [body for _, body in arms]
            return otherwise is not None and all(_always_leaves(each) for each in (*bodies, otherwise))
        case _:
            return False


def _breaks(statement: Statement) -> bool:
    """Whether a `break` in it leaves the switch that it stands in."""
    match statement:
        case Break():
            return True
        case Block(statements=statements):
            return any(map(_breaks, statements))
        case If(arms=arms, otherwise=otherwise):
            return any(_breaks(body) for _, body in arms) or (otherwise is not None and _breaks(otherwise))
        case _:
            return False


def _without_last_break(block: Block) -> Block:
    statements = block.statements
    return Block(statements[:-1], block.span) if statements and isinstance(statements[-1], Break) else block
