"""`MessageWays`: what a comparison says about how a message came, and which method it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.nodes import Address, Binary, Network, SelectName, Text, VariableName, Word

if TYPE_CHECKING:
    from sertwist.script.nodes import Expression
    from sertwist.script.proof import Known, Outcomes
    from sertwist.script.unit import Unit

__all__ = ["METHOD_SELECTS", "MessageWays"]

#: Selects of the method that a management request calls.
METHOD_SELECTS: Final = frozenset({("xmlrpc", "method"), ("rpc", "method"), ("jsonrpc", "method")})
_EQUAL: Final = frozenset({"==", "eq"})
_UNEQUAL: Final = frozenset({"!=", "ne"})
_LOOPBACK: Final = ("127.", "::1")


class MessageWays:
    """Reads comparisons of one script."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def compared(self, comparison: Binary, known: Known) -> Outcomes | None:
        """What is known when it is true, and when it is false; None when it says nothing of this kind."""
        left, right = comparison.operands
        operator = comparison.operator
        if operator not in _EQUAL and operator not in _UNEQUAL and operator != "=~":
            return None
        for name, value in ((left, right), (right, left)):
            found = self._equality(comparison, name, value, known)
            if found is not None:
                return found[::-1] if operator in _UNEQUAL else found
        return None

    def _equality(self, comparison: Binary, name: Expression, value: Expression, known: Known) -> Outcomes | None:
        if _is_method(name):
            first, last = comparison.operands
            shown = self._unit.script.source.text[slice(*first.span.to(last.span))]
            return known.method_is(""), known.method_is(shown)
        if comparison.operator == "=~":
            return None
        if _is_protocol(name) and str(getattr(value, "value", "")).upper() in ("TLS", "WSS"):
            return known.over_tls(), known
        if _is_source(name) and isinstance(value, Address | Network | Text):
            is_here = value.value.startswith(_LOOPBACK)
            return (known.local() if is_here else known.asked()), known
        return None


def _is_method(name: Expression) -> bool:
    return isinstance(name, SelectName) and tuple(part.lower() for part in name.path) in METHOD_SELECTS


def _is_protocol(name: Expression) -> bool:
    match name:
        case Word(value="proto") | VariableName(name="pr" | "proto"):
            return True
        case SelectName(path=("received", "proto")):
            return True
        case _:
            return False


def _is_source(name: Expression) -> bool:
    match name:
        case Word(value="src_ip") | VariableName(name="si"):
            return True
        case SelectName(path=("src", "ip")):
            return True
        case _:
            return False
