"""`Analysis`: one version of a script's text as an editor sees it; no IO but what `open_file` does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from sertwist.script.source import Source, Span
from sertwist.server.described import describe
from sertwist.server.examination import examine

if TYPE_CHECKING:
    from sertwist.modules.declare import Module
    from sertwist.modules.loader import Loaded
    from sertwist.script.diagnostic import Diagnostic
    from sertwist.script.nodes import Script

__all__ = ["Analysis", "Suggestion", "analyse"]

#: A name as it may stand in a script: word, select, variable, with dots, dashes and colons inside.
_NAME: Final = re.compile(r"[@$%]?[A-Za-z_][\w.:]*(?:-\w+)*|\d+", re.ASCII)
_ROUTE_ARGUMENT: Final = re.compile(r"(?:\broute\s*\(|\bt_on_\w+\s*\(\s*\"|\broute\s*\(\s*\")([\w-]*)$", re.ASCII)
_MODULE_ARGUMENT: Final = re.compile(r"\bloadmodule\s*\(?\s*\"[^\"]*$", re.ASCII)
_PARAMETER_ARGUMENT: Final = re.compile(r"\bmodparam\s*\(\s*\"([^\"]+)\"\s*,\s*\"[\w-]*$", re.ASCII)
_WRITTEN: Final = re.compile(r"[@$]?[\w.]*$", re.ASCII)
_STATEMENTS: Final = ("if", "else", "while", "switch", "case", "default", "break", "return", "exit", "drop", "route")
_TOP: Final = ("loadmodule", "modparam", "listen", "route", "onreply_route", "failure_route", "event_route", "flags")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that could be written.

    Attributes:
        label: the whole name.
        kind: `function`, `select`, `variable`, `setting`, `module`, `route` or `word`.
        insert: what is to be written in place of what stands before the cursor.
        help: what it is.
    """

    label: str
    kind: str
    insert: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Analysis:
    """A script and all that was found in it.

    Attributes:
        text: of the main file, which offsets count along.
        source: that with all files that it includes.
        script: its tree.
        loaded: the modules that it loads.
        diagnostics: by position.
    """

    text: str
    source: Source
    script: Script
    loaded: Loaded
    diagnostics: tuple[Diagnostic, ...]

    def name_at(self, offset: int) -> tuple[str, Span] | None:
        """The name that `offset` is in or right behind, and where it is."""
        begin = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        for match in _NAME.finditer(self.text, begin, len(self.text) if end < 0 else end):
            if match.start() <= offset <= match.end():
                return match.group(), Span(match.start(), match.end())
        return None

    def hover(self, offset: int) -> tuple[str, Span] | None:
        """What the name at `offset` means, as text, and where the name is; None when nothing is known of it."""
        found = self.name_at(offset)
        if found is None:
            return None
        name, span = found
        route = self._route(name)
        if route is not None and self._names_route(span):
            place = self.source.place(route)
            return f"{name}: a route block, {place.file} line {place.line}", span
        entries = describe(name, self.loaded.modules)
        if not entries:
            absent = [kind() for module, kind in _installed().items() if self.loaded.named(module) is None]
            entries = [f"{text}\n\nThe module is not loaded." for text in describe(name, absent)]
        return ("\n\n".join(entries), span) if entries else None

    def definition(self, offset: int) -> Span | None:
        """Where the route block is whose name is at `offset`; a span of the whole source."""
        found = self.name_at(offset)
        return None if found is None or not self._names_route(found[1]) else self._route(found[0])

    def routes(self) -> list[tuple[str, Span, Span]]:
        """Every route block of the main file: what it is called, where it is, where its name is."""
        return [
            (each.word if each.name is None else f"{each.word}[{each.name}]", each.span, each.name_span)
            for each in self.script.routes
            if self.source.in_main(each.span) == each.span
        ]

    def suggestions(self, offset: int) -> list[Suggestion]:
        """What could be written at `offset`, by what stands before it on its line."""
        before = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        if match := _PARAMETER_ARGUMENT.search(before):
            module = self.loaded.named(match[1])
            parameters = module.parameters if module else ()
            return [Suggestion(each.name, "setting", each.name, each.help or each.ignored) for each in parameters]
        if _MODULE_ARGUMENT.search(before):
            return [Suggestion(name, "module", name, kind.help) for name, kind in sorted(_installed().items())]
        if _ROUTE_ARGUMENT.search(before):
            names = [each.name for each in self.script.routes if each.name is not None]
            return [Suggestion(name, "route", name) for name in names]
        begin, end = self.written_before(offset)
        return self._names(self.text[begin:end], inside=self._is_inside(offset))

    def written_before(self, offset: int) -> Span:
        """What stands before `offset` of the name that is being written there."""
        match = _WRITTEN.search(self.text, self.text.rfind("\n", 0, offset) + 1, offset)
        return Span(match.start() if match else offset, offset)

    def _names(self, written: str, *, inside: bool) -> list[Suggestion]:
        catalogue = self.loaded.catalogue
        if written.startswith("@"):
            found = [Suggestion(each.name, "select", each.name, each.help) for each in catalogue.selects.values()]
        elif written.startswith("$"):
            found = [Suggestion(each.name, "variable", each.name, each.help) for each in catalogue.variables.values()]
        elif inside:
            found = [Suggestion(each.name, "function", each.name, each.help) for each in catalogue.functions.values()]
            found += [Suggestion(each.name, "word", each.name, each.help) for each in catalogue.operands.values()]
            found += [Suggestion(word, "word", word) for word in _STATEMENTS]
        else:
            settings = self.loaded.modules[0].parameters
            found = [Suggestion(each.name, "setting", each.name, each.help or each.ignored) for each in settings]
            found += [Suggestion(word, "word", word) for word in _TOP]
        return [each for each in found if each.label.lower().startswith(written.lower())]

    def _is_inside(self, offset: int) -> bool:
        """Whether `offset` is in a route block."""
        at = self.source.offset(offset)
        return any(each.body.span.start < at <= each.body.span.end for each in self.script.routes)

    def _route(self, name: str) -> Span | None:
        return next((each.name_span for each in self.script.routes if each.name == name), None)

    def _names_route(self, span: Span) -> bool:
        begin = self.text.rfind("\n", 0, span.start) + 1
        before = self.text[begin : span.start]
        return _ROUTE_ARGUMENT.search(before) is not None or re.search(r"\w+_?route\s*\[\s*\"?$", before) is not None


def analyse(name: str, text: str) -> Analysis:
    """All that can be told of `text`, the script `name`; files that it includes are read from where that lies."""
    source = Source.from_text(name, text)
    examined = examine(source, with_tls=False)
    return Analysis(text, source, examined.script, examined.loaded, examined.diagnostics)


@cache
def _installed() -> dict[str, type[Module]]:
    return {point.name: point.load() for point in entry_points(group="sertwist.modules")}
