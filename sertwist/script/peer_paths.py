"""`PeerPaths`: what is proved about the peer on every path through a script.

All paths are followed from where messages enter, with what the conditions on them have proved so far. A route is walked
through once for each state in which it is entered, and again whenever a route that it calls turns out to prove more
than nothing, until nothing changes; what is found on the way counts only in a last round, when all that is settled.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Kind, Proof
from sertwist.script.literals import CONSTANT_WORDS
from sertwist.script.matters import Matters
from sertwist.script.message_ways import MessageWays
from sertwist.script.nodes import (
    Assign,
    Binary,
    Block,
    Break,
    Call,
    Case,
    End,
    Expression,
    If,
    Named,
    Number,
    Return,
    RouteCall,
    SelectName,
    Statement,
    Switch,
    Text,
    Unary,
    VariableName,
    While,
    Word,
    parts_of,
)
from sertwist.script.parse_expression import COMPARISONS
from sertwist.script.proof import Known, Outcomes, Path, join
from sertwist.script.route_kind import RouteKey, RouteKind
from sertwist.script.select_path import FoundSelect, find_select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.script.declare import Function
    from sertwist.script.unit import Unit

__all__ = ["PeerPaths"]

_Entry = tuple[RouteKey, Known]  # a route, and what is known when it is entered

_EQUAL: Final = frozenset({"==", "eq", "ieq"})
_UNEQUAL: Final = frozenset({"!=", "ne", "ine"})
_TRUE: Final = (1, "1", "true")
_FALSE: Final = (0, "0", "false")


class PeerPaths:
    """What is known at every place of all routes.

    Attributes:
        calls: guarded call to the least that is known where it stands.
        names: selects and variables read for what they say about a peer that nothing has verified, in order.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.ways = MessageWays(unit)
        self._matters = Matters(self._says_something)
        self.calls: dict[Call, Known] = {}
        self.names: dict[Named, None] = {}
        self._entered: dict[tuple[RouteKey, Proof, bool, bool, bool], Known] = {}
        self._results: dict[_Entry, Outcomes] = {}  # its value > 0, < 0
        self._callers: dict[_Entry, set[_Entry]] = {}
        self._waiting: deque[_Entry] = deque()
        self._queued: set[_Entry] = set()
        self._seen: set[_Entry] = set()
        self._now: _Entry | None = None
        self._left: Outcomes = (None, None)
        self._broken: list[Path] = []  # at the `break`s of each loop that is walked through

    def follow(self, routes: Iterable[RouteKey]) -> None:
        """Follow all paths from the beginnings of `routes`."""
        for _ in ("what routes prove", "what is found"):
            self.calls.clear()
            self.names.clear()
            self._seen.clear()
            self._now = None
            for route in routes:
                self._enter(route, Known())
            self._settle()

    def _enter(self, route: RouteKey, known: Known) -> Outcomes:
        """What is known behind `route`, entered with `known`: no more than that, until it is walked through."""
        entry = (route, self._entered.setdefault((route, *_traits(known)), known))
        self._results.setdefault(entry, (known, known))
        if self._now is not None:
            self._callers.setdefault(entry, set()).add(self._now)
        if entry not in self._seen:
            self._seen.add(entry)
            self._queue(entry)
        return self._results[entry]

    def _settle(self) -> None:
        """Walk through routes until nothing new is found."""
        while self._waiting:
            entry = self._now = self._waiting.popleft()
            self._queued.discard(entry)
            self._left = (None, None)
            self._broken = []
            self._route(self.unit.graph.routes[entry[0]].body, entry[1])
            if self._left != self._results[entry]:
                self._results[entry] = self._left
                for caller in self._callers.get(entry, ()):
                    self._queue(caller)

    def _queue(self, entry: _Entry) -> None:
        if entry not in self._queued:
            self._queued.add(entry)
            self._waiting.append(entry)

    def _route(self, body: Block, known: Known) -> None:
        """The value of a route that ends without `return` is that of the call it ends with, else anything."""
        last = body.statements[-1] if body.statements else None
        if not isinstance(last, Call | RouteCall):
            end = self._block(body, known)
            self._leave(end, end)
        elif (before := self._block(Block(body.statements[:-1], body.span), known)) is not None:
            self._leave(*self._condition(last, before))

    def _leave(self, positive: Path, negative: Path) -> None:
        """Paths that end the route, by the sign of its value."""
        self._left = (join(self._left[0], positive), join(self._left[1], negative))

    def is_looked_for(self, expression: Expression) -> bool:
        """Whether something may have to be said about it: a call to guard, or a name of a peer."""
        if isinstance(expression, Call):
            function = self.unit.catalogue.functions.get(expression.name)
            return function is not None and function.guarded
        return self._proof(expression) is Proof.IDENTITY

    def _says_something(self, expression: Expression) -> bool:
        """Whether it can change what is known, or is looked for."""
        if isinstance(expression, Call):
            function = self.unit.catalogue.functions.get(expression.name)
            names_routes = function is not None and any(
                each.kind is Kind.ROUTE for form in (function.arguments, *function.forms) for each in form
            )
            return function is not None and (function.guarded or names_routes or function.proof is not Proof.NOTHING)
        if isinstance(expression, Binary) and expression.operator in COMPARISONS:
            return self.ways.compared(expression, Known()) is not None
        return self._proof(expression) is not Proof.NOTHING

    # -- statements -----------------------------------------------------------------------------------------------

    def _block(self, block: Block, path: Path) -> Path:
        for statement in block.statements:
            if path is not None and self._matters.of(statement):
                path = self._statement(statement, path)
        return path

    def _statement(self, statement: Statement, known: Known) -> Path:  # noqa: C901, PLR0911 (one case a kind)
        match statement:
            case Block():
                return self._block(statement, known)
            case Call() | RouteCall():
                return join(*self._condition(statement, known))
            case If():
                return self._if(statement, known)
            case Return(value=value):
                self._return(value, known)
            case End(value=value):
                if value is not None:
                    self._read(value, known)
            case Break():
                self._break(known)
            case Assign(value=value):
                return self._read(value, known)
            case While():
                return self._while(statement, known)
            case Switch():
                return self._switch(statement, known)
        return None

    def _break(self, known: Known) -> None:
        """Out of the `switch` or `while`, else out of the route."""
        if self._broken:
            self._broken[-1] = join(self._broken[-1], known)
        else:
            self._leave(None, known)

    def _while(self, statement: While, known: Known) -> Path:
        """What is known at the beginning of every round, until no round knows less."""
        self._broken.append(None)
        begin, out = known, None
        while True:
            taken, left = self._condition(statement.condition, begin)
            out = join(out, left)
            again = join(begin, self._block(statement.body, taken))
            if again is None or again == begin:
                return join(out, self._broken.pop())
            begin = again

    def _switch(self, statement: Switch, known: Known) -> Path:
        """A case is entered by what it says of the subject, and from the one before when that falls through."""
        subject = statement.subject
        known = self._read(subject, known)
        self._broken.append(None)
        through: Path = None
        for case in statement.cases:
            through = self._block(case.body, join(through, self._case(subject, case, known)))
        skipped = None if any(case.label is None for case in statement.cases) else known
        return join(through, skipped, self._broken.pop())

    def _case(self, subject: Expression, case: Case, known: Known) -> Known:
        if case.label is None or not isinstance(subject, SelectName | VariableName):
            return known
        match self._proof(subject):
            case Proof.IDENTITY if not _is_nothing(case.label):
                return known.named()
            case Proof.VERIFIED if not case.is_pattern:
                return self._truth(case.label, known)[0] or known
            case _:
                return known

    def _if(self, statement: If, known: Known) -> Path:
        ends: list[Path] = []
        path: Path = known
        for condition, body in statement.arms:
            if path is None:
                break
            taken, path = self._condition(condition, path)
            ends.append(self._block(body, taken))
        return join(*ends, path if statement.otherwise is None else self._block(statement.otherwise, path))

    def _return(self, value: Expression | None, known: Known) -> None:
        match value:
            case None:
                self._leave(known, None)
            case Number(value=number):
                self._leave(known if number > 0 else None, None)
            case Unary(operator="-", operand=Number()):
                self._leave(None, known)
            case _:
                self._leave(*self._condition(value, known))

    # -- conditions -----------------------------------------------------------------------------------------------

    def _condition(self, condition: Expression, known: Known) -> Outcomes:
        match condition:
            case Unary():
                return self._unary(condition, known)
            case Binary(operator="&&" | "||"):
                return self._joined(condition, known)
            case Binary(operator=operator) if operator in COMPARISONS:
                return self._comparison(condition, known)
            case Call() | RouteCall():
                return self._call(condition, known)
            case SelectName() | VariableName() if self._proof(condition) is Proof.VERIFIED:
                return known.verified(), known.asked()
            case _:
                return self._undecided(condition, known)

    def _undecided(self, expression: Expression, known: Known) -> Outcomes:
        """Something whose truth says nothing about the peer."""
        after = self._read(expression, known)
        return after, after

    def _unary(self, condition: Unary, known: Known) -> Outcomes:
        match condition.operator, condition.operand:
            case "!", operand:
                return self._condition(operand, known)[::-1]
            case "defined", SelectName() | VariableName() as name:
                return self._presence(name, known)
            case "strempty", SelectName() | VariableName() as name:
                return self._presence(name, known)[::-1]
            case _:
                return self._undecided(condition, known)

    def _joined(self, condition: Binary, known: Known) -> Outcomes:
        """`&&` and `||`: an operand is evaluated only behind those before it."""
        decides = int(condition.operator == "&&")  # the outcome after which the rest is not looked at: `&&` false
        through: Path = known
        decided: Path = None
        for operand in condition.operands:
            if through is None:
                break
            outcomes = self._condition(operand, through)
            decided, through = join(decided, outcomes[decides]), outcomes[1 - decides]
        return (through, decided) if decides else (decided, through)

    def _call(self, call: Call | RouteCall, known: Known) -> Outcomes:
        if isinstance(call, RouteCall):
            return self._called_route(call, known)
        for argument in call.arguments:
            known = self._read(argument, known)
        function = self.unit.catalogue.functions.get(call.name)
        if function is None:
            return known, known
        self._enter_named(call, function, known)
        if function.guarded:
            self.calls[call] = join(self.calls.get(call), known) or known
        return (known.named(), known.asked()) if function.proof is Proof.VERIFIED else (known, known)

    def _called_route(self, call: RouteCall, known: Known) -> Outcomes:
        """A route by its name; a computed name may be that of any, and prove nothing."""
        graph = self.unit.graph
        if call.computed is not None:
            known = self._read(call.computed, known)
            for target in graph.callable_routes().values():
                self._enter(target, known)
            return known, known
        found = graph.target(call.name)
        return (known, known) if found is None else self._enter(found, known)

    def _enter_named(self, call: Call, function: Function, known: Known) -> None:
        """Routes whose names the function is given: it may run them, at once or for another message."""
        for form in (function.arguments, *function.forms):
            for declared, argument in zip(form, call.arguments, strict=False):
                wanted = declared.kind is Kind.ROUTE and declared.route in (None, RouteKind.REQUEST)
                if wanted and isinstance(argument, Text | Word | Number):
                    target = self.unit.graph.target(str(argument.value))
                    if target is not None:
                        self._enter(target, Known() if function.waits else known)

    def _presence(self, name: Named, known: Known) -> Outcomes:
        """Whether `name` is defined."""
        if self._proof(name) is Proof.IDENTITY:
            return known.verified(), known.asked()
        return self._undecided(name, known)

    def _comparison(self, comparison: Binary, known: Known) -> Outcomes:
        left, right = comparison.operands
        name, value = (left, right) if self._proof(left) > Proof.ASKED else (right, left)
        operator = comparison.operator
        way = self.ways.compared(comparison, known)
        if way is not None:
            return way
        if not isinstance(name, SelectName | VariableName) or self._proof(name) <= Proof.ASKED:
            return self._undecided(comparison, known)
        known = self._read(value, known)
        if operator in _EQUAL:
            return self._equality(name, value, known)
        if operator in _UNEQUAL:
            return self._inequality(comparison, name, value, known)
        after = self._read(name, known)
        return (after.named() if operator == "=~" else after), after

    def _equality(self, name: Named, value: Expression, known: Known) -> Outcomes:
        if self._proof(name) is Proof.VERIFIED:
            return self._truth(value, known)
        if _is_nothing(value):
            return self._presence(name, known)[::-1]
        after = self._read(name, known)
        return after.named(), after

    def _inequality(self, comparison: Binary, name: Named, value: Expression, known: Known) -> Outcomes:
        """`!=`: true of undefined names too, so that refusing by it is safe, and letting through is not."""
        if self._proof(name) is Proof.VERIFIED:
            return self._truth(value, known)[::-1]
        if _is_nothing(value):
            return self._presence(name, known)
        shown = self.unit.script.source.text[slice(*comparison.operands[0].span.to(comparison.operands[1].span))]
        return known.asked().passed_by(shown), known.named()

    def _truth(self, value: Expression, known: Known) -> Outcomes:
        """A boolean that is true of verified peers only, compared with `value`."""
        constant = _constant(value)
        if constant in _TRUE:
            return known.verified(), known.asked()
        return (known.asked(), known.verified() if constant in _FALSE else known.asked())

    # -- values ---------------------------------------------------------------------------------------------------

    def _read(self, expression: Expression, known: Known) -> Known:
        """Everything in `expression`, which decides nothing."""
        waiting = [expression]
        while waiting:
            each = waiting.pop()
            if isinstance(each, Call | RouteCall):
                known = join(*self._condition(each, known)) or known
                continue
            if self._proof(each) is Proof.IDENTITY and known.proof < Proof.VERIFIED:
                assert isinstance(each, SelectName | VariableName)  # noqa: S101 (nothing else has a proof)
                self.names[each] = None
            if self._proof(each) is not Proof.NOTHING:
                known = known.asked()
            waiting.extend(reversed(parts_of(each)))
        return known

    def _proof(self, expression: Expression) -> Proof:
        """What a select or a variable says about the peer; anything else says nothing."""
        catalogue = self.unit.catalogue
        match expression:
            case SelectName():
                found = find_select(expression, catalogue)
                return found.select.proof if isinstance(found, FoundSelect) else Proof.NOTHING
            case VariableName(name=name, argument=argument) if name in catalogue.variables:
                declared = catalogue.variables[name]
                return declared.proof_of.get((argument or "").lower(), declared.proof)
            case _:
                return Proof.NOTHING


def _traits(known: Known) -> tuple[Proof, bool, bool, bool]:
    """What of it makes a difference to what is found."""
    return known.proof, bool(known.excluded), known.is_private, bool(known.denied)


def _constant(expression: Expression) -> str | int | None:
    match expression:
        case Number(value=value) | Text(value=value):
            return value
        case Word(value=word):
            return CONSTANT_WORDS.get(word)
        case _:
            return None


def _is_nothing(expression: Expression) -> bool:
    """Whether it is what undefined values equal."""
    return _constant(expression) == "" or (isinstance(expression, VariableName) and expression.text == "$null")
