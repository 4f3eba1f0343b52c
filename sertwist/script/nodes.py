"""The tree of a script: what was written and where, before anything is known about names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sertwist.record import record
from sertwist.script.route_kind import RouteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sertwist.script.source import Source, Span

__all__ = [
    "Address",
    "Assign",
    "Binary",
    "Block",
    "Break",
    "Call",
    "Case",
    "End",
    "Expression",
    "FlagName",
    "FlagNames",
    "Global",
    "GroupSetting",
    "If",
    "Item",
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
    "Switch",
    "Text",
    "Transformation",
    "Unary",
    "VariableName",
    "While",
    "Word",
    "height_of",
    "parts_of",
]


@record
class Number:
    """A number; words such as `yes` that stand for numbers are a `Word`."""

    value: int
    span: Span


@record
class Text:
    """A string's value, escapes resolved and neighbours joined."""

    value: str
    span: Span


@record
class Word:
    """A bare word: an operand, a constant such as `TLS` or `yes`, or text, by where it stands."""

    value: str
    span: Span


@record
class Address:
    """An IP address in canonical form, without brackets."""

    value: str
    span: Span


@record
class Network:
    """`address/bits` or `address/mask`, as written without blanks."""

    value: str
    span: Span


@record
class SelectName:
    """`@a.b[1].c`; path parts as written, matched in any case.

    `indexes` holds what stands in brackets, each with the number of path parts before it: a number, the text of
    `["x"]`, `*` for `[*]`, or None for what is none of these.
    """

    path: tuple[str, ...]
    span: Span
    indexes: tuple[tuple[int, int | str | None], ...] = ()


@record
class Transformation:
    """`{name,argument,...}` behind a variable in `$( )`: `s.substr` with `1` and `0`; arguments raw, blanks kept.

    `re.subst` has the one argument that stands behind its comma.
    """

    name: str
    arguments: tuple[str, ...]


@record
class VariableName:
    """`$name`, `$f.name`, `$name(argument)`, `$name[1]` or `$(name(argument)[1]{s.len})`.

    Attributes:
        name: without the dollar sign: `ru`, `f.uid` (an attribute with its class), `?`.
        text: all of it as written.
        argument: what stands in parentheses, raw; it may name variables itself (`$sht(a=>$ci)`).
        indexes: as of `SelectName`: empty or one; its value is `*` for `[*]`, and `` for `[]`.
        transformations: applied from left to right.
    """

    name: str
    text: str
    span: Span
    argument: str | None = None
    indexes: tuple[tuple[int, int | str | None], ...] = ()
    transformations: tuple[Transformation, ...] = ()


@record
class Missing:
    """Stands for an operand that was reported already: nothing more is said about it."""

    span: Span


@record
class Unary:
    """`!`, `-`, `~`, `defined`, `strlen`, `strempty`, `(int)` or `(str)`; `grouped` as in `Binary`."""

    operator: str
    operand: Expression
    span: Span
    grouped: bool = False


@record
class Binary:
    """Operands joined by one operator; `&&` and `||` hold a whole chain, the others exactly two.

    `grouped` says that it was written in parentheses.
    """

    operator: str
    operands: tuple[Expression, ...]
    span: Span
    grouped: bool = False


@record
class Call:
    """A script function with its arguments; `bare` when written without parentheses."""

    name: str
    arguments: tuple[Expression, ...]
    name_span: Span
    span: Span
    bare: bool = False


@record
class RouteCall:
    """`route(NAME)`; numbers and strings name the same routes as words.

    `computed` is the expression of `route($var(x))` and `route("A_" + $rU)`; then `name` is empty. `arguments` are what
    the block reads as `$param(1)` and so on.
    """

    name: str
    name_span: Span
    span: Span
    computed: Expression | None = None
    arguments: tuple[Expression, ...] = ()


@record
class Assign:
    """`target = value`, a statement; in parentheses an operand, which the checker refuses.

    `operator` is `=`; `+=` and its like come as `=` with the sum as `value`.
    """

    target: VariableName
    value: Expression
    span: Span
    operator: str = "="


