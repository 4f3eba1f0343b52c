"""Is every request answered once, and are things done in an order that works (language 12: 57, 58, 59, 66, 67)?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.checks.facts import FactPaths, States
from sertwist.script.declare import Deed
from sertwist.script.expressions import all_in, all_statements, blocks_in, expressions_of
from sertwist.script.matters import Matters
from sertwist.script.nodes import (
    Binary,
    Block,
    Call,
    End,
    Expression,
    Number,
    RouteCall,
    SelectName,
    Statement,
    Text,
    VariableName,
    Word,
)
from sertwist.script.route_graph import MAIN, calls_in, expressions_in
from sertwist.script.route_kind import RouteKind

if TYPE_CHECKING:
    from sertwist.script.checks.facts import Outcomes
    from sertwist.script.route_kind import RouteKey
    from sertwist.script.unit import Unit

__all__ = ["check_answers"]


class _Fact:
    """What has happened to the message on a path: bits of plain numbers, which are joined at every statement."""

    TRIED: Final = 1  # something was done that answers or sends, whatever came of it
    FINAL: Final = 2  # it was answered finally, or sent on
    SENT: Final = 4  # it was sent on
    SILENT: Final = 8  # it is one that may stay unanswered: an ACK, a CANCEL for nothing
    TRANSACTION: Final = 16  # there is one
    DIALOG: Final = 32  # it was looked at whether it belongs to a dialog
    ACK: Final = 64  # it is an ACK
    CANCEL: Final = 128


_NO_FACTS: Final = 0
_UNKNOWN: Final = _Fact.TRIED | _Fact.TRANSACTION | _Fact.DIALOG

_TRANSACTION: Final = frozenset({"t_newtran", "t_add_transaction", "t_lookup_request", "t_check_trans", "t_suspend"})
_IN_TRANSACTION: Final = frozenset({"t_reply", "t_reply_error"})
_DIALOG: Final = frozenset(
    {"loose_route", "has_totag", "rewriteFromRoute", "strict_route", "is_known_dlg", "has_to_tag"}
)
_LOOKUP: Final = frozenset({"lookup", "lookup_contacts", "lookup_contact"})
_RECORD: Final = frozenset({"record_route", "addRecordRoute", "record_route_preset"})
_ORDERED: Final = _IN_TRANSACTION | _LOOKUP | _RECORD
_COPIES: Final = frozenset({"send", "send_tcp", "send_udp", "sendx"})  # used to show a message to somebody else
# What it returns when it is done with the request.
_CARED_FOR_WHEN: Final = {"t_precheck_trans": True, "sanity_check": False, "t_relay_cancel": False}
_SILENT_METHODS: Final = {"ACK": _Fact.ACK, "CANCEL": _Fact.CANCEL}
_NONE: Final[frozenset[int]] = frozenset()
_EQUAL: Final = frozenset({"==", "eq"})
_UNEQUAL: Final = frozenset({"!=", "ne"})
_TO_TAGS: Final = frozenset({"tt", "T_to_tag"})


def check_answers(unit: Unit) -> None:
    """Report requests that may be answered twice or never, and what comes too late or too early."""
    _Answers(unit).run()


class _Answers:
    """One script."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._ends: dict[Statement | None, bool] = {}
        self._answering: dict[RouteKey, bool] = {}
        self._answers = False
        self._paths: FactPaths | None = None
        self._matters = Matters(self._is_judged)

    def run(self) -> None:
        """Follow all paths from every entry."""
        graph = self._unit.graph
        routed = {name for name in self._unit.catalogue.entries if name}
        for key in graph.entries():
            request = graph.routes[key].kind is RouteKind.REQUEST
            start = _NO_FACTS if request else _Fact.TRANSACTION | _Fact.DIALOG
            self._follow(key, start)
        for key in graph.routes:
            if key.kind is RouteKind.REQUEST and key.name in routed:
                self._follow(key, _NO_FACTS)
        self._report_ends()

    def _follow(self, key: RouteKey, start: int) -> None:
        self._paths = FactPaths(
            self._unit.graph, self._judge, self._end if key == MAIN else _ignore, self._matters, _UNKNOWN
        )
        self._paths.follow(key, start)

    # -- what happens on the way ----------------------------------------------------------------------------------

    def _judge(self, expression: Expression, state: int) -> Outcomes | None:
        match expression:
            case Call():
                return self._call(expression, state)
            case Binary(operator=operator) if operator in _EQUAL or operator in _UNEQUAL:
                return self._method(expression, state)
            case SelectName(path=("to", "tag")):
                return _both(state | _Fact.DIALOG)
            case VariableName(name=name) if name in _TO_TAGS:
                return _both(state | _Fact.DIALOG)
            case _:
                return None

    @property
    def _is_settled(self) -> bool:
        return self._paths is not None and self._paths.is_settled

    def _is_judged(self, expression: Expression) -> bool:
        """Whether `_judge` says anything of it in some state, or something is said about it."""
        if isinstance(expression, Call) and expression.name in _ORDERED:
            return True
        return self._judge(expression, _NO_FACTS) is not None

    def _call(self, call: Call, state: int) -> Outcomes | None:  # noqa: PLR0911 (one case a kind)
        if call.name == "is_method" and len(call.arguments) == 1:
            return self._is_method(call.arguments[0], state)
        self._warn_of_order(call, state)
        if call.name in _TRANSACTION:
            return _both(state | _Fact.TRANSACTION)
        if call.name in _DIALOG:
            return _both(state | _Fact.DIALOG)
        if call.name in _CARED_FOR_WHEN:
            cared, other = frozenset((state | _Fact.TRIED,)), frozenset((state,))
            return (cared, other) if _CARED_FOR_WHEN[call.name] else (other, cared)
        function = self._unit.catalogue.functions.get(call.name)
        if function is None:
            return _both(state | _Fact.TRIED)  # it was reported, and may be anything
        if function.deed is Deed.NOTHING or _is_provisional(call):
            return None
        return self._deed(call, function.deed, state)

    def _deed(self, call: Call, deed: Deed, state: int) -> Outcomes:
        self._answers = self._answers or self._is_settled
        tried = state | _Fact.TRIED
        if deed is Deed.KEEPS:
            return _both(tried)
        if call.name in _COPIES:
            return _both(tried)
        if state & _Fact.FINAL and self._is_settled:
            self._warn_of_second(call)
        done = tried | _Fact.FINAL
        if deed is Deed.SENDS:
            done |= _Fact.SENT
            if call.name.startswith("t_"):
                done |= _Fact.TRANSACTION
        return frozenset((done,)), frozenset((tried,))

    def _is_method(self, argument: Expression, state: int) -> Outcomes | None:
        written = _constant(argument)
        if written is None or not set(written.upper().split("|")) <= _SILENT_METHODS.keys():
            return None
        return _when_method(written.upper(), state)

    def _method(self, comparison: Binary, state: int) -> Outcomes | None:
        left, right = comparison.operands
        is_method = (isinstance(left, Word) and left.value == "method") or (
            isinstance(left, VariableName) and left.name == "rm"
        )
        if not is_method or (_constant(right) or "").upper() not in _SILENT_METHODS:
            return None
        silent, other = _when_method((_constant(right) or "").upper(), state)
        return (silent, other) if comparison.operator in _EQUAL else (other, silent)

    # -- what is said about it ------------------------------------------------------------------------------------

    def _warn_of_order(self, call: Call, state: int) -> None:
        if not self._is_settled:
            return
        report = self._unit.diagnostics
        if call.name in _RECORD and state & _Fact.SENT:
            message = f"{call.name}() comes too late: the request may have been sent before"
            report.warning("record-route-late", call.span, message, "move it before what sends the request")
        if call.name in _IN_TRANSACTION and not state & _Fact.TRANSACTION:
            message = f"{call.name}() needs a transaction, and on some path to it there is none"
            report.warning("no-transaction", call.span, message, "call t_newtran() before")
        if call.name in _LOOKUP and not state & _Fact.DIALOG:
            message = f"{call.name}() is reached by requests inside of dialogs, which go where their Route says"
            report.warning("lookup-before-route", call.span, message, "try loose_route() first")

    def _warn_of_second(self, call: Call) -> None:
        message = f"{call.name}() may be reached by a request that was answered or sent on before"
        fix = "end the script behind the first"
        self._unit.diagnostics.warning("second-answer", call.span, message, fix)

    def _end(self, statement: Statement | None, states: States) -> None:
        """Where the script ends; None: at the end of the main route."""
        if not self._is_settled:
            return
        unanswered = any(not state & (_Fact.TRIED | _Fact.SILENT) for state in states)
        if unanswered and not (isinstance(statement, End) and statement.word == "drop"):
            self._ends[statement] = True

    def _report_ends(self) -> None:
        """Said of scripts that answer or forward anything: the others are not there for requests."""
        if not self._answers:
            return
        report = self._unit.diagnostics
        route = self._unit.graph.routes.get(MAIN)
        cared_for = self._behind_answers()
        for statement in self._ends:
            if statement in cared_for:
                continue
            if statement is not None:
                message = "a request may end here without an answer: it gets 500"
                report.hint("unanswered-exit", statement.span, message, "answer it, or write 'drop' to stay silent")
            elif route is not None:
                message = "a request may reach the end of the main route without an answer: it gets 500"
                report.warning("unanswered", route.name_span, message, "answer or forward it, or write 'drop' there")

    def _behind_answers(self) -> set[Statement]:
        """Ends of the script right behind something that answers: what it lets pass, it lets pass on purpose.

        Such as `route(PRESENCE); exit;`, where the block returns at once unless the method is one of its own.
        """
        found: set[Statement] = set()
        waiting = [route.body for route in self._unit.graph.routes.values()]
        while waiting:
            block = waiting.pop()
            for before, statement in zip(block.statements, block.statements[1:], strict=False):
                if isinstance(statement, End) and self._may_answer(before):
                    found.add(statement)
            for statement in block.statements:
                waiting += blocks_in(statement)
        return found

    def _may_answer(self, statement: Statement) -> bool:
        """Whether a call in `statement`, or in a block that it calls, answers or sends."""
        graph = self._unit.graph
        for each in all_statements(Block((statement,), statement.span)):
            for call in (inner for outermost in expressions_of(each) for inner in all_in(outermost)):
                if isinstance(call, Call) and self._answers_by(call):
                    return True
                key = graph.target(call.name) if isinstance(call, RouteCall) else None
                if key is not None and any(self._block_answers(each) for each in (key, *graph.reached_from(key))):
                    return True
        return False

    def _block_answers(self, key: RouteKey) -> bool:
        if key not in self._answering:
            calls = (call for each in expressions_in(self._unit.graph.routes[key].body) for call in calls_in(each))
            self._answering[key] = any(isinstance(each, Call) and self._answers_by(each) for each in calls)
        return self._answering[key]

    def _answers_by(self, call: Call) -> bool:
        function = self._unit.catalogue.functions.get(call.name)
        return function is not None and function.deed is not Deed.NOTHING


def _ignore(_statement: Statement | None, _states: States) -> None:
    """The end of a script that nothing is expected of."""


def _when_method(written: str, state: int) -> Outcomes:
    """What is so when the method is `written`, ACK, CANCEL or either, and when it is not."""
    known = state & (_Fact.ACK | _Fact.CANCEL)
    asked = sum(_SILENT_METHODS[each] for each in set(written.split("|")))
    here = frozenset((state,))
    if known:
        return (here, _NONE) if known & asked else (_NONE, here)
    is_one = asked if written in _SILENT_METHODS else 0
    return frozenset((state | _Fact.SILENT | is_one,)), here


def _both(state: int) -> Outcomes:
    states = frozenset((state,))
    return states, states


def _is_provisional(call: Call) -> bool:
    """A reply with a constant code below 200."""
    code = _constant(call.arguments[0]) if call.arguments else None
    return code is not None and len(call.arguments) == 2 and code.isdecimal() and 100 <= int(code) < 200


def _constant(expression: Expression) -> str | None:
    match expression:
        case Text(value=value) | Word(value=value):
            return value
        case Number(value=number):
            return str(number)
        case _:
            return None
