"""Compile one comparison by what stands on its two sides (reference language 6.3, 6.4, 6.6).

Binding for security: an undefined value equals nothing but the constant "", so `!=` is true of it, and `=~` never
matches it.
"""

from __future__ import annotations

import ast
import operator as operator_of
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.script.computed_pattern import matches_computed
from sertwist.script.declare import Kind, Operand
from sertwist.script.dialect import SER
from sertwist.script.literals import parse_address, parse_network
from sertwist.script.runtime import network_bits, number, text
from sertwist.script.value import BareWord, Constant, Dynamic, IpAddress, IpNetwork, Myself, Null, Unknown, Value
from sertwist.script.words import METHODS, PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["Comparer"]

_ORDER: Final[dict[str, type[ast.cmpop]]] = {"<": ast.Lt, ">": ast.Gt, "<=": ast.LtE, ">=": ast.GtE}
_ORDERED: Final = {"<": operator_of.lt, ">": operator_of.gt, "<=": operator_of.le, ">=": operator_of.ge}
_NEGATED: Final = {"!=": "==", "ne": "eq", "ine": "ieq"}
_TRUTHS: Final = {0: False, 1: True, "0": False, "1": True, "false": False, "true": True}
#: What connections of a protocol are opened by: WebSockets come in over those of TCP and TLS (RFC 7118).
_CARRIERS: Final = {"WS": "TCP", "WSS": "TLS"}


