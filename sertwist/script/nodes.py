"""The tree of a script: what was written and where, before anything is known about names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.script.source import Source, Span

__all__ = [
    "Address",
    "Binary",
    "Block",
    "Break",
    "Call",
    "End",
    "Expression",
    "Global",
    "If",
    "Listen",
    "Literal",
    "LoadModule",
    "Missing",
    "ModParam",
    "Named",
    "Network",
    "Number",
    "Return",
    "Route",
    "RouteCall",
    "Script",
    "SelectName",
    "Statement",
    "Text",
    "Unary",
    "VariableName",
    "Word",
    "height_of",
    "parts_of",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A number; words such as `yes` that stand for numbers are a `Word`."""

    value: int
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A string's value, escapes resolved and neighbours joined."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: an operand, a constant such as `TLS` or `yes`, or text, by where it stands."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address in canonical form, without brackets."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Network:
    """`address/bits` or `address/mask`, as written without blanks."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class SelectName:
    """`@a.b[1].c`; path parts are lower case.

    `indexes` holds what stands in brackets, each with the number of path parts before it: a number, the text of
    `["x"]`, or None for what is neither (`[*]`).
    """

    path: tuple[str, ...]
    span: Span
    indexes: tuple[tuple[int, int | str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class VariableName:
    """`$name`, `$name(argument)`, `$name[1]` or `$(name(argument)[1])`; `text` is all of it as written.

    `indexes` is as of `SelectName`: empty or one.
    """

    name: str
    text: str
    span: Span
    argument: str | None = None
    indexes: tuple[tuple[int, int | str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands for an operand that was reported already: nothing more is said about it."""

    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`!`, `-`, `~`, `defined`, `strlen`, `strempty`, `(int)` or `(str)`; `grouped` as in `Binary`."""

    operator: str
    operand: Expression
    span: Span
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class Binary:
    """Operands joined by one operator; `&&` and `||` hold a whole chain, the others exactly two.

    `grouped` says that it was written in parentheses.
    """

    operator: str
    operands: tuple[Expression, ...]
    span: Span
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A script function with its arguments; `bare` when written without parentheses."""

    name: str
    arguments: tuple[Expression, ...]
    name_span: Span
    span: Span
    bare: bool = False


@dataclass(frozen=True, slots=True)
class RouteCall:
    """`route(NAME)`; numbers and strings name the same routes as words."""

    name: str
    name_span: Span
    span: Span


Literal = Number | Text | Word
Named = SelectName | VariableName
Expression = Number | Text | Word | Address | Network | Named | Missing | Unary | Binary | Call | RouteCall


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside `expression`."""
    match expression:
        case Unary(operand=operand):
            return (operand,)
        case Binary(operands=operands):
            return operands
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()


def height_of(expression: Expression) -> int:
    """Levels of expressions inside each other, found without recursion."""
    height, level = 0, [expression]
    while level:
        height += 1
        level = [part for each in level for part in parts_of(each)]
    return height


@dataclass(frozen=True, slots=True)
class If:
    """`if`, its `else if` arms in order, and the last `else`."""

    arms: tuple[tuple[Expression, Block], ...]
    otherwise: Block | None
    span: Span


@dataclass(frozen=True, slots=True)
class Return:
    """`return`, with a value or without."""

    value: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class End:
    """`exit` or `drop`, with a value or without."""

    word: str
    value: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Break:
    """`break`: outside of a loop it leaves the route block."""

    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """Statements in braces, or the one that stands without them."""

    statements: tuple[Statement, ...]
    span: Span


Statement = Call | RouteCall | If | Return | End | Break | Block


@dataclass(frozen=True, slots=True)
class LoadModule:
    """`loadmodule "path"`."""

    name: str
    span: Span
    name_span: Span

    @property
    def stem(self) -> str:
        """The module meant: the last path part without `.so`; directories say nothing (language 3)."""
        return self.name.rstrip("/").rpartition("/")[2].removesuffix(".so")


@dataclass(frozen=True, slots=True)
class ModParam:
    """`modparam("module", "parameter", value)`; `module` is an expression over module names."""

    module: str
    parameter: str
    value: int | str
    span: Span
    module_span: Span
    parameter_span: Span
    value_span: Span


@dataclass(frozen=True, slots=True)
class Global:
    """`name = value`: a number, a string, or a word (`yes`) as text.

    `is_word` tells a word from a string.
    """

    name: str
    value: int | str
    span: Span
    name_span: Span
    value_span: Span
    is_word: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """One address of `listen = ...`; `protocol` in lower case, None when not written, like `port`."""

    protocol: str | None
    host: str
    port: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Route:
    """A route block; the name is None when none is written (`route`, `request_route`)."""

    name: str | None
    body: Block
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script, each kind of item in the order written. `main` is None when the script has none."""

    source: Source
    listens: tuple[Listen, ...]
    globals: tuple[Global, ...]
    modules: tuple[LoadModule, ...]
    modparams: tuple[ModParam, ...]
    routes: tuple[Route, ...]

    @property
    def main(self) -> Route | None:
        """The block that every request enters: the one without a name, else `route[0]` (language 4.1)."""
        return next((r for r in self.routes if r.name is None), None) or next(
            (r for r in self.routes if r.name == "0"), None
        )
