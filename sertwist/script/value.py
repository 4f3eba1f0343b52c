"""What an operand of an expression is once its name is known, before it is compared, tested or passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.record import record

if TYPE_CHECKING:
    import ast
    from ipaddress import IPv4Network, IPv6Network

    from sertwist.script.declare import Kind, Operand, Select, Variable
    from sertwist.script.source import Span

__all__ = ["BareWord", "Constant", "Dynamic", "IpAddress", "IpNetwork", "Myself", "Null", "Unknown", "Value"]


@record
class Constant:
    """A text or a number known when the script is loaded."""

    value: str | int
    span: Span


@record
class IpAddress:
    """A literal address in canonical form."""

    value: str
    span: Span


@record
class IpNetwork:
    """A literal network."""

    value: IPv4Network | IPv6Network
    span: Span


@record
class Myself:
    """The word `myself`."""

    span: Span


@record
class Null:
    """`$null`: what is undefined equals it."""

    span: Span


@record
class BareWord:
    """A word that is no operand: text beside some operands (`proto == TLS`), an error elsewhere."""

    value: str
    span: Span


@record
class Dynamic:
    """A value found for each message.

    Attributes:
        kind: what `code` gives; BOOLEAN gives True, False or None, the others text or numbers or None.
        code: the Python expression for it.
        span: where it was written.
        name: how a diagnostic calls it.
        compared: the expression that comparisons see instead of `code` (`Select.compare`).
        is_mixed: it may be text or a number whatever `kind` says it is compared as.
        declared: the operand, select or variable it is, None for results of operators and calls.
        parts: of a text, the values in it.
    """

    kind: Kind
    code: ast.expr
    span: Span
    name: str
    compared: ast.expr | None = None
    declared: Operand | Select | Variable | None = None
    is_mixed: bool = False
    parts: tuple[Dynamic, ...] = ()

    @property
    def for_comparison(self) -> ast.expr:
        """The expression that a comparison uses."""
        return self.code if self.compared is None else self.compared


@record
class Unknown:
    """Something that was reported: whatever is done with it, nothing more is said."""

    span: Span


Value = Constant | IpAddress | IpNetwork | Myself | Null | BareWord | Dynamic | Unknown
