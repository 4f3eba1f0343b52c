"""Comparisons and names that a module declares to be pointless: values that never come, peers that nobody verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Function, Proof
from sertwist.script.expressions import all_expressions, all_of_type
from sertwist.script.nodes import (
    Binary,
    Call,
    Expression,
    Named,
    Number,
    SelectName,
    Text,
    VariableName,
)
from sertwist.script.select_path import FoundSelect, find_select

if TYPE_CHECKING:
    from sertwist.script.declare import Select, Variable
    from sertwist.script.unit import Unit

__all__ = ["check_doubts"]

_EQUALITIES: Final = frozenset({"==", "!=", "eq", "ne", "ieq", "ine"})


def check_doubts(unit: Unit) -> None:
    """Report what is said about the selects, variables and functions that the script uses (reference tls 1.4, 13)."""
    why, fix = unit.catalogue.never_verified
    if why:
        for each in all_expressions(unit.script):
            _check_proof(unit, each, why, fix)
    for comparison in all_of_type(unit.script, Binary):
        if comparison.operator in _EQUALITIES:
            _check_equality(unit, comparison)


def _declared(unit: Unit, expression: Expression) -> Select | Variable | Function | None:
    match expression:
        case SelectName():
            found = find_select(expression, unit.catalogue)
            return found.select if isinstance(found, FoundSelect) else None
        case VariableName(name=name):
            return unit.catalogue.variables.get(name)
        case Call(name=name):
            return unit.catalogue.functions.get(name)
        case _:
            return None


def _check_proof(unit: Unit, expression: Expression, why: str, fix: str) -> None:
    """A test of who the peer is where nobody is ever asked to say it."""
    declared = _declared(unit, expression)
    if declared is None or declared.proof < Proof.VERIFIED:
        return
    shown = unit.script.source.text[slice(*expression.span)]
    message = f"{shown} can never tell who a peer is: {why}"
    unit.diagnostics.error("never-verified", expression.span, message, fix, cause=why)


def _check_equality(unit: Unit, comparison: Binary) -> None:
    left, right = comparison.operands
    name, value = (left, right) if isinstance(left, SelectName | VariableName) else (right, left)
    if not isinstance(name, SelectName | VariableName) or not isinstance(value, Number | Text):
        return
    declared = _declared(unit, name)
    if declared is None or isinstance(declared, Function):
        return
    _check_value(unit, name, declared, value)
    if declared.several and not name.indexes:
        shown = unit.script.source.text[slice(*name.span)]
        message = f"{shown} is the first of what may be several"
        unit.diagnostics.hint("first-of-several", name.span, message, declared.several, cause=shown.lower())


def _check_value(unit: Unit, name: Named, declared: Select | Variable, value: Number | Text) -> None:
    written = str(value.value)
    if not declared.values or not written or written in declared.values:
        return
    shown = unit.script.source.text[slice(*name.span)]
    values = ", ".join(declared.values)
    why = f" ({declared.values_help})" if declared.values_help else ""
    unit.diagnostics.warning("never-equal", value.span, f"{shown} never is {written!r}: it is one of {values}{why}")
