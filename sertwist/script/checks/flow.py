"""The way through a route: what is never reached, falls through, never ends (language 12: 21, 48, 50, 65; 13: 12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.checks.leaving import always_leaves, may_break
from sertwist.script.declare import Deed
from sertwist.script.dialect import Dialect
from sertwist.script.expressions import all_in, all_statements, blocks_in, expressions_of
from sertwist.script.nodes import (
    Assign,
    Block,
    Break,
    Call,
    End,
    Number,
    Return,
    RouteCall,
    SelectName,
    Switch,
    VariableName,
    While,
)
from sertwist.script.route_kind import RouteKind

if TYPE_CHECKING:
    from sertwist.script.nodes import Route, Statement
    from sertwist.script.unit import Unit

__all__ = ["check_flow"]

_LOGS: Final = frozenset({"log", "xlog", "xdbg", "xinfo", "xnotice", "xwarn", "xerr"})  # they change nothing
_SINGLE: Final = frozenset({"var", "vn"})  # `$var(i)` has no other name
_CONDITION_ENDS: Final = re.compile(r"^[ \t]*(#!|!!)(else|endif)\b", re.MULTILINE)
_FALLS: Final = re.compile(r"(#|//|/\*).*fall", re.IGNORECASE)


def check_flow(unit: Unit) -> None:
    """Report statements that are not what they look like."""
    for route in unit.script.routes:
        _Flow(unit, route).check()


class _Flow:
    """One route."""

    def __init__(self, unit: Unit, route: Route) -> None:
        self._unit = unit
        self._report = unit.diagnostics
        self._route = route

    def check(self) -> None:
        """Look at every block, with whether a loop or `switch` is around it."""
        if self._route.kind is RouteKind.FAILURE:
            self._drop()
        waiting = [(self._route.body, False)]
        while waiting:
            block, inside = waiting.pop()
            self._unreachable(block)
            for statement in block.statements:
                if isinstance(statement, Break) and not inside:
                    self._break(statement)
                elif isinstance(statement, Return):
                    self._return(statement)
                elif isinstance(statement, Switch):
                    self._switch(statement)
                elif isinstance(statement, While):
                    self._while(statement)
                loop = inside or isinstance(statement, Switch | While)
                waiting.extend((each, loop) for each in blocks_in(statement))

    def _unreachable(self, block: Block) -> None:
        """The first of each stretch that is never reached; where defines chose what leaves, others may reach it."""
        text = self._unit.script.source.text
        for before, statement in zip(block.statements, block.statements[1:], strict=False):
            if always_leaves(before):
                if _CONDITION_ENDS.search(text, before.span.start, statement.span.start):
                    return
                message = f"never reached, since {_word(before)} stands before it"
                self._report.warning("unreachable", statement.span, message)
                return

    def _break(self, statement: Break) -> None:
        is_main = self._route.name is None
        where = "ends the script" if is_main else "leaves the route"
        fix = "'exit' or 'return' says so" if is_main else "'return' says so"
        message = f"'break' outside of a loop {where}"
        self._report.hint("break-outside-loop", statement.span, message, fix, cause=self._route.span)

    def _return(self, statement: Return) -> None:
        if self._unit.dialect is Dialect.SER2 and isinstance(statement.value, Number) and not statement.value.value:
            message = "'return 0' only leaves the route, as in SER 2; in later servers it ends the script"
            self._report.warning("return-zero", statement.span, message, "write 'return' or 'exit'")

    def _drop(self) -> None:
        """`drop` in a failure route, where nothing was done that takes the place of the reply (13: 12)."""
        functions = self._unit.catalogue.functions
        for statement in all_statements(self._route.body):
            for outermost in expressions_of(statement):
                for each in all_in(outermost):
                    if isinstance(each, RouteCall):
                        return
                    if isinstance(each, Call):
                        function = functions.get(each.name)
                        if function is None or function.deed is not Deed.NOTHING:
                            return
            if isinstance(statement, End) and statement.word == "drop":
                message = "'drop' in a failure route does not hold the reply back"
                self._report.hint("drop-in-failure", statement.span, message, "answer with t_reply(), or write 'exit'")

    def _switch(self, switch: Switch) -> None:
        """A case that runs on into the next one, unless a comment between them says that it is meant."""
        text = self._unit.script.source.text
        for case, following in zip(switch.cases, switch.cases[1:], strict=False):
            statements = case.body.statements
            if not statements or always_leaves(case.body) or may_break(statements[-1]):
                continue
            if isinstance(statements[-1], RouteCall) and self._never_returns(statements[-1]):
                continue
            if not _FALLS.search(text[statements[-1].span.end : following.span.start]):
                message = "falls through to the next case"
                fix = "add 'break', or a comment that says 'falls through'"
                self._report.warning("fall-through", following.span, message, fix)

    def _never_returns(self, call: RouteCall) -> bool:
        """Whether the block that is called ends the script whatever happens in it."""
        key = self._unit.graph.target(call.name)
        route = None if key is None else self._unit.graph.routes[key]
        if route is None or not route.body.statements or not isinstance(route.body.statements[-1], End):
            return False
        return not any(isinstance(each, Return | Break) for each in all_statements(route.body))

    def _while(self, loop: While) -> None:
        """A loop whose condition nothing in it changes."""
        conditions = list(all_in(loop.condition))
        variables = [each for each in conditions if isinstance(each, VariableName)]
        reads = {_place(each) for each in variables}
        if not reads or any(isinstance(each, Call | RouteCall | SelectName) for each in conditions):
            return
        if any("$" in each.text[1:] for each in variables):
            return  # which variable that is, others say
        for statement in all_statements(loop.body):
            if isinstance(statement, Break | Return | End):
                return
            for outermost in expressions_of(statement):
                for each in all_in(outermost):
                    called = isinstance(each, RouteCall) or (isinstance(each, Call) and each.name not in _LOGS)
                    if called or (isinstance(each, Assign) and _place(each.target) in reads):
                        return
        message = "nothing in this loop changes its condition: it runs until max_while_loops ends the script"
        self._report.warning("endless-loop", loop.condition.span, message)


def _place(variable: VariableName) -> str:
    """What is read and written under one name; `$avp` has many spellings of one."""
    return f"{variable.name}({variable.argument})" if variable.name in _SINGLE else variable.name


def _word(statement: Statement) -> str:
    match statement:
        case End(word=word):
            return repr(word)
        case Return():
            return "'return'"
        case Break():
            return "'break'"
        case _:
            return "something that always leaves"
