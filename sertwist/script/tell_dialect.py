"""Tell from a script for which family of servers it was written (reference language 11.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sertwist.record import record
from sertwist.script.dialect import Dialect
from sertwist.script.dialect_marks import CALLS, CLASSES, DIRECTIVES, MODULES, SETTINGS, VARIABLES, Mark
from sertwist.script.expressions import all_expressions, all_statements
from sertwist.script.nodes import Break, Call, End, SelectName, Switch, VariableName, While
from sertwist.script.route_kind import RouteKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.script.nodes import Route, Script
    from sertwist.script.source import Span

__all__ = ["Told", "is_of_opensips", "tell_dialect"]

_DIRECTIVE: Final = re.compile(r"^[ \t]*(?:#!|!!|//!)([A-Za-z]+)", re.MULTILINE)
_STRONG: Final = 10  # of one mark: it decides alone
_CERTAIN: Final = 6  # by how much the first must be ahead of the second

_Weighed = tuple[Dialect, int, str, "Span | None"]


@record
class Told:
    """What was found.

    Attributes:
        dialect: the family.
        certain: nothing of weight speaks for another.
        reason: what told, with its line; in words.
        is_opensips: it looks like a script of OpenSIPS, whose language is another one.
    """

    dialect: Dialect
    certain: bool
    reason: str
    is_opensips: bool = False


@dataclass(slots=True)
class _Scores:
    points: dict[Dialect, int] = field(default_factory=dict)
    best: dict[Dialect, tuple[int, str, Span | None]] = field(default_factory=dict)

    def take(self, dialect: Dialect, weight: int, text: str, span: Span | None) -> None:
        """Every mark counts once, so that a stray one which is repeated does not outweigh the rest."""
        self.points[dialect] = self.points.get(dialect, 0) + weight
        if dialect not in self.best or self.best[dialect][0] < weight:
            self.best[dialect] = (weight, text, span)


def tell_dialect(script: Script) -> Told:
    """The family that most in `script` speaks for."""
    directive = _decided_by_directive(script)
    if directive is not None:
        return directive
    scores = _Scores()
    seen: dict[str, int] = {}
    opensips = 0
    for mark, text, span in _marks(script):
        seen[text] = seen.get(text, 0) + 1
        if seen[text] == 1:
            opensips += mark.opensips
            for dialect, weight in mark.weights:
                scores.take(dialect, weight, text, span)
    return _judged(script, scores, is_opensips=opensips >= _STRONG)


def is_of_opensips(script: Script) -> bool:
    """Whether it loads a module, or has a setting, that only OpenSIPS has."""
    marks = [MODULES.get(module.stem) for module in script.modules]
    marks += [SETTINGS.get(setting.name) for setting in script.globals]
    return any(mark is not None and mark.opensips >= _STRONG for mark in marks)


def _decided_by_directive(script: Script) -> Told | None:
    for found in _DIRECTIVE.finditer(script.source.text):
        dialect = DIRECTIVES.get(found[1])
        if dialect is not None:
            line = script.source.position(found.start()).line
            return Told(dialect, certain=True, reason=f"{found[0].strip()} on line {line}")
    return None


def _judged(script: Script, scores: _Scores, *, is_opensips: bool) -> Told:
    ranking = sorted(scores.points.items(), key=lambda each: -each[1])
    if not ranking:
        return Told(Dialect.KAMAILIO, certain=False, reason="nothing in it tells", is_opensips=is_opensips)
    dialect, points = ranking[0]
    second = ranking[1][1] if len(ranking) > 1 else 0
    _, text, span = scores.best[dialect]
    reason = text if span is None else f"{text} on line {script.source.position(span.start).line}"
    return Told(dialect, certain=points - second >= _CERTAIN, reason=reason, is_opensips=is_opensips)


def _marks(script: Script) -> Iterator[tuple[Mark, str, Span | None]]:
    for setting in script.globals:
        if setting.name in SETTINGS:
            yield SETTINGS[setting.name], f"'{setting.name}='", setting.name_span
    for module in script.modules:
        if module.stem in MODULES:
            yield MODULES[module.stem], f'loadmodule "{module.stem}"', module.name_span
    for names in script.flag_names:
        word = "avpflags" if names.of_attributes else "flags"
        yield Mark(((Dialect.SER2, 10 if names.of_attributes else 6),)), f"'{word}'", names.span
    for route in script.routes:
        yield from _marks_of_route(route.word, route.name, route.kind, route.name_span)
        yield from _marks_of_statements(route)
    yield from _marks_of_expressions(script)


def _marks_of_statements(route: Route) -> Iterator[tuple[Mark, str, Span | None]]:
    named = route.name is not None and not route.name.isdecimal()
    for statement in all_statements(route.body):
        if isinstance(statement, Switch | While):
            word = "switch" if isinstance(statement, Switch) else "while"
            yield Mark(((Dialect.KAMAILIO, 10),)), f"'{word}'", statement.span
        elif isinstance(statement, Break):
            weights = ((Dialect.SER2, 4),) if named else ((Dialect.SER09, 2), (Dialect.SER2, 2))
            yield Mark(weights), "'break' in a named route" if named else "'break'", statement.span
        elif isinstance(statement, End) and statement.word == "exit":
            yield Mark(((Dialect.OPENSER, 2), (Dialect.KAMAILIO, 2), (Dialect.SER2, 1))), "'exit'", statement.span


def _marks_of_route(
    word: str, name: str | None, kind: RouteKind, span: Span
) -> Iterator[tuple[Mark, str, Span | None]]:
    if word == "request_route":
        yield Mark(((Dialect.KAMAILIO, 10),)), "'request_route'", span
    elif word in ("startup_route", "local_route", "error_route", "timer_route"):
        yield Mark(((Dialect.OPENSER, 6),), opensips=4), repr(word), span
    elif kind is RouteKind.EVENT:
        yield Mark(((Dialect.KAMAILIO, 8),)), "'event_route'", span
    elif word == "reply_route" and name is not None:
        yield Mark(((Dialect.SER08, 6),)), "'reply_route[...]'", span
    elif word == "route" and name is not None and not name.isdecimal():
        yield Mark(((Dialect.SER2, 2), (Dialect.KAMAILIO, 3))), "a route with a name", span


def _marks_of_expressions(script: Script) -> Iterator[tuple[Mark, str, Span | None]]:
    for each in all_expressions(script):
        if isinstance(each, SelectName):
            yield Mark(((Dialect.SER2, 6), (Dialect.KAMAILIO, 1))), "a select (@...)", each.span
        elif isinstance(each, VariableName):
            yield from _marks_of_variable(each)
        elif isinstance(each, Call) and each.name in CALLS:
            yield CALLS[each.name], f"{each.name}()", each.name_span


def _marks_of_variable(name: VariableName) -> Iterator[tuple[Mark, str, Span | None]]:
    head, dot, _ = name.name.partition(".")
    if name.transformations:
        yield Mark(((Dialect.KAMAILIO, 6), (Dialect.OPENSER, 2))), "a transformation", name.span
    if dot and head in CLASSES:
        yield Mark(((Dialect.SER2, 10),)), f"${head}. (an attribute)", name.span
    elif name.name == "avp" and (name.argument or "").startswith(("s:", "i:")):
        yield Mark(((Dialect.OPENSER, 6), (Dialect.KAMAILIO, 2))), "$avp(s:...)", name.span
    elif name.name in VARIABLES:
        yield VARIABLES[name.name], f"${name.name}", name.span
