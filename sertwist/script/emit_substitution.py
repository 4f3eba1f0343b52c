"""Compile `/pattern/replacement/flags` arguments: all but the variables in the replacement is made at load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.format import split_text
from sertwist.script.substitution import Slot, Substitution, make_substitution, split_substitution

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from sertwist.script.nodes import Named, Text
    from sertwist.script.unit import Unit

__all__ = ["emit_substitution"]


def emit_substitution(unit: Unit, written: Text, text_of: Callable[[Named], ast.expr] | None) -> ast.expr:
    """A `Substitution`: the one made now, or for each message a copy of it with the values of its variables.

    Args:
        unit: that is compiled.
        written: the argument.
        text_of: code for the text of a variable; None where texts have no variables.

    Raises:
        PatternError: its pattern can't be used.
        ValueError: it is malformed.
    """
    pattern, replacement, flags = split_substitution(written.value)
    pieces: list[str | Slot] = [replacement]
    values: list[ast.expr] = []
    if text_of is not None and "$" in replacement:
        pieces = []
        for piece in split_text(replacement, written.span, unit.catalogue.variables):
            if isinstance(piece, str):
                pieces.append(piece)
            else:
                pieces.append(Slot(len(values)))
                values.append(text_of(piece))
    made = unit.bound("substitution", make_substitution(pattern, pieces, flags), written.span)
    return unit.call("filled", Substitution.filled, [made, *values], written.span) if values else made
