"""What a module declares to the script language: functions, selects, operand words, parameters.

One declaration serves the checker, the compiler, the documentation and completion; a module is a class whose members
carry these (`sertwist.modules`), and the script ring sees only the `Catalogue` collected from the modules that a script
loads.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sertwist.record import record
from sertwist.script.route_kind import RouteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sertwist.script.source import Span

__all__ = [
    "ANY_NAME",
    "Argument",
    "Catalogue",
    "Deed",
    "Event",
    "Function",
    "Index",
    "Kind",
    "MissingFileError",
    "Operand",
    "Parameter",
    "Proof",
    "RouteKind",
    "Select",
    "Step",
    "Tail",
    "Variable",
]

ANY_NAME: Final = "*"
"""A part of a select's path that stands for any name: `.NAME`, and `["NAME"]` behind the part before it."""


class MissingFileError(ValueError):
    """Raised by an argument's `prepare` for a file that is not there, where the function can do without.

    Attributes:
        value: what the function receives.
    """

    def __init__(self, text: str, value: object) -> None:
        super().__init__(text)
        self.value = value


class Kind(enum.Enum):
    """What a value is when the checker and the compiler look at it (reference language 6.3, 7.1)."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    PROTOCOL = "protocol"  # UDP, TCP, TLS ...: compared with the words, either case
    ADDRESS = "address"  # an IP address: compared with addresses, networks, `myself`
    ROUTE = "route"  # of a parameter: the name of a route block that is entered from outside of the script
    ANY = "any"  # text or a number, which of them is known only when it is read (`$avp(x)`, `$var(x)`)
    URI = "uri"  # a SIP URI's text: compared with text or `myself`
    FORMAT = (
        "format"  # of an argument: text with variables in it; arrives as `(ctx) -> str`, so that it is made if needed
    )
    VARIABLE = "variable"  # of an argument: a variable to write to; arrives as a `Reference`
    ATTRIBUTE_FLAG = "attribute flag"  # as FLAG, of those that `avpflags` declares
    SUBSTITUTION = (
        "substitution"  # of an argument: `/pattern/replacement/flags`, with variables in the replacement only; arrives
        # as a `Substitution`
    )
    FLAG = "flag"  # of an argument: a number from 0 to 31 or a name that the script declared; arrives as the number
    __hash__ = object.__hash__  # each is there once; enum's own takes as long as the look-up that it is for


class Proof(enum.IntEnum):
    """What a value or the truth of a function says about who the peer is; the checker follows it along all paths."""

    NOTHING = 0
    ASKED = 1  # it looks at the peer, and is true of unverified ones too
    VERIFIED = 2  # true of verified peers only
    IDENTITY = 3  # undefined unless the peer is verified


@record(kw_only=True)
class Argument:
    """One parameter of a script function.

    Attributes:
        name: in the documentation and in what is said about a wrong one.
        kind: TEXT receives `str` (an undefined value arrives as ""), NUMBER `int` (a numeric string is taken, and a
            constant is checked against `minimum` and `maximum` when the script is loaded), ROUTE the name of a route
            block, which must exist; the others are told at `Kind`.
        optional: it may be left out, with all behind it.
        words: all the texts that mean something, lower case; a constant is checked against them, and arrives in lower
            case.
        expands: variables in a constant text are replaced by their values (`"sip:$rU@host"`); not in patterns.
        prepare: turns the text into what the function receives: a compiled pattern, a list of methods. Called once for
            a constant, when the script is loaded; `ValueError` says in words what is wrong with it. For other values
            it is called for each message (keep it cheap, or cached), where `ValueError` makes the call give -1.
            Of kind VARIABLE it is given a text that names no variable.
        route: of kind ROUTE, which kind of block is named; None for `route[x]`, which the function itself runs.
        unquoted: scripts write it without quotes too (`forward(gw.example.com)`), which is no mistake.
        may_miss: of kind ROUTE, there need be no such block.
        constant: no variable can stand here, alone or in a text: a pattern never comes from a message.
        dynamic: takes the place of `prepare` for what is known only for each message.
        formats: `%` formats of SER in the text are replaced as well.
        begins: is given what stands in front of the first variable of a text when the script is loaded; `ValueError`
            says what is wrong with it already.
        literal: a pattern, in which what variables give stands for itself: it is escaped before `prepare`.
        suffixed: of kind VARIABLE, a text may follow it behind a slash, `"$avp(x)/g"`: `Reference.suffix`.
        parted: parts between slashes, where a slash that a variable gives divides nothing: it comes as NUL. All that
            variables give is escaped as in a pattern; `dynamic` undoes that where it is none.
        one_line: only a constant text can end a line: CR, LF and NUL in what variables give are left out, before
            `prepare`.
        lines: header lines, with the same rule; the checker warns of variables in them, and of a text without CRLF at
            its end (language 12: 55, 56).
    """

    name: str
    kind: Kind = Kind.TEXT
    optional: bool = False
    minimum: int | None = None
    maximum: int | None = None
    words: tuple[str, ...] = ()
    expands: bool = True
    prepare: Callable[[str], object] | None = None
    route: RouteKind | None = None
    unquoted: bool = False
    may_miss: bool = False
    constant: bool = False
    dynamic: Callable[[str], object] | None = None
    formats: bool = False
    begins: Callable[[str], object] | None = None
    literal: bool = False
    suffixed: bool = False
    parted: bool = False
    one_line: bool = False
    lines: bool = False
    help: str = ""


class Deed(enum.Enum):
    """What a function does with the message, for the checker: is it answered, and not twice (language 12: 57-59)."""

    NOTHING = "nothing"
    ANSWERS = "answers"  # it has been replied to
    SENDS = "sends"  # it has been sent on
    KEEPS = "keeps"  # something else will answer it: a transaction, a suspended script


@record(kw_only=True)
class Function:
    """A function that scripts call: `call(ctx, *arguments)` returns > 0 true, < 0 false, 0 ends the script.

    Attributes:
        arguments: when their number alone says which is which.
        forms: other ways to call it, by number of arguments: `xlog("text")`, `xlog("L_INFO", "text")`; `call` receives
            what is written.
        waits: `call` is a coroutine function: routes that reach it become coroutines.
        bare: the call may be written without parentheses (reference language 5.1).
        guarded: the checker warns of every path to it on which nothing has proved who the peer is.
        deed: what becomes of the message when it returns > 0.
        refused: why it can't be called here, and what to write instead; empty: it can.
        is_later: it is refused only until a later version has it.
    """

    name: str
    call: Callable[..., Any]
    module: str = ""
    arguments: tuple[Argument, ...] = ()
    forms: tuple[tuple[Argument, ...], ...] = ()
    routes: RouteKind = RouteKind.REQUEST
    waits: bool = False
    bare: bool = False
    proof: Proof = Proof.NOTHING
    guarded: bool = False
    deed: Deed = Deed.NOTHING
    refused: str = ""
    is_later: bool = False
    help: str = ""


@record(kw_only=True)
class Index:
    """A place for `[n]` or `["x"]`: what stands there is received by `get` behind what it receives anyway.

    Attributes:
        after: path parts before it (`@via[1].branch`: 1); behind a variable 1.
        kind: NUMBER takes a number, TEXT a quoted text.
        default: received when none is written; None: one must be.
        takes_all: `[*]` may stand there, received as the text `*`.
    """

    after: int = 1
    kind: Kind = Kind.NUMBER
    default: int | str | None = None
    takes_all: bool = False


@record(kw_only=True)
class Readable:
    """What a script reads for each message: `get(ctx, ...)` returns `str`, `int` or `bool` by `kind`, None undefined.

    Attributes:
        get: the value.
        kind: of the value.
        compare: what `==`, `!=` and `=~` see instead, None for the value itself: identity uses it so that a name that
            is not unique can be printed but never equals anything (reference tls 1.4).
        indexes: what may or must stand in brackets.
        proof: what it says about who the peer is.
        values: every text that it can have; empty when there is no end of them.
        values_help: why there are no others.
        several: what looks at all values where this one is the first of several.
        module: that declares it.
        help: for the documentation.
    """

    get: Callable[..., object]
    kind: Kind = Kind.TEXT
    compare: Callable[..., object] | None = None
    indexes: tuple[Index, ...] = ()
    proof: Proof = Proof.NOTHING
    values: tuple[str, ...] = ()
    values_help: str = ""
    several: str = ""
    module: str = ""
    help: str = ""


@record(kw_only=True)
class Step:
    """What one more part takes of a select's value: `.host` of a URI (language 7.2).

    Attributes:
        get: `get(value)`; of an open step (`ANY_NAME` in its tail) `get(value, name)`. Undefined is None, in and out.
        kind: of what it gives.
        tail: what can follow it.
        help: for the documentation.
    """

    get: Callable[..., Any]
    kind: Kind = Kind.TEXT
    tail: Mapping[str, Step] = field(default_factory=dict, compare=False)
    help: str = ""


Tail: TypeAlias = "Mapping[str, Step]"
"""What can follow a value of one shape, a URI say: part, lower case, to `Step`."""


@record(kw_only=True)
class Select(Readable):
    """A select `@a.b.c`, `@a[1].b`: `get(ctx, *names, *indexes)`.

    Attributes:
        path: parts in lower case, matched in any case; `ANY_NAME` stands for any name, which `get` receives as written
            (`@msg.header.NAME`: `("msg", "header", "*")`). `Index.after` counts it as a part.
        prepare: turns these names, once when the script is loaded, into the one thing that `get` receives in their
            place; `ValueError` says what is wrong with them.
        tail: what can follow it, by the shape of its value (`sertwist.modules.reading.tails`).
    """

    path: tuple[str, ...]
    prepare: Callable[..., object] | None = None
    tail: Mapping[str, Step] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The select as written, `@tls.peer.verified`."""
        return "@" + ".".join(self.path)


