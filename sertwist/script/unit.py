"""`Unit`: what one compilation shares: generated names, what a script may name, what was found wrong."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import MAX_WHILE_LOOPS
from sertwist.script import runtime, tracing
from sertwist.script.dialect import Dialect
from sertwist.script.flags import number_flags
from sertwist.script.pattern import PatternError, read_pattern
from sertwist.script.purpose import Purpose
from sertwist.script.python_tree import PythonTree
from sertwist.script.quick_search import finder
from sertwist.script.route_graph import RouteGraph
from sertwist.script.route_kind import MAIN, RouteKind
from sertwist.script.suggest import did_you_mean
from sertwist.script.unwritten import Unwritten
from sertwist.script.used_names import asks_for_return_code, assigned_names

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from sertwist.script.declare import Catalogue
    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import Script
    from sertwist.script.route_kind import RouteKey
    from sertwist.script.source import Span
    from sertwist.script.value import BareWord

__all__ = ["ROUTES", "Unit"]

_NOT_IN_NAMES: Final = re.compile(r"\W", re.ASCII)
#: The generated table of routes by name, where a name is computed.
ROUTES: Final = "routes"
_RESERVED: Final = ("ctx", "depth", ROUTES, *runtime.__all__)


class Unit:
    """One script on its way to Python.

    Attributes:
        near_variables: what was probably meant by each variable that there is not.
        suggested: what was said to be meant by names of routes that there are not.
        dialect: where the families of servers differ, this one decides.
        traces: the code takes down what it does, in `ctx.trace`.
        is_shown: the code has a text in front of each statement that tells its line.
        is_checked: there is no code: it is only looked at what is wrong.
        names: globals of the generated module: functions, selects' getters, patterns, networks, the runtime.
        patterns: the text of each pattern that it looks for, by the name of what does.
        prologue: what is done once when the script is loaded, before its functions.
        assigned: names of variables that the script writes, of attributes without their class.
        flags: numbers of the message flags that it names.
        attribute_flags: the same of `avpflags`.
        route: the block that is being compiled.
        route_names: block to the name of its function, which `names` holds a place for.
        max_while_loops: rounds after which a `while` is left.
        keeps_return_code: the script asks for the value of the last call.
        protocols: what the script listens on, upper case; None when it leaves that open.
    """

    def __init__(
        self,
        script: Script,
        catalogue: Catalogue,
        diagnostics: Diagnostics,
        dialect: Dialect = Dialect.KAMAILIO,
        purpose: Purpose = Purpose.RUN,
    ) -> None:
        self.script = script
        self.catalogue = catalogue
        self.diagnostics = diagnostics
        self.near_variables: dict[str, str] = {}
        self.suggested: set[str] = set()
        self.dialect = dialect
        self.traces = purpose is Purpose.TRACE
        self.is_shown = purpose is Purpose.SHOW
        self.is_checked = purpose is Purpose.CHECK
        self.python = Unwritten(script.source) if self.is_checked else PythonTree(script.source)
        self.graph = RouteGraph(script, catalogue)
        self.names: dict[str, object] = {name: getattr(runtime, name) for name in _RESERVED if hasattr(runtime, name)}
        self._bound: dict[tuple[str, int], str] = {}  # by the identity of what `names` keeps alive
        self._counts: dict[str, int] = {}
        self.patterns: dict[str, str] = {}
        self.prologue: list[ast.stmt] = []
        self.assigned = frozenset(name.rpartition(".")[2] for name in assigned_names(script))
        self.flags = number_flags(script)
        self.attribute_flags = number_flags(script, of_attributes=True)
        loops = [each.value for each in script.globals if each.name == "max_while_loops"]
        self.max_while_loops = int(loops[-1]) if loops and isinstance(loops[-1], int) else MAX_WHILE_LOOPS
        self.keeps_return_code = asks_for_return_code(script)
        self.route = MAIN
        self.route_names = {key: self.bind(_function_name(key), object()) for key in self.graph.routes}
        listened = {each.protocol for each in script.listens}
        plain = {"UDP", "TCP"} if None in listened else set()
        self.protocols = _spoken({each.upper() for each in listened if each} | plain) if listened else None

    def bind(self, wanted: str, value: object) -> str:
        """The name under which generated code finds `value`: `wanted`, or that with a number when taken."""
        if self.is_checked:
            return wanted  # nobody looks for it
        stem = _NOT_IN_NAMES.sub("_", wanted)
        if keyword.iskeyword(stem) or stem in _RESERVED:
            stem += "_"
        name = self._bound.get((stem, id(value)))
        if name is None:
            name = self._bound[stem, id(value)] = self._free_name(stem)
            self.names[name] = value
        return name

    def _free_name(self, stem: str) -> str:
        """`stem`, or that with the next number that is free."""
        name, count = stem, self._counts.get(stem, 1)
        while name in self.names:
            count += 1
            name = f"{stem}_{count}"
        self._counts[stem] = count
        return name

    def hoisted(self, wanted: str, code: ast.expr, span: Span) -> ast.expr:
        """A reference to what `code` gives, found once when the script is loaded."""
        name = self.bind(wanted, object())
        self.prologue.append(self.python.assign(name, code, span))
        return self.python.name(name, span)

    def place(self, span: Span) -> tuple[str, int, int, str]:
        """File, line, column and the text of the line where `span` begins."""
        source = self.script.source
        line, column = source.position(span.start)
        return source.file_of(span), line, column, source.line_at(span.start).strip()

    def place_text(self, span: Span) -> str:
        """Where `span` begins, for a log line: `ser.cfg:12`."""
        file, line, _, _ = self.place(span)
        return f"{file}:{line}"

    def seen(self, name: str, code: ast.expr, span: Span) -> ast.expr:
        """`code`, its value taken down under `name` when the script is traced."""
        if not self.traces:
            return code
        note = self.python.name("note", span)
        return self.call("saw", tracing.saw, [note, self.python.constant(name, span), code], span)

    def written(self, span: Span) -> str:
        """What stands at `span`, without quotes around it."""
        return self.script.source.text[slice(*span)].strip("\"'")

    def run(self, name: str, arguments: Sequence[ast.expr], span: Span) -> ast.expr:
        """A call of the runtime function `name`."""
        return self.python.call(self.python.name(name, span), arguments, span)

    def found(self, written: str, value: ast.expr, written_at: Span, span: Span, *, any_case: bool = True) -> ast.expr:
        """Whether the pattern that is written at `written_at` is found in `value`; false for one that is reported."""
        try:
            pattern = read_pattern(written, any_case=any_case, only_found=True)
        except PatternError as error:
            self.diagnostics.error("slow-pattern" if error.is_slow else "bad-pattern", written_at, str(error))
            return self.false(span)
        if pattern.is_twin_alone:
            message = "a pattern that repeats a repetition takes exponential time elsewhere; here it does not"
            self.diagnostics.warning("slow-pattern", written_at, message, "write it without the inner repetition")
        name = "pattern"
        if not self.is_checked:
            compiled = pattern.compiled()
            name = self.bind("pattern", finder(compiled))
            self.patterns[name] = compiled.pattern
        return self.python.call(self.python.name(name, span), [value], span)

    def bound(self, wanted: str, value: object, span: Span) -> ast.expr:
        """A reference to `value` in generated code."""
        return self.python.name(self.bind(wanted, value), span)

    def call(self, wanted: str, function: Any, arguments: Sequence[ast.expr], span: Span) -> ast.expr:
        """A call of `function`, bound under `wanted`."""
        return self.python.call(self.bound(wanted, function, span), arguments, span)

    def false(self, span: Span) -> ast.expr:
        """What stands for a condition that was reported."""
        return self.python.constant(value=False, span=span)

    def advise(self, word: str, known: Sequence[str] | set[str] | frozenset[str]) -> str:
        """`did you mean ...?`, or nothing once so much is wrong that nobody will read it."""
        return "" if self.diagnostics.is_full else did_you_mean(word, known)

    def report_constant_condition(self, span: Span) -> None:
        """Say that a condition never changes; with a definition in it, it does where that is changed."""
        if not self.script.source.definition_in(span):
            self.diagnostics.warning("constant-condition", span, "the condition is always the same")

    def report_not_loaded(self, module: str, name: str, span: Span) -> None:
        """Say that `name` belongs to a module that is not loaded, once for each such module."""
        if not self.script.has_all_items:
            return  # it may be loaded by what could not be read
        message = f"{name!r} belongs to module {module!r}, which is not loaded"
        self.diagnostics.error("module-not-loaded", span, message, f'add loadmodule "{module}"', cause=module)

    def report_unknown(self, code: str, span: Span, message: str, fix: str, cause: str) -> None:
        """Say that nothing has a name; only a warning where a module of which nothing is known may have it."""
        if self.catalogue.stubs:
            message += f": it may be of module {' or '.join(map(repr, self.catalogue.stubs))}, and does nothing here"
            self.diagnostics.warning(code, span, message, fix, cause=cause)
        else:
            self.diagnostics.error(code, span, message, fix, cause=cause)

    def report_word(self, word: BareWord) -> None:
        """Say that a bare word means nothing where it stands."""
        known = {*self.catalogue.operands, "myself"}
        if word.value in self.catalogue.variables:
            known = {f"${word.value}"}
        fix = self.advise(word.value, known) or "text is written in quotes"
        self.diagnostics.error("unknown-word", word.span, f"unknown word {word.value!r}", fix, cause=word.value)


def _spoken(listened: set[str]) -> set[str]:
    """Protocols that messages may come by: WebSockets come in over listeners of TCP and TLS (RFC 7118)."""
    return listened | {over for base, over in (("TCP", "WS"), ("TLS", "WSS")) if base in listened}


def _function_name(key: RouteKey) -> str:
    kind = "" if key.kind is RouteKind.REQUEST else f"{str(key.kind.name).lower()}_"
    return f"{kind}route_{key.name}" if key.name else f"{kind}route"
