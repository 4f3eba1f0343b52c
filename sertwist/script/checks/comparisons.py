"""Comparisons that do not say what they look like (language 12: 33, 41, 42)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Proof
from sertwist.script.dialect import Dialect
from sertwist.script.expressions import all_of_type
from sertwist.script.message_ways import METHOD_SELECTS
from sertwist.script.nodes import Assign, Binary, Call, Number, SelectName, Text, Unary, VariableName
from sertwist.script.select_path import FoundSelect, find_select

if TYPE_CHECKING:
    from sertwist.script.nodes import Expression
    from sertwist.script.unit import Unit

__all__ = ["check_comparisons"]

_BITS: Final = frozenset({"&", "|", "^", "<<", ">>"})
_COMPARISONS: Final = frozenset({"==", "!=", "=~", "<", ">", "<=", ">=", "eq", "ne", "ieq", "ine"})
_EQUALITIES: Final = frozenset({"==", "!="})
_OLD: Final = frozenset({Dialect.SER2, Dialect.SER09, Dialect.SER08})
_METHOD_TESTS: Final = frozenset({"==", "!=", "eq", "ne"})
_TYPED: Final = frozenset({"avp", "var", "vn", "shv"})  # variables that hold what the script puts there


def check_comparisons(unit: Unit) -> None:
    """Report bits mixed with comparisons, texts for numbers, and what is stricter here than it was."""
    numbers = _only_numbers(unit)
    for each in all_of_type(unit.script, Binary):
        if each.operator in _BITS:
            _check_bits(unit, each)
        elif each.operator in _EQUALITIES:
            _check_text(unit, each, numbers)
        if each.operator in _METHOD_TESTS:
            _check_method(unit, each)
        if each.operator in ("!=", "ne"):
            _check_stricter(unit, each)


def _check_bits(unit: Unit, expression: Binary) -> None:
    for operand in expression.operands:
        if isinstance(operand, Binary) and operand.operator in _COMPARISONS and not operand.grouped:
            others = [each for each in expression.operands if each is not operand]
            if any(_is_comparison(each) for each in others):
                return  # joined conditions, which is said by the compiler
            message = f"{expression.operator!r} binds looser than {operand.operator!r}: this joins the comparison"
            unit.diagnostics.warning("bit-precedence", expression.span, message, "add parentheses")
            return


def _is_comparison(expression: Expression) -> bool:
    match expression:
        case Binary(operator=operator):
            return operator in _COMPARISONS or operator in ("&&", "||") or operator in _BITS
        case Unary(operator="!") | Call():
            return True
        case _:
            return False


def _only_numbers(unit: Unit) -> set[str]:
    """Variables to which the script assigns numbers alone, as written."""
    numbers: set[str] = set()
    others: set[str] = set()
    for each in all_of_type(unit.script, Assign):
        if each.target.name in _TYPED:
            (numbers if isinstance(each.value, Number) else others).add(each.target.text)
    for call in all_of_type(unit.script, Call):
        others.update(str(arg.value) for arg in call.arguments if isinstance(arg, Text))
        others.update(arg.text for arg in call.arguments if isinstance(arg, VariableName))
    return numbers - others


def _check_text(unit: Unit, comparison: Binary, numbers: set[str]) -> None:
    left, right = comparison.operands
    if isinstance(left, VariableName) and isinstance(right, Text) and left.text in numbers:
        message = f"{left.text} holds numbers, and is compared with the text {right.value!r}"
        fix = f"write {right.value}" if right.value.lstrip("-").isdecimal() else "compare it with a number"
        unit.diagnostics.warning("text-for-number", right.span, message, fix)


def _check_method(unit: Unit, comparison: Binary) -> None:
    """A management method that there is not, or not by this name: what is refused by it is let through."""
    methods = unit.catalogue.rpc_methods
    for name, value in (comparison.operands, comparison.operands[::-1]):
        if not methods or not (
            isinstance(name, SelectName) and name.path in METHOD_SELECTS and isinstance(value, Text)
        ):
            continue
        written = value.value
        canonical = methods.get(written)
        if canonical is None:
            fix = unit.advise(written, set(methods))
            families = {each.partition(".")[0] for each in methods}
            if fix or written.partition(".")[0] in families:
                message = f"no loaded module has the method {written!r}: the comparison is never true"
                unit.diagnostics.warning("unknown-rpc-method", value.span, message, fix)
        elif canonical != written:
            message = f"{written!r} is another name of {canonical!r}, which is what is compared: never true"
            unit.diagnostics.warning("rpc-alias", value.span, message, f'write "{canonical}"')


def _check_stricter(unit: Unit, comparison: Binary) -> None:
    """In SER 2 a name that is not there made an `if` go on behind its block: it let such a peer through."""
    if unit.dialect not in _OLD:
        return
    for side in comparison.operands:
        found = find_select(side, unit.catalogue) if isinstance(side, SelectName) else None
        if isinstance(found, FoundSelect) and found.select.proof is Proof.IDENTITY:
            message = "also true of a peer without a certificate; SER 2 went on behind the block then"
            unit.diagnostics.hint("stricter-than-ser2", comparison.span, message, cause="once")
            return