class Comparer:
    """Compiles comparisons of one unit."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.python = unit.python
        self._by_kind: Final[dict[Kind, Callable[[Dynamic, Value, Span], ast.expr]]] = {
            Kind.TEXT: self._equal_text,
            Kind.NUMBER: self._equal_number,
            Kind.BOOLEAN: self._equal_boolean,
            Kind.PROTOCOL: self._equal_protocol,
            Kind.ADDRESS: self._equal_address,
            Kind.URI: self._equal_uri,
            Kind.ANY: self._equal_any,
        }

    def compare(self, operator: str, left: Value, right: Value, span: Span) -> ast.expr:
        """The condition `left operator right`."""
        if operator in _NEGATED:
            return self.python.negate(self.compare(_NEGATED[operator], left, right, span), span)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return self.unit.false(span)
        if not isinstance(left, Dynamic) and isinstance(right, Dynamic) and operator not in {*_ORDER, "=~"}:
            left, right = _as_written(right, left), left
        if not isinstance(left, Dynamic) and not isinstance(right, Dynamic):
            return self._constants(operator, left, right, span)
        if operator in _ORDER:
            return self._order(operator, left, right, span)
        if not isinstance(left, Dynamic):  # only `=~` is not turned round
            return self._cannot(left, right, span, "the pattern of '=~' stands on its right side")
        return self._match(left, right, span) if operator == "=~" else self._equal(operator, left, right, span)

    def _constants(self, operator: str, left: Value, right: Value, span: Span) -> ast.expr:
        for each in (left, right):
            if isinstance(each, BareWord):
                self.unit.report_word(each)
                return self.unit.false(span)
        if isinstance(left, Constant) and isinstance(right, Constant) and operator != "=~":
            self.unit.report_constant_condition(span)
            return self.python.constant(value=_holds(operator, left.value, right.value), span=span)
        return self._cannot(left, right, span, f"both sides of {operator!r} are constant")

    def _cannot(self, left: Value, right: Value, span: Span, message: str, fix: str = "") -> ast.expr:
        """Report a comparison that makes no sense."""
        for each in (left, right):
            if isinstance(each, BareWord):
                self.unit.report_word(each)
                return self.unit.false(span)
        self.unit.diagnostics.error("bad-comparison", span, message, fix)
        return self.unit.false(span)

    def _order(self, operator: str, left: Value, right: Value, span: Span) -> ast.expr:
        """`<` and its like: always by number; undefined is 0."""
        sides = [self._as_number(each) for each in (left, right)]
        if sides[0] is None or sides[1] is None:
            return self._cannot(left, right, span, f"{operator!r} compares numbers")
        return self.python.compare(sides[0], _ORDER[operator](), sides[1], span)

    def _as_number(self, value: Value) -> ast.expr | None:
        match value:
            case Constant(value=constant) if isinstance(constant, int) or _is_numeric(constant):
                return self.python.constant(number(constant), value.span)
            case Dynamic():
                return self.unit.run("number", [value.for_comparison], value.span)
            case _:
                return None

    def _match(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        """`=~`: any case, anywhere in the text; the pattern is compiled when the script is loaded."""
        if left.kind is Kind.BOOLEAN:
            return self._cannot(left, right, span, "'=~' can't be used here: a condition has no text to look at")
        if isinstance(right, Dynamic) and _is_kept(right):
            wanted = self.unit.run("text", [right.code], right.span)
            arguments = [self.python.name("ctx", span), wanted, left.for_comparison]
            return self.unit.call("matches_computed", matches_computed, arguments, span)
        if not isinstance(right, Constant):
            message = "'=~' can't be used here: the pattern must be a string, or a variable that the script sets"
            return self._cannot(left, right, span, message)
        return self.unit.found(text(right.value), left.for_comparison, right.span, span)

    def _equal(self, operator: str, left: Dynamic, right: Value, span: Span) -> ast.expr:
        if isinstance(right, Null):
            return self.python.compare(left.for_comparison, ast.Is(), self.python.constant(None, span), span)
        if operator == "ieq":
            return self._equal_number(left, right, span)
        if left.kind in (Kind.NUMBER, Kind.ANY) and operator == "eq":
            return self._equal_text(left, right, span)
        return self._by_kind[left.kind](left, right, span)

    def _equals_constant(self, left: Dynamic, value: str | int, span: Span) -> ast.expr:
        return self.python.compare(left.for_comparison, ast.Eq(), self.python.constant(value, span), span)

    def _equal_text(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        match right:
            case Constant(value=""):
                return self.unit.run("is_unset", [left.for_comparison], span)
            case Constant(value=value):
                wanted = text(value)
            case BareWord(value=value) if isinstance(left.declared, Operand):
                wanted = value
            case Dynamic():
                return self.unit.run("same_text", [left.for_comparison, right.for_comparison], span)
            case _:
                fix = "src_ip and its like are compared with networks" if isinstance(right, IpNetwork) else ""
                return self._cannot(left, right, span, f"{left.name} is text: it can't be compared with this", fix)
        self._check_method(left, wanted, right.span)
        if _is_method(left) and self.unit.dialect in SER:
            folded = self.python.constant(wanted, right.span)
            return self.unit.run("same_uri", [left.for_comparison, folded], span)
        if left.kind is not Kind.TEXT or left.is_mixed:
            return self.unit.run("same_text", [left.for_comparison, self.python.constant(wanted, right.span)], span)
        return self._equals_constant(left, wanted, span)

    def _check_method(self, left: Dynamic, wanted: str, span: Span) -> None:
        """A method that no request has makes the comparison false for ever (diagnostics 23, 24)."""
        known = wanted.upper() if self.unit.dialect in SER else wanted
        if not _is_method(left) or known in METHODS:
            return
        if "|" in wanted:
            fix = f'write =~ "^({wanted})$"'
            self.unit.diagnostics.warning("method-list", span, "'==' compares the whole text, never a list", fix)
            return
        fix = self.unit.advise(wanted, METHODS)
        report = self.unit.diagnostics.error if fix else self.unit.diagnostics.warning
        report("unknown-method", span, f"no known request has the method {wanted!r}", fix)

    def _equal_number(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        match right:
            case Constant(value=""):
                return self.python.negate(left.for_comparison, span)  # undefined, empty, or 0: the left side decides
            case Constant(value=value) if isinstance(value, int) or _is_numeric(value):
                if left.kind is Kind.NUMBER and not left.is_mixed:
                    return self._equals_constant(left, number(value), span)
                wanted = self.python.constant(number(value), right.span)
                return self.unit.run("same_number", [left.for_comparison, wanted], span)
            case Dynamic():
                return self.unit.run("same_number", [left.for_comparison, right.for_comparison], span)
            case _:
                return self._cannot(left, right, span, f"{left.name} is a number here: it never equals this")

    def _equal_any(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        """The left side decides when it is read whether numbers or texts are compared (6.3)."""
        match right:
            case Constant(value=""):
                return self.python.negate(left.for_comparison, span)  # undefined, empty, or 0: the left side decides
            case Constant(value=value):
                wanted = self.python.constant(value, right.span)
            case IpAddress(value=address):
                wanted = self.python.constant(address, right.span)
            case Dynamic():
                wanted = right.for_comparison
            case _:
                return self._cannot(left, right, span, f"{left.name} can't be compared with this")
        return self.unit.run("same_value", [left.for_comparison, wanted], span)

    def _equal_boolean(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        """A boolean equals 1 or 0, as a number or text, and the texts true and false; never anything else (31)."""
        if isinstance(right, Constant):
            truth = _TRUTHS.get(right.value)
            if truth is None:
                fix = f"write {left.name} alone, or !{left.name}"
                message = f"{left.name} is true or false, 1 or 0: it never equals {text(right.value)!r}"
                self.unit.diagnostics.error("boolean-as-text", right.span, message, fix)
                return self.unit.false(span)
            wanted = self.python.constant(truth, right.span)
            return self.python.compare(left.for_comparison, ast.Is(), wanted, span)
        if isinstance(right, Dynamic):
            return self.unit.run("same_number", [left.for_comparison, right.for_comparison], span)
        return self._cannot(left, right, span, f"{left.name} is true or false: it can't be compared with this")

    def _equal_protocol(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        """`proto == TLS`: the word in either case, in quotes or without."""
        if isinstance(right, Dynamic):
            return self._equal_text(replace(left, kind=Kind.TEXT), right, span)
        word = str(right.value).upper() if isinstance(right, BareWord | Constant) else ""
        if word not in PROTOCOLS:
            fix = self.unit.advise(word, PROTOCOLS) or "one of " + ", ".join(sorted(PROTOCOLS))
            shown = right.value if isinstance(right, BareWord | Constant) else "this"
            self.unit.diagnostics.error("unknown-protocol", right.span, f"{shown!r} is no transport protocol", fix)
            return self.unit.false(span)
        listened = self.unit.protocols
        if listened is not None and word not in listened:
            carrier = _CARRIERS.get(word, word)
            message = f"never true: the script listens on no {carrier} address"
            if carrier != word:
                message += f", by which {word} comes"
            fix = f"add a 'listen = {carrier.lower()}:...' line"
            self.unit.diagnostics.warning("never-listened", span, message, fix, cause=word)
        return self._equals_constant(left, word, span)

    def _equal_address(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        match right:
            case Myself():
                return self._is_myself(left, span)
            case IpAddress(value=value):
                return self._equals_constant(left, value, span)
            case IpNetwork(value=network):
                found = self.python.constant(network_bits(network), right.span)
                return self.unit.run("in_network", [left.for_comparison, found], span)
            case Dynamic():
                return self._equal_text(replace(left, kind=Kind.TEXT), right, span)
            case Constant(value=str(value)):
                return self._equal_address_text(left, value, right.span, span)
            case _:
                return self._cannot(left, right, span, f"{left.name} is an address: it never equals this")

    def _equal_address_text(self, left: Dynamic, value: str, right_span: Span, span: Span) -> ast.expr:
        """An address or network in quotes; a host name is refused: looking it up would make peers wait (54)."""
        if (address := parse_address(value)) is not None:
            return self._equals_constant(left, str(address), span)
        if "/" in value and (network := parse_network(value)) is not None:
            return self._equal_address(left, IpNetwork(network, right_span), span)
        message = f"{left.name} is compared with addresses and networks; {value!r} is neither"
        self.unit.diagnostics.error("not-an-address", right_span, message)
        return self.unit.false(span)

    def _equal_uri(self, left: Dynamic, right: Value, span: Span) -> ast.expr:
        """URIs are compared as text in any case, as `uri == ...` always was; not by RFC 3261 19.1.4."""
        match right:
            case Myself():
                return self._is_myself(left, span)
            case Constant(value=""):
                return self.unit.run("is_unset", [left.for_comparison], span)
            case Constant(value=value):
                wanted = self.python.constant(text(value), right.span)
            case Dynamic():
                wanted = right.for_comparison
            case _:
                return self._cannot(left, right, span, f"{left.name} is a URI: it can't be compared with this")
        return self.unit.run("same_uri", [left.for_comparison, wanted], span)

    def _is_myself(self, left: Dynamic, span: Span) -> ast.expr:
        value = self.unit.run("text", [left.for_comparison], left.span)
        return self.python.call(self.python.attribute("is_myself", span), [value], span)


def _is_kept(value: Dynamic) -> bool:
    """Whether it is a variable that scripts set: what a peer sent is never a pattern by itself."""
    return value.kind is Kind.ANY and (value.declared is None or getattr(value.declared, "put", None) is not None)


def _is_method(value: Dynamic) -> bool:
    return isinstance(value.declared, Operand) and value.declared.attribute == "method"


def _holds(operator: str, left: str | int, right: str | int) -> bool:
    """Whether two constants compare so; the left one decides how (6.3)."""
    if operator in _ORDER:
        return bool(_ORDERED[operator](number(left), number(right)))
    if operator == "ieq" or (operator == "==" and isinstance(left, int)):
        return number(left) == number(right)
    return text(left) == text(right)


def _as_written(value: Dynamic, left: Value) -> Dynamic:
    """`value`, to be compared with a constant that stands left of it and so decides how."""
    if value.kind is not Kind.ANY or not isinstance(left, Constant):
        return value
    return replace(value, kind=Kind.NUMBER if isinstance(left.value, int) else Kind.TEXT, is_mixed=True)


def _is_numeric(value: str) -> bool:
    """Whether text converts to a number without losing anything."""
    return value.isascii() and value.removeprefix("-").isdigit() and len(value) <= 19