@record(kw_only=True)
class Variable(Readable):
    """A variable that scripts read, `$name`: `get(ctx, *indexes)`, with an argument `get(ctx, argument, *indexes)`.

    Attributes:
        variable: its name without the dollar sign, matched exactly.
        words: what can stand in parentheses, `$name(word)`: one of them must, in any case.
        argument: turns the text that must stand in parentheses into what `get` and `put` receive (`$avp(s:x)`,
            `$sht(table=>key)`), once when the script is loaded unless it names variables itself; `ValueError` says what
            is wrong with it.
        begins: as of `Argument`, of a text in parentheses that names variables itself. It may return what takes the
            place of `argument` and is given only what stands behind that beginning.
        literal: as of `Argument`, of variables in such a text.
        argument_optional: `$name` alone may be written too, and `argument` is given "".
        put: writes it: `put(ctx, [argument], *indexes, value)`, the value None for `$null`; None: it is read-only.
        proof_of: word to `proof`, of those that say something else.
    """

    variable: str
    words: tuple[str, ...] = ()
    argument: Callable[[str], object] | None = None
    begins: Callable[[str], object] | None = None
    literal: bool = False
    argument_optional: bool = False
    put: Callable[..., None] | None = None
    proof_of: Mapping[str, Proof] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The variable as written, `$tls_version`."""
        return "$" + self.variable


@record(kw_only=True)
class Operand:
    """An operand word (`method`, `src_ip`, `proto`): the attribute of the route context that holds its value.

    `routes` are the kinds of route in which it has one.
    """

    name: str
    attribute: str
    kind: Kind
    routes: RouteKind = RouteKind.ANY
    module: str = "core"
    help: str = ""


@record(kw_only=True)
class Parameter:
    """A module parameter (`modparam`) or, in module core, a global setting (`name = value`).

    `kind` NUMBER and BOOLEAN take numbers, numeric strings and yes/no words; TEXT takes strings. `ignored` says why the
    setting has no effect here: it is accepted with a hint that says so, unless it is given the default, which is what
    happens here anyway, or is `quiet`: scripts set it and nobody means anything by it. `refused` says why it can't be
    had: setting it is an error. `accumulates` keeps every value given, in order. `was_seconds` says that older servers
    took seconds for what is milliseconds here: numbers below 1000 are taken as theirs, with a warning. `most` is the
    number that all above it mean the same as: they get a warning. `live` says that it can be changed while the server
    runs (`cfg.set`): its module reads it anew each time, or is told (`changed`).
    """

    name: str
    kind: Kind = Kind.TEXT
    default: object = None
    aliases: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    unit: str = ""
    ignored: str = ""
    quiet: bool = False
    refused: str = ""
    accumulates: bool = False
    was_seconds: bool = False
    most: int | None = None
    live: bool = False
    help: str = ""


@record(kw_only=True)
class Event:
    """An event that a module raises: `event_route[name]` runs then; `takes_name` for `name:anything`.

    `at_start`: the server raises it by itself, once, when all modules are started.
    """

    name: str
    module: str = ""
    takes_name: bool = False
    at_start: bool = False
    help: str = ""


@dataclass(slots=True)
class Catalogue:
    """Everything a script may name, collected from the modules it loads.

    `elsewhere` holds the functions, selects and variables of modules that exist but are not loaded, as name to module,
    so that the checker can say `add loadmodule "sl"`; it may be made only when it is looked into. `entries` are the
    route blocks that a module enters from outside of the script, each with the span of the setting that names it.
    `never_verified` says why no peer can ever be verified with these settings, and what to write; empty when some can.
    `stubs` are modules of which nothing is known: what nobody has may be theirs.
    `rpc_methods` holds every name of every management method, each with the name that `@xmlrpc.method` has.
    """

    functions: dict[str, Function] = field(default_factory=dict)
    selects: dict[tuple[str, ...], Select] = field(default_factory=dict)
    operands: dict[str, Operand] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    entries: dict[str, Span] = field(default_factory=dict)
    never_verified: tuple[str, str] = ("", "")
    stubs: tuple[str, ...] = ()
    rpc_methods: Mapping[str, str] = field(default_factory=dict)
    _selects_by_first: dict[str, list[Select]] | None = None

    def add(
        self,
        functions: Iterable[Function] = (),
        selects: Iterable[Select] = (),
        operands: Iterable[Operand] = (),
        variables: Iterable[Variable] = (),
        events: Iterable[Event] = (),
    ) -> None:
        """Take declarations in; a name that is already there keeps its first meaning if both are made of one.

        Modules may share members: siputils and uri both have `is_user`.

        Raises:
            ValueError: two modules declare one name differently.
        """
        self._merge(self.functions, {f.name: f for f in functions})
        self._merge(self.selects, {s.path: s for s in selects})
        self._selects_by_first = None
        self._merge(self.operands, {o.name: o for o in operands})
        self._merge(self.variables, {v.variable: v for v in variables})
        self._merge(self.events, {e.name: e for e in events})

    def selects_called(self, first: str) -> list[Select]:
        """Selects whose path begins with `first`, lower case."""
        if self._selects_by_first is None:
            self._selects_by_first = {}
            for select in self.selects.values():
                self._selects_by_first.setdefault(select.path[0], []).append(select)
        return self._selects_by_first.get(first, [])

    @staticmethod
    def _merge(into: dict[Any, Any], new: Mapping[Any, Any]) -> None:
        for name, declared in new.items():
            if _maker(into.setdefault(name, declared)) is not _maker(declared):
                raise ValueError(f"{name!r} is declared by modules {into[name].module!r} and {declared.module!r}")


def _maker(declared: Any) -> object:
    """What two declarations of one thing have in common: the function behind the method that they are bound to."""
    bound = getattr(declared, "call", None) or getattr(declared, "get", None)
    return getattr(bound, "__func__", declared)
