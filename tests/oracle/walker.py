"""`Walker`: does what a script says, statement by statement, straight from its tree (reference language 5 and 6).

It shares nothing with the compiler but the tree: what a value is as a number, how `+` works, what ends a route are
written down here again, so that a disagreement shows a defect of one of the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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
    Number,
    Return,
    RouteCall,
    Script,
    SelectName,
    Statement,
    Switch,
    Text,
    Transformation,
    Unary,
    VariableName,
    While,
    Word,
)

__all__ = ["NoResultError", "Outcome", "Walker"]

Value = int | str | None

COMPARISONS = {"==", "!=", "eq", "ne", "ieq", "ine", "=~", "<", ">", "<=", ">="}
CONDITIONS = {"!", "defined", "strempty"}
ROUNDS = 100  # max_while_loops
DEPTH = 256  # route calls within each other


class NoResultError(Exception):
    """An operation has no result: a division by 0, a number that 64 bits do not hold."""


class _ScriptEnds(Exception):  # noqa: N818 (no error)
    def __init__(self, value: int) -> None:
        self.value = value


class _RouteEnds(Exception):  # noqa: N818
    def __init__(self, value: int) -> None:
        self.value = value


class _LoopEnds(Exception):  # noqa: N818
    pass


class TooDeepError(Exception):
    """More than `DEPTH` route calls within each other."""


@dataclass
class Outcome:
    """What a script came to."""

    value: int = 0
    dropped: bool = False
    calls: list[tuple[Value, ...]] = field(default_factory=list)
    cells: dict[str, Value] = field(default_factory=dict)
    lists: dict[str, list[int | str]] = field(default_factory=dict)
    code: int = field(default=0, compare=False)  # only kept by scripts that ask for it
    failed: bool = False


class Walker:
    """One run of `script`.

    Args:
        script: a checked one.
        results: what functions return.
        facts: what the message's own names are (`method`, `$rU`).
    """

    def __init__(self, script: Script, results: dict[str, int], facts: dict[str, Value]) -> None:
        self.bodies = {route.name or "": route.body for route in script.routes}
        self.results = results
        self.facts = facts
        self.out = Outcome()
        self.depth = 0
        self.loops = 0

    def run(self) -> Outcome:
        """Enter the main route."""
        try:
            self.out.value = self.route("")
        except _ScriptEnds as end:
            self.out.value = end.value
        except TooDeepError:
            self.out.failed = True
        return self.out

    def route(self, name: str) -> int:
        """The value of a route is what `return` says, or that of its last statement (5.4, 5.8)."""
        loops, self.loops = self.loops, 0
        try:
            return self.block(self.bodies[name])
        except _RouteEnds as end:
            return end.value
        finally:
            self.loops = loops

    # -- statements -------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> int:
        value = 1
        for statement in block.statements:
            value = self.statement(statement)
        return value

    def statement(self, statement: Statement) -> int:
        match statement:
            case Block():
                return self.block(statement)
            case If(arms=arms, otherwise=otherwise):
                for condition, body in arms:
                    if self.holds(condition):
                        return self.block(body)
                return self.block(otherwise) if otherwise is not None else 1
            case While():
                self.loop(statement)
                return 1
            case Switch():
                self.switch(statement)
                return 1
            case Break():
                if self.loops:
                    raise _LoopEnds
                raise _RouteEnds(0)
            case Assign():
                return self.assign(statement)
            case Return() | End():
                return self.leave(statement)
            case _:
                try:
                    return self.call(statement)
                except NoResultError:
                    return -1

    def loop(self, loop: While) -> None:
        """At most `ROUNDS` rounds (5.3)."""
        self.loops += 1
        try:
            for _ in range(ROUNDS):
                if not self.holds(loop.condition):
                    return
                self.block(loop.body)
            self.holds(loop.condition)
        except _LoopEnds:
            pass
        finally:
            self.loops -= 1

    def switch(self, switch: Switch) -> None:
        """The case that fits, and those behind it until a `break` (5.2)."""
        try:
            start = self.case_of(switch.cases, self.assigned(switch.subject))
        except NoResultError:
            if any(case.is_pattern for case in switch.cases):
                start = self.case_of(switch.cases, None)
            else:
                start = next((at for at, case in enumerate(switch.cases) if case.label is None), None)
        if start is None:
            return
        self.loops += 1
        try:
            for case in switch.cases[start:]:
                self.block(case.body)
        except _LoopEnds:
            pass
        finally:
            self.loops -= 1

    def case_of(self, cases: tuple[Case, ...], subject: Value) -> int | None:
        by_number = all(isinstance(case.label, Number) for case in cases if case.label is not None)
        default = None
        for at, case in enumerate(cases):
            match case.label:
                case None:
                    default = at
                case Number(value=wanted) if by_number and number(subject) == wanted:
                    return at
                case Text(value=pattern) if case.is_pattern:
                    if subject is not None and re.search(pattern, text(subject), re.DOTALL):
                        return at
                case Text(value=wanted) if text(subject) == wanted:
                    return at
        return default

    def leave(self, statement: Return | End) -> int:
        """`return 0` ends the script; `exit` is 1 and `drop` 0 when nothing else is said (5.4)."""
        ends = isinstance(statement, End)
        drop = isinstance(statement, End) and statement.word == "drop"
        try:
            if statement.value is None:
                value = 0 if drop else 1
            elif ends:
                value = number(self.value(statement.value))
            else:
                value = number(self.assigned(statement.value))
        except NoResultError:
            value = -1
            drop = False
        if drop:
            self.out.dropped = True
        if ends or value == 0:
            raise _ScriptEnds(value)
        raise _RouteEnds(value)

    def assign(self, statement: Assign) -> int:
        """What can't be worked out is undefined; as a last statement it is true as its value is (5.5, 13.8)."""
        try:
            value, code = self.assigned(statement.value), None
        except NoResultError:
            value, code = None, -1
        self.put(statement.target, value)
        return code if code is not None else int(bool(value))

    # -- calls ------------------------------------------------------------------------------------------------------

    def call(self, call: Call | RouteCall) -> int:
        """A function that returns 0 ends the script; a route does not (5.7, 5.8)."""
        if isinstance(call, RouteCall):
            if call.computed is None:
                name = call.name
            else:
                name = text(self.value(call.computed))
                if name not in self.bodies or name == "":
                    return -1
            if self.depth >= DEPTH:
                raise TooDeepError
            self.depth += 1
            value = self.route(name)
            self.depth -= 1
            self.out.code = value
            return value
        arguments = [text(self.argument(each)) for each in call.arguments]
        self.out.calls.append((call.name, *arguments))
        value = self.results[call.name]
        self.out.code = value
        if value == 0:
            raise _ScriptEnds(0)
        return value

    def argument(self, expression: Expression) -> Value:
        if isinstance(expression, Text):
            return self.expanded(expression.value)
        return self.value(expression)

    def expanded(self, written: str) -> Value:
        """Variables in a text; one alone is its value (5.9)."""
        if re.fullmatch(r"\$var\((\w+)\)", written):
            return self.read_name("var", written[5:-1])
        return re.sub(r"\$(var|vn)\((\w+)\)", lambda m: shown(self.read_name(m[1], m[2])), written)

    # -- values -----------------------------------------------------------------------------------------------------

    def assigned(self, expression: Expression) -> Value:
        """A call alone is its return code (5.5)."""
        if isinstance(expression, Call | RouteCall) and getattr(expression, "name", "") != "selval":
            return self.call(expression)
        return self.value(expression)

    def value(self, expression: Expression) -> Value:
        """What an expression gives; of a condition 1 or 0."""
        if is_condition(expression):
            return int(self.condition(expression, whole=False))
        match expression:
            case Number(value=value) | Text(value=value):
                return value
            case VariableName():
                return self.read(expression)
            case Word(value=word):
                return self.facts[word]
            case SelectName(path=path):
                return self.facts["@" + ".".join(path)]
            case Call(arguments=(test, yes, no)):
                return self.assigned(yes if self.condition(test, whole=True) else no)
            case Unary(operator=operator, operand=operand):
                return self.unary(operator, self.value(operand))
            case Binary(operator=operator, operands=(left, right)):
                return arithmetic(operator, self.value(left), self.value(right))
            case _:
                raise AssertionError(expression)

    def unary(self, operator: str, operand: Value) -> Value:
        match operator:
            case "-":
                return in_64_bits(-number(operand))
            case "~":
                return ~number(operand)
            case "(int)":
                return number(operand)
            case "(str)":
                return text(operand)
            case _:
                assert operator == "strlen"
                return len(text(operand))

    # -- conditions -------------------------------------------------------------------------------------------------

    def holds(self, condition: Expression) -> bool:
        """A condition that has no result is false (13, 17)."""
        try:
            return self.condition(condition, whole=True)
        except NoResultError:
            return False

    def condition(self, expression: Expression, *, whole: bool) -> bool:
        """The truth of an expression; a number alone must be > 0, under `!`, `&&` and `||` not 0 (5.7)."""
        match expression:
            case Binary(operator="&&", operands=operands):
                return all(self.condition(each, whole=False) for each in operands)
            case Binary(operator="||", operands=operands):
                return any(self.condition(each, whole=False) for each in operands)
            case Binary(operator="&" | "|" as operator, operands=operands) if is_condition(expression):
                join = all if operator == "&" else any
                return join(self.condition(each, whole=False) for each in operands)
            case Binary(operator=operator, operands=(left, right)) if operator in COMPARISONS:
                return self.compare(operator, left, right)
            case Unary(operator="!", operand=operand):
                return not self.condition(operand, whole=False)
            case Unary(operator="defined", operand=operand):
                return self.value(operand) is not None
            case Unary(operator="strempty", operand=operand):
                return text(self.value(operand)) == ""
            case Call(name=name) if name != "selval":
                return self.call(expression) > 0
            case RouteCall():
                return self.call(expression) > 0
            case _:
                value = number(self.value(expression))
                return value > 0 if whole else value != 0

    def compare(self, operator: str, left: Expression, right: Expression) -> bool:
        """The left side decides (6.3); an undefined one equals the constant "" and `$null` only (6.6)."""
        negated = {"!=": "==", "ne": "eq", "ine": "ieq"}
        if operator in negated:
            return not self.compare(negated[operator], left, right)
        if isinstance(right, VariableName) and right.name == "null":
            return self.value(left) is None
        one, other = self.value(left), self.value(right)
        match operator:
            case "<":
                return number(one) < number(other)
            case ">":
                return number(one) > number(other)
            case "<=":
                return number(one) <= number(other)
            case ">=":
                return number(one) >= number(other)
            case "=~":
                return one is not None and re.search(text(other), text(one), re.IGNORECASE | re.DOTALL) is not None
        for constant, value in ((left, other), (right, one)):
            if isinstance(constant, Text) and constant.value == "" and (value is None or value == ""):
                return True
        if one is None or other is None:
            return False
        if operator == "ieq" or (operator == "==" and isinstance(one, int)):
            return number(one) == number(other)
        return text(one) == text(other)

    # -- variables --------------------------------------------------------------------------------------------------

    def read(self, name: VariableName) -> Value:
        value = self.plain(name)
        for each in name.transformations:
            value = None if value is None else transformed(each, text(value))
        return value

    def read_name(self, kind: str, name: str) -> Value:
        return self.out.cells.get(f"{kind}:{name}", 0 if kind == "var" else None)

    def plain(self, name: VariableName) -> Value:
        if name.name in {"var", "vn"}:
            return self.read_name(name.name, name.argument or "")
        if name.name in {"rc", "retcode", "?"}:
            return self.out.code
        if name.name == "null":
            return None
        written = f"${name.name}" if name.argument is None else f"${name.name}({name.argument})"
        if written in self.facts:
            return self.facts[written]
        index = name.indexes[0][1] if name.indexes else None
        if name.name == "avp":
            newest_first = self.out.lists.get(name.argument or "", [])[::-1]
            if index == "*":
                return ", ".join(map(str, newest_first)) or None
            at = int(index or 0)
            return newest_first[at] if -len(newest_first) <= at < len(newest_first) else None
        oldest_first = self.out.lists.get(name.name, [])
        if index is None:
            return oldest_first[-1] if oldest_first else None
        at = int(index)
        at = at - 1 if at > 0 else len(oldest_first) + at
        return oldest_first[at] if 0 <= at < len(oldest_first) else None

    def put(self, name: VariableName, value: Value) -> None:
        """`$avp(x)` pushes, an attribute is replaced, `$x[]` gets one more; `$null` takes away (5.5)."""
        if name.name in {"var", "vn"}:
            key = f"{name.name}:{name.argument}"
            if value is None:
                self.out.cells.pop(key, None)
            else:
                self.out.cells[key] = value
            return
        index = name.indexes[0][1] if name.indexes else None
        key = name.argument if name.name == "avp" else name.name
        assert key is not None
        values = self.out.lists.get(key, [])
        if name.name == "avp" and index is None:
            values = values[:-1] if value is None else [*values, value]
        elif index == "" and value is not None:
            values = [*values, value]
        elif index != "":
            values = [] if value is None else [value]
        self.out.lists.pop(key, None)
        if values:
            self.out.lists[key] = values


