"""`FactPaths`: what has happened to the message on every path through a script, as sets of facts.

A state is a sum of facts; all states that reach a place are kept apart, so facts that come together stay together. A
route is walked through for each state in which it is entered, and again when more comes of a route that it calls. What
is asked at a place is asked of each state.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from sertwist.script.nodes import (
    Assign,
    Binary,
    Block,
    Break,
    Call,
    End,
    Expression,
    If,
    Number,
    Return,
    RouteCall,
    Statement,
    Switch,
    Unary,
    While,
    parts_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.matters import Matters
    from sertwist.script.route_graph import RouteGraph
    from sertwist.script.route_kind import RouteKey

__all__ = ["FactPaths", "States"]

States = frozenset[int]
_Entry = tuple["RouteKey", int]  # a route, and the state in which it is entered
Outcomes = tuple[States, States]  # of a condition: the states in which it is true, in which it is false
_MOST_WALKS: Final = 8
_NONE: Final[States] = frozenset()
_NOTHING: Final[Outcomes] = (_NONE, _NONE)


class FactPaths:
    """Follows all paths of a script.

    `judge` says what an expression without parts of its own (a call, a comparison, a name) does to one state: the
    states in which it is true, and in which it is false; None when it does nothing. `at_end` is told where the script
    ends. Both count only once `is_settled`: before, what comes of a route that was not walked through yet is a guess.

    Attributes:
        is_settled: all that is asked and told now is so.
    """

    def __init__(
        self,
        graph: RouteGraph,
        judge: Callable[[Expression, int], Outcomes | None],
        at_end: Callable[[Statement | None, States], None],
        matters: Matters,
        called_anything: int,
    ) -> None:
        """`matters` knows what `judge` says nothing of; `called_anything` is what a `route($name)` may bring about."""
        self._graph = graph
        self._judge = judge
        self._at_end = at_end
        self._matters = matters
        self._called_anything = called_anything
        self.is_settled = False
        self._results: dict[_Entry, Outcomes] = {}
        self._callers: dict[_Entry, set[_Entry]] = {}
        self._waiting: deque[_Entry] = deque()
        self._queued: set[_Entry] = set()
        self._seen: set[_Entry] = set()
        self._walks: dict[_Entry, int] = {}
        self._now: _Entry | None = None
        self._left: Outcomes = _NOTHING
        self._broken: list[States] = []

    def follow(self, route: RouteKey, state: int) -> None:
        """All paths from the beginning of `route`, which is entered from outside of the script."""
        for self.is_settled in (False, True):
            self._now = None
            self._seen.clear()
            self._enter(route, state)
            self._settle()
        true, false = self._results[route, state]
        self._at_end(None, true | false)

    def _settle(self) -> None:
        """Walk through routes until nothing more comes of any."""
        while self._waiting:
            entry = self._now = self._waiting.popleft()
            self._queued.discard(entry)
            self._left = _NOTHING
            self._leave(*self._ending(self._graph.routes[entry[0]].body, frozenset((entry[1],))))
            before = self._results[entry]
            if self._left != before:
                walks = self._walks[entry] = self._walks.get(entry, 0) + 1
                if walks > _MOST_WALKS:  # routes that call each other may go round and round
                    self._leave(*before)
                self._results[entry] = self._left
                if self._left != before:
                    for caller in self._callers.get(entry, ()):
                        self._queue(caller)

    # -- routes ---------------------------------------------------------------------------------------------------

    def _enter(self, route: RouteKey, state: int) -> Outcomes:
        """What comes of `route` entered in `state`: nothing happens there, until it is walked through."""
        entry = (route, state)
        if self._now is not None:
            self._callers.setdefault(entry, set()).add(self._now)
        if entry not in self._seen:
            self._seen.add(entry)
            self._queue(entry)
        here = frozenset((state,))
        return self._results.setdefault(entry, (here, here))

    def _queue(self, entry: _Entry) -> None:
        if entry not in self._queued:
            self._queued.add(entry)
            self._waiting.append(entry)

    def _ending(self, body: Block, states: States) -> Outcomes:
        """The value of a route without `return` is that of the call it ends with, else true."""
        last = body.statements[-1] if body.statements else None
        if isinstance(last, Call | RouteCall):
            before = self._block(Block(body.statements[:-1], body.span), states)
            true, false = self._condition(last, before)
            return true | false, false
        end = self._block(body, states)
        return end, end

    def _leave(self, true: States, false: States) -> None:
        self._left = (self._left[0] | true, self._left[1] | false)

    # -- statements -----------------------------------------------------------------------------------------------

    def _block(self, block: Block, states: States) -> States:
        for statement in block.statements:
            if not states:
                break
            if self._matters.of(statement):
                states = self._statement(statement, states)
        return states

    def _statement(self, statement: Statement, states: States) -> States:  # noqa: PLR0911 (one case a kind)
        match statement:
            case Call() | RouteCall():
                true, false = self._condition(statement, states)
                return true | false
            case Assign(value=value):
                return self._read(value, states)
            case If():
                return self._if(statement, states)
            case Block():
                return self._block(statement, states)
            case While():
                return self._while(statement, states)
            case Switch():
                return self._switch(statement, states)
            case Return(value=value):
                self._return(value, states)
            case End(value=value):
                self._at_end(statement, states if value is None else self._read(value, states))
            case Break():
                self._break(states)
        return _NONE

    def _if(self, statement: If, states: States) -> States:
        ends = _NONE
        for condition, body in statement.arms:
            true, states = self._condition(condition, states)
            ends |= self._block(body, true)
        return ends | (states if statement.otherwise is None else self._block(statement.otherwise, states))

    def _while(self, statement: While, states: States) -> States:
        """Until no new state comes round."""
        self._broken.append(_NONE)
        seen, out = _NONE, _NONE
        while states - seen:
            seen |= states
            true, false = self._condition(statement.condition, states)
            out |= false
            states = self._block(statement.body, true)
        return out | self._broken.pop()

    def _switch(self, statement: Switch, states: States) -> States:
        states = self._read(statement.subject, states)
        self._broken.append(_NONE)
        through = _NONE
        for case in statement.cases:
            through = self._block(case.body, states | through)
        skipped = _NONE if any(case.label is None for case in statement.cases) else states
        return through | skipped | self._broken.pop()

    def _break(self, states: States) -> None:
        if self._broken:
            self._broken[-1] |= states
        else:
            self._leave(_NONE, states)

    def _return(self, value: Expression | None, states: States) -> None:
        match value:
            case None:
                self._leave(states, _NONE)
            case Number(value=number) if number > 0:
                self._leave(states, _NONE)
            case Unary(operator="-", operand=Number()):
                self._leave(_NONE, states)
            case _:
                self._leave(*self._condition(value, states))

    # -- expressions ----------------------------------------------------------------------------------------------

    def _condition(self, condition: Expression, states: States) -> Outcomes:  # noqa: PLR0911 (one case a kind)
        match condition:
            case Unary(operator="!", operand=operand):
                true, false = self._condition(operand, states)
                return false, true
            case Binary(operator="&&" | "||"):
                return self._joined(condition, states)
            case RouteCall():
                return self._call(condition, states)
            case Call(arguments=arguments):
                for argument in arguments:
                    states = self._read(argument, states)
                return self._judged(condition, states)
            case Binary(operands=operands):
                judged = self._judged(condition, states)
                if judged != (states, states):
                    return judged
                for operand in operands:
                    states = self._read(operand, states)
                return states, states
            case _:
                states = self._read(condition, states)
                return states, states

    def _joined(self, condition: Binary, states: States) -> Outcomes:
        decides = int(condition.operator == "&&")  # the outcome after which the rest is not looked at: `&&` false
        decided = _NONE
        for operand in condition.operands:
            outcomes = self._condition(operand, states)
            decided |= outcomes[decides]
            states = outcomes[1 - decides]
        return (states, decided) if decides else (decided, states)

    def _call(self, call: RouteCall, states: States) -> Outcomes:
        if call.computed is not None:
            states = self._read(call.computed, states)
            states = frozenset(state | self._called_anything for state in states) | states
            return states, states
        target = self._graph.target(call.name)
        if target is None:
            return states, states
        return self._united([self._enter(target, state) for state in states])

    def _judged(self, expression: Expression, states: States) -> Outcomes:
        said = [(state, self._judge(expression, state)) for state in states]
        if all(outcomes is None for _, outcomes in said):  # as of most
            return states, states
        return self._united([outcomes or (frozenset((state,)),) * 2 for state, outcomes in said])

    @staticmethod
    def _united(outcomes: list[Outcomes]) -> Outcomes:
        if len(outcomes) == 1:
            return outcomes[0]
        return _NONE.union(*[true for true, _ in outcomes]), _NONE.union(*[false for _, false in outcomes])

    def _read(self, expression: Expression, states: States) -> States:
        """Everything in `expression`, which decides nothing."""
        waiting = [expression]
        while waiting:
            each = waiting.pop()
            if isinstance(each, Call | RouteCall):
                true, false = self._condition(each, states)
                states = true | false
            else:
                true, false = self._judged(each, states)
                states = true | false
                waiting.extend(reversed(parts_of(each)))
        return states