Literal = Number | Text | Word
Named = SelectName | VariableName
Expression = Number | Text | Word | Address | Network | Named | Missing | Unary | Binary | Call | RouteCall | Assign


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside `expression`."""
    parts = _PARTS.get(type(expression))
    return () if parts is None else parts(expression)


#: By type, which is several times as fast as a `match`; what is not here has no parts.
_PARTS: dict[type, Callable[[Any], tuple[Expression, ...]]] = {
    Unary: lambda each: (each.operand,),
    Binary: lambda each: each.operands,
    Call: lambda each: each.arguments,
    RouteCall: lambda each: each.arguments if each.computed is None else (each.computed, *each.arguments),
    Assign: lambda each: (each.target, each.value),
}


def height_of(expression: Expression) -> int:
    """Levels of expressions inside each other, found without recursion."""
    height, level = 0, [expression]
    while level:
        height += 1
        level = [part for each in level for part in parts_of(each)]
    return height


@record
class If:
    """`if`, its `else if` arms in order, and the last `else`."""

    arms: tuple[tuple[Expression, Block], ...]
    otherwise: Block | None
    span: Span


@record
class Return:
    """`return`, with a value or without."""

    value: Expression | None
    span: Span


@record
class End:
    """`exit` or `drop`, with a value or without."""

    word: str
    value: Expression | None
    span: Span


@record
class Break:
    """`break`: outside of a loop it leaves the route block."""

    span: Span


@record
class Block:
    """Statements in braces, or the one that stands without them."""

    statements: tuple[Statement, ...]
    span: Span


@record
class While:
    """`while`."""

    condition: Expression
    body: Block
    span: Span


@record
class Case:
    """One `case` of a `switch`: falls through into the next unless it leaves.

    Attributes:
        label: what the subject is compared with; None for `default`.
        is_pattern: the label is the text of a pattern (`case /"^1":`).
    """

    label: Expression | None
    is_pattern: bool
    body: Block
    span: Span


@record
class Switch:
    """`switch`."""

    subject: Expression
    cases: tuple[Case, ...]
    span: Span


Statement = Call | RouteCall | Assign | If | While | Switch | Return | End | Break | Block


@record
class LoadModule:
    """`loadmodule "path"`; `options` is the second text in parentheses, empty when there is none.

    `written` is the name of a `loadmodulex` as it stands there, with its variables; empty when it has none.
    """

    name: str
    span: Span
    name_span: Span
    options: str = ""
    written: str = ""

    @property
    def stem(self) -> str:
        """The module meant: the last path part without `.so`; directories say nothing (language 3)."""
        return self.name.rstrip("/").rpartition("/")[2].removesuffix(".so")


@record
class ModParam:
    """`modparam("module", "parameter", value)`; `module` is an expression over module names.

    `expands` says that it is `modparamx`; `written` is then its value as it stands there, with its variables.
    """

    module: str
    parameter: str
    value: int | str
    span: Span
    module_span: Span
    parameter_span: Span
    value_span: Span
    expands: bool = False
    written: int | str = ""


@record
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


@record
class Listen:
    """One address of `listen = ...`; `protocol` in lower case, None when not written, like `port`.

    Attributes:
        advertise: protocol, host and port to be told to others, each None when not written; None without `advertise`.
        name: of the socket, empty without one.
        virtual: the address may move to another machine.
    """

    protocol: str | None
    host: str
    port: int | None
    span: Span
    advertise: tuple[str | None, str, int | None] | None = None
    name: str = ""
    virtual: bool = False


@record
class FlagName:
    """One name of `flags` or `avpflags`, with the number that it is given, if any."""

    name: str
    number: int | None
    span: Span


@record
class FlagNames:
    """`flags a:1, b;`; `of_attributes` for `avpflags`."""

    flags: tuple[FlagName, ...]
    of_attributes: bool
    span: Span


@record
class GroupSetting:
    """`group.name = value`, `group[3].name = value desc "text"`: a variable of the script's own (language 2.4)."""

    group: str
    instance: int | None
    name: str
    value: int | str
    description: str
    span: Span
    name_span: Span
    value_span: Span


@record
class Route:
    """A route block.

    Attributes:
        name: None when none is written (`route`, `request_route`, `onreply_route`); of an event route all of it, event
            and what follows: `tm:branch-failure:x`.
        kind: exactly one; `onreply_route` with a name is ONREPLY, without one or `[0]` it is CORE_ONREPLY.
        seconds: between two runs of a `timer_route`, else 0.
        word: that it was opened with.
    """

    name: str | None
    body: Block
    span: Span
    name_span: Span
    kind: RouteKind = RouteKind.REQUEST
    seconds: int = 0
    word: str = "route"


Item = Listen | Global | LoadModule | ModParam | FlagNames | GroupSetting | Route
_Kind = TypeVar("_Kind", Listen, Global, LoadModule, ModParam, FlagNames, GroupSetting, Route)


@dataclass(frozen=True)
class Script:
    """A whole script.

    Attributes:
        source: its text.
        items: in the order in which they take effect.
        definitions: names that are defined at its end, with what they stand for.
        defined_at: where each name that stands for a text was given it, those that are forgotten again too.
        markers: the words of `#!SER`, `#!KAMAILIO` and the like, with their places.
        conditions: what lines such as `#!ifdef` ask for, with whether it held.
        environment: variables of the process that `$env(NAME)` reads.
        has_all_items: no module, setting or route was left out because it could not be read.
        is_whole: nor was any statement.
        walked: what `all_expressions` has found, which several checks ask for.
        by_type: the same by type of node.
    """

    source: Source
    items: tuple[Item, ...]
    definitions: Mapping[str, str] = field(default_factory=dict)
    markers: tuple[tuple[str, Span], ...] = ()
    defined_at: Mapping[str, Span] = field(default_factory=dict)
    has_all_items: bool = True
    is_whole: bool = True
    conditions: Mapping[str, bool] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    walked: list[Expression] = field(default_factory=list, compare=False, repr=False)
    by_type: dict[type, list[Any]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def listens(self) -> tuple[Listen, ...]:
        """Every address to listen on."""
        return self._only(Listen)

    @cached_property
    def globals(self) -> tuple[Global, ...]:
        """Global settings."""
        return self._only(Global)

    @cached_property
    def modules(self) -> tuple[LoadModule, ...]:
        """Modules to load."""
        return self._only(LoadModule)

    @cached_property
    def modparams(self) -> tuple[ModParam, ...]:
        """Module parameters."""
        return self._only(ModParam)

    @cached_property
    def flag_names(self) -> tuple[FlagNames, ...]:
        """Names of flags."""
        return self._only(FlagNames)

    @cached_property
    def group_settings(self) -> tuple[GroupSetting, ...]:
        """Variables of the script's own groups."""
        return self._only(GroupSetting)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Route blocks of all kinds."""
        return self._only(Route)

    @cached_property
    def main(self) -> Route | None:
        """The block that every request enters: the one without a name, else `route[0]` (language 4.1)."""
        requests = [each for each in self.routes if each.kind is RouteKind.REQUEST]
        return next((r for r in requests if r.name is None), None) or next((r for r in requests if r.name == "0"), None)

    def _only(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        return tuple(each for each in self.items if isinstance(each, kind))