def is_condition(expression: Expression) -> bool:
    """Whether it gives true or false by its form; `&` and `|` between such are `&&` and `||` (11.2)."""
    match expression:
        case Call(name=name):
            return name != "selval"
        case RouteCall():
            return True
        case Unary(operator=operator):
            return operator in CONDITIONS
        case Binary(operator="|" | "&", operands=operands):
            return all(is_condition(each) for each in operands)
        case Binary(operator=operator):
            return operator in COMPARISONS or operator in {"&&", "||"}
        case _:
            return False


def number(value: Value) -> int:
    """A value as a number: whole decimal or hexadecimal text of 64 bits, else 0."""
    if isinstance(value, int):
        return value
    if value is None or len(value) > 4_000 or re.fullmatch(r"[+-]?[0-9]+|0[xX][0-9A-Fa-f]+", value, re.ASCII) is None:
        return 0
    found = int(value, 16 if value[1:2] in {"x", "X"} else 10)
    return found if -(2**63) <= found < 2**63 else 0


def text(value: Value) -> str:
    """A value as text: undefined is empty."""
    return "" if value is None else str(value)


def shown(value: Value) -> str:
    """A value in a text: undefined is `<null>`."""
    return "<null>" if value is None else str(value)


def in_64_bits(value: int) -> int:
    """The number, if it fits."""
    if not -(2**63) <= value < 2**63:
        raise NoResultError
    return value


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """`+` joins unless its left side is a number; everything else is of numbers (6.3)."""
    if operator == "+" and not isinstance(left, int):
        return text(left) + text(right)
    one, other = number(left), number(right)
    if operator in {"/", "mod"}:
        if other == 0:
            raise NoResultError
        quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        return in_64_bits(quotient) if operator == "/" else one - quotient * other
    if operator in {"<<", ">>"} and not 0 <= other < 64:
        raise NoResultError
    match operator:
        case "+":
            return in_64_bits(one + other)
        case "-":
            return in_64_bits(one - other)
        case "*":
            return in_64_bits(one * other)
        case "<<":
            return in_64_bits(one << other)
        case ">>":
            return one >> other
        case "&":
            return one & other
        case "|":
            return one | other
        case _:
            assert operator == "^"
            return one ^ other


def transformed(change: Transformation, value: str) -> Value:
    """A few transformations (8.5)."""
    match change.name:
        case "s.len":
            return len(value)
        case "s.int":
            return number(value)
        case "s.toupper":
            return value.upper()
        case _:
            assert change.name == "s.tolower"
            return value.lower()
