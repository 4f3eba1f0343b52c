"""The tables of later modules: which there are, and what each declares.

A table is text. `module` opens a module: names separated by commas are modules that declare the same, names behind `=`
are other spellings of the one before. The lines behind it, in any order:

    number fr_timer/ms<s db_mode:0..3   parameters: a number, with its unit and range if they are known (`ms<s`:
                                        milliseconds that were seconds in older servers)
    switch noisy_ctimer                 yes or no
    text db_url                         a text, or a number where scripts write one
    flag log_flag                       a message flag: its number or its name
    many timer                          may be set several times
    call RF waits sends: f(a, b#?)      functions: where they may be called, what they do, their arguments
    select tm.uas.status#               selects; `[n]` is an index, a `*` at the end is anything
    variable T_req(name) T_drop=        variables: with something in parentheses, a number (`#`), writable (`=`)
    event tm:local-request              events; `name:*` goes on with any name
    needs usrloc sl|tm                  modules that must be loaded beside it; `|` between those of which one must
    ignored TEXT                        loading it is accepted, and this says why it does nothing
    stands for sl xlog                  the modules that have here what it has there: they are loaded instead
    open                                it has more functions and parameters than are listed

A section of a module that is there lists functions which it has not yet.

Letters of routes: R request, F failure, T reply of a transaction, C any reply, O both, B branch, D branch failure,
S onsend, E event, A all. `guarded` before `call` marks what only proven peers should reach, `also` behind
the letters what is another module's in most servers.
An argument is text, or by what is behind its name: `#` a number (`#100-699` in that range), `$` a variable, `%` a text
with variables, `/` a pattern, `>F` the name of a route of that kind, `=a|b` one of these words; a last `?` makes it
optional.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pkgutil import get_data  # of importlib.resources a check would pay for temporary files
from typing import Final

from sertwist.record import record
from sertwist.script.declare import Argument, Deed, Event, Kind, Parameter, RouteKind

__all__ = ["DeclaredFunction", "Section", "section", "spellings"]

_ROUTES: Final = {
    "R": RouteKind.REQUEST,
    "F": RouteKind.FAILURE,
    "T": RouteKind.ONREPLY,
    "C": RouteKind.CORE_ONREPLY,
    "O": RouteKind.REPLY,
    "B": RouteKind.BRANCH,
    "D": RouteKind.BRANCH_FAILURE,
    "S": RouteKind.ONSEND,
    "E": RouteKind.EVENT,
    "A": RouteKind.ANY,
}
_DEEDS: Final = {each.value: each for each in Deed}
_KINDS: Final = {"number": Kind.NUMBER, "switch": Kind.BOOLEAN, "text": Kind.TEXT, "flag": Kind.FLAG, "many": Kind.TEXT}
# Of two modules that have a function the first is named to those who load neither.
_FAMILIES: Final = (
    "transactions",
    "registration",
    "nat_and_media",
    "routing",
    "management",
    "presence",
    "databases",
    "ims",
    "opensips",
    "further",
)
_MARKS: Final = {"$": Kind.VARIABLE, "%": Kind.FORMAT, ">": Kind.ROUTE, "#": Kind.NUMBER}

_UNITS: Final = {"ms": "milliseconds", "ms<s": "milliseconds", "s": "seconds"}

_OPENING: Final = re.compile(r"^module (.*?): (.*)$", re.MULTILINE)
_FUNCTION: Final = re.compile(r"(\w+)\(([^)]*)\)")
_PARAMETER: Final = re.compile(r"(\w+)(?::(-?\d+)?\.\.(-?\d+)?)?(?:/([\w<]+))?$")
_ARGUMENT: Final = re.compile(r"(\w+)(?:([#$%/>=])([^?]*))?(\?)?$")
_RANGE: Final = re.compile(r"(\d+)-(\d+)$")


@dataclass(slots=True)
class DeclaredFunction:
    """One function: all its forms, and what the table says about it."""

    name: str
    routes: RouteKind
    waits: bool
    deed: Deed
    guarded: bool
    is_also: bool
    forms: list[tuple[Argument, ...]] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """What the table says about one module.

    Attributes:
        selects: dotted paths with their marks, as in the table.
        variables: names with their marks, as in the table.
        ignored: why the module does nothing here; empty for one that is missing.
        stands_for: the modules that are loaded instead.
        is_open: it declares more than is listed.
    """

    help: str
    parameters: list[Parameter] = field(default_factory=list)
    functions: dict[str, DeclaredFunction] = field(default_factory=dict)
    selects: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    needs: tuple[str, ...] = ()
    ignored: str = ""
    stands_for: tuple[str, ...] = ()
    is_open: bool = False


@record
class _Entry:
    """Where a name stands: with which others, what it is called by itself, and the lines behind it."""

    canonical: str
    help: str
    body: str


@cache
def _entries() -> dict[str, _Entry]:
    """Every name of every module, in the order of the tables."""
    found: dict[str, _Entry] = {}
    for family in _FAMILIES:
        text = (get_data(__package__, f"{family}.txt") or b"").decode()
        openings = list(_OPENING.finditer(text))
        ends = [opening.start() for opening in openings[1:]] + [len(text)]
        for opening, end in zip(openings, ends, strict=True):
            for module in opening[1].split(","):
                names = [name.strip() for name in module.split("=")]
                entry = _Entry(names[0], opening[2], text[opening.end() : end])
                found.update(dict.fromkeys(names, entry))
    return found


def spellings() -> dict[str, str]:
    """Every name of a later module to the one that its spellings share; most used families first."""
    return {name: entry.canonical for name, entry in _entries().items()}


@cache
def section(name: str) -> Section | None:
    """What is declared by module `name`; None when the tables do not know it."""
    found = _entries().get(name)
    if found is None:
        return None
    read = Section(found.help)
    for line in found.body.splitlines():
        _read_line(line, read)
    return read


def _read_line(line: str, into: Section) -> None:
    guarded = line.startswith("guarded ")
    word, _, rest = line.removeprefix("guarded ").partition(" ")
    match word:
        case "number" | "switch" | "text" | "flag" | "many":
            into.parameters += [_parameter(each, _KINDS[word], accumulates=word == "many") for each in rest.split()]
        case "call":
            _read_functions(rest, into, guarded=guarded)
        case "select" | "variable":
            (into.selects if word == "select" else into.variables).extend(rest.split())
        case "event":
            into.events += [Event(name=e.removesuffix(":*"), takes_name=e.endswith(":*")) for e in rest.split()]
        case "needs":
            into.needs = tuple(rest.split())
        case "ignored":
            into.ignored = rest
        case "stands":
            into.stands_for = tuple(rest.removeprefix("for ").split())
        case "open":
            into.is_open = True
        case _:
            if line and not line.startswith("#"):
                raise ValueError(f"no line of a table: {line!r}")


def _parameter(written: str, kind: Kind, *, accumulates: bool) -> Parameter:
    found = _PARAMETER.match(written)
    if found is None:
        raise ValueError(f"no parameter: {written!r}")
    name, low, high, unit = found.groups()
    return Parameter(
        name=name,
        kind=Kind.TEXT if kind is Kind.FLAG else kind,
        minimum=None if low is None else int(low),
        maximum=None if high is None else int(high),
        unit=_UNITS.get(unit, ""),
        accumulates=accumulates,
        was_seconds=unit == "ms<s",
    )


def _read_functions(rest: str, into: Section, *, guarded: bool) -> None:
    head, _, calls = rest.partition(": ")
    letters, *words = head.split()
    routes = RouteKind(0)
    for letter in letters:
        routes |= _ROUTES[letter]
    deed = next((_DEEDS[word] for word in words if word in _DEEDS), Deed.NOTHING)
    for name, arguments in _FUNCTION.findall(calls):
        new = DeclaredFunction(name, routes, "waits" in words, deed, guarded, "also" in words)
        declared = into.functions.setdefault(name, new)
        declared.forms.append(tuple(_argument(each.strip()) for each in arguments.split(",") if each.strip()))


def _argument(written: str) -> Argument:
    found = _ARGUMENT.match(written)
    if found is None:
        raise ValueError(f"no argument: {written!r}")
    name, mark, more, optional = found.groups()
    between = _RANGE.match(more or "") if mark == "#" else None
    return Argument(
        name=name,
        kind=_MARKS.get(mark, Kind.TEXT),
        optional=optional is not None,
        minimum=int(between[1]) if between else None,
        maximum=int(between[2]) if between else None,
        words=tuple(more.split("|")) if mark == "=" else (),
        expands=mark != "/",
        route=_ROUTES[more] if mark == ">" else None,
    )
