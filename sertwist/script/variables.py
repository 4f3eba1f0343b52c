"""Variables as operands and as targets: which one a name means, how it is read and written (reference language 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.limits import MAX_NESTING
from sertwist.record import record
from sertwist.script import attributes
from sertwist.script.attributes import AttributeName, attribute_name
from sertwist.script.declare import Kind, Variable
from sertwist.script.dialect import SER, Dialect
from sertwist.script.parse_name import read_select
from sertwist.script.reference import Reference
from sertwist.script.route_kind import RouteKey, RouteKind
from sertwist.script.runtime import number
from sertwist.script.transform import Transformer
from sertwist.script.value import Constant, Dynamic, Null, Unknown, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from sertwist.script.names import NameResolver
    from sertwist.script.nodes import VariableName
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["RETURN_CODES", "VariableResolver"]

#: The value of the last function or route (reference language 5.8).
RETURN_CODES: Final = frozenset({"?", "rc", "retcode"})
_NULL: Final = "null"
_DEFINED: Final[dict[str, Callable[[str], str | int]]] = {
    "def": str,
    "defn": number,
    "defs": lambda text: text.strip('"'),
    "defv": lambda text: text.strip('"'),
}


@record
class _Place:
    """Where a variable is: what `get` and `put` receive behind the context.

    `unprepared` is the code of the text in parentheses when it is known only for each message: `prepare` takes it.
    """

    stem: str
    get: Callable[..., object]
    put: Callable[..., None] | None
    kind: Kind
    arguments: tuple[ast.expr, ...]
    declared: Variable | None = None
    compare: Callable[..., object] | None = None
    unprepared: ast.expr | None = None
    prepare: object = None


@record
class _Given:
    """What stands in parentheses; with `prepare` a text that is still to be prepared by it, for each message."""

    codes: list[ast.expr]
    prepare: object = None


def _called(route: RouteKey) -> str:
    """The name of a block; of one without a name its kind, as Kamailio calls it."""
    kind = "" if route.kind is RouteKind.REQUEST else f"{str(route.kind.name).removeprefix('CORE_')}_"
    return route.name or f"DEFAULT_{kind}ROUTE"


class VariableResolver:
    """Finds and compiles the variables of one unit."""

    def __init__(self, unit: Unit, names: NameResolver) -> None:
        self.unit = unit
        self.python = unit.python
        self.names = names
        self._by_argument: dict[str, Callable[[VariableName, str], Value | None]] = {
            "sel": self._selected,
            "cfg": self._written_at,
            "env": self._environment,
            "_s": self._formatted,
            **dict.fromkeys(_DEFINED, self._definition),
        }

    # -- reading ------------------------------------------------------------------------------------------------------

    def value(self, name: VariableName) -> Value:
        """What `name` gives, its transformations applied."""
        if self._is_too_deep(name):
            return Unknown(name.span)
        value = self._plain(name)
        if not name.transformations or isinstance(value, Unknown):
            return value
        return Transformer(self.unit, self.names.texts).apply(value, name)

    def _plain(self, name: VariableName) -> Value:
        special = self._special(name)
        if special is not None:
            return special
        place = self._place(name)
        if place is None:
            return Unknown(name.span)
        compared = None if place.compare is None else self._call(place, "compare", place.compare, name.span)
        code = self._call(place, "get", place.get, name.span)
        return Dynamic(place.kind, code, name.span, name.text, compared, place.declared)

    def _special(self, name: VariableName) -> Value | None:
        """What is no variable in the catalogue: it depends on the script itself."""
        if name.argument is not None:
            made = self._by_argument.get(name.name)
            return None if made is None else made(name, name.argument)
        if name.name in RETURN_CODES:
            return Dynamic(Kind.NUMBER, self.python.attribute("return_code", name.span), name.span, name.text)
        return Null(name.span) if name.name == _NULL else None

    def _selected(self, name: VariableName, path: str) -> Value | None:
        """`$sel(path)`: the value of a select."""
        return self.names.named(read_select("@" + path.removeprefix("@"), name.span)) if path else None

    def _environment(self, name: VariableName, variable: str) -> Value:
        """`$env(NAME)`: a variable of the process as it was when the script was loaded; undefined without one."""
        return self._found(name, self.unit.script.environment.get(variable.strip()))

    def _found(self, name: VariableName, found: str | int | None) -> Value:
        """What is known when the script is loaded, and compared as what is not: another day it is something else."""
        kind = Kind.NUMBER if isinstance(found, int) else Kind.TEXT
        return Dynamic(kind, self.python.constant(found, name.span), name.span, name.text)

    def _formatted(self, name: VariableName, text: str) -> Value:
        """`$_s(text)`: a text with the variables in it replaced."""
        return self.names.texts.text(text, name.span)

    def _written_at(self, name: VariableName, what: str) -> Value:
        """`$cfg(line)`: where in the script this stands, known when it is loaded."""
        file, line, _, _ = self.unit.place(name.span)
        what = what.strip()
        places: dict[str, str | int] = {"name": file, "line": line, "route": _called(self.unit.route)}
        if what not in places:
            message = f"'{name.text}' takes one of {', '.join(places)}"
            fix = self.unit.advise(what, set(places))
            self.unit.diagnostics.error("bad-variable-argument", name.span, message, fix)
            return Unknown(name.span)
        return self._found(name, places[what])

    def _definition(self, name: VariableName, defined: str) -> Value:
        """`$def(NAME)`: what a name of the preprocessor stands for, known when the script is loaded."""
        defined = defined.strip()
        text = self.unit.script.definitions.get(defined)
        if text is None:
            message = f"'{name.text}': {defined!r} is not defined"
            fix = self.unit.advise(defined, set(self.unit.script.definitions))
            self.unit.diagnostics.error("bad-variable-argument", name.span, message, fix)
            return Unknown(name.span)
        return Constant(_DEFINED[name.name](text.strip()), name.span)

    def _call(self, place: _Place, verb: str, function: Callable[..., Any], span: Span, *more: ast.expr) -> ast.expr:
        """`get(ctx, ...)`, or `put(ctx, ..., value)` with the value as `more`."""
        ctx = self.python.name("ctx", span)
        if place.unprepared is None:
            return self.unit.call(f"{verb}_{place.stem}", function, [ctx, *place.arguments, *more], span)
        found = self.unit.bound(f"{verb}_{place.stem}", function, span)
        prepare = self.unit.bound(f"name_of_{place.stem}", place.prepare, span)
        return self.unit.run("by_name", [ctx, found, prepare, place.unprepared, *place.arguments, *more], span)

    # -- writing ------------------------------------------------------------------------------------------------------

    def assignment(self, name: VariableName, value: ast.expr) -> ast.expr | None:
        """A call that writes `value` to `name`; None when that can't be, which was reported."""
        if self._is_too_deep(name):
            return None
        if name.transformations:
            self._read_only(name, "the result of a transformation")
            return None
        if name.name in RETURN_CODES or (name.name == _NULL and name.argument is None):
            self._read_only(name, f"'{name.text}'")
            return None
        place = self._place(name)
        if place is None:
            return None
        if place.put is None:
            self._read_only(name, f"'{name.text}'")
            return None
        return self._call(place, "put", place.put, name.span, value)

    def copy(self, target: VariableName, value: VariableName) -> ast.expr | None:
        """`$a = $b[]`: all values in their order; None when it is no such assignment."""
        source = self.set_of(value)
        if source is None or target.argument is not None or target.name in self.unit.catalogue.variables:
            return None
        span = target.span
        keep = [index for _, index in target.indexes] == [""]
        found = [self.unit.bound("attribute", each, span) for each in (attribute_name(target.name), source)]
        arguments = [self.python.name("ctx", span), *found, self.python.constant(value=keep, span=span)]
        return self.unit.call("copy_attribute", attributes.copy, arguments, span)

    def set_of(self, name: VariableName) -> AttributeName | None:
        """Of `$x[]` the attribute whose values it means, None for every other name."""
        if [index for _, index in name.indexes] != [""] or name.transformations or name.argument is not None:
            return None
        return None if name.name in self.unit.catalogue.variables else attribute_name(name.name)

    def _read_only(self, name: VariableName, what: str) -> None:
        message = f"{what} is read-only"
        self.unit.diagnostics.error("read-only", name.span, message)

    def reference(self, name: VariableName, suffix: str = "") -> ast.expr:
        """A `Reference` to `name`, made once when the script is loaded; False when it was reported."""
        if self._is_too_deep(name):
            return self.unit.false(name.span)
        if name.transformations or self._special(name) is not None:
            return self._readable(name, suffix)
        place = self._place(name)
        if place is None:
            return self.unit.false(name.span)
        span = name.span
        get = self.python.function_of(["ctx"], self._call(place, "get", place.get, span), span)
        put = self.python.constant(None, span)
        if place.put is not None:
            written = self._call(place, "put", place.put, span, self.python.name("value", span))
            put = self.python.function_of(["ctx", "value"], written, span)
        parts = [self.python.constant(name.text, span), get, put, self._attribute_of(name, place)]
        if suffix:
            parts.append(self.python.constant(suffix, span))
        made = self.unit.call("Reference", Reference, parts, span)
        return self.unit.hoisted(f"ref_{place.stem}", made, span)

    def _readable(self, name: VariableName, suffix: str) -> ast.expr:
        """A `Reference` to what is never written: `$sel( )`, `$rc`, the result of a transformation."""
        value, span = self.value(name), name.span
        if isinstance(value, Unknown):
            return self.unit.false(span)
        code = value.code if isinstance(value, Dynamic) else self.python.constant(getattr(value, "value", None), span)
        none = self.python.constant(None, span)
        parts = [self.python.constant(name.text, span), self.python.function_of(["ctx"], code, span), none, none]
        parts.append(self.python.constant(suffix, span))
        return self.unit.hoisted("ref_value", self.unit.call("Reference", Reference, parts, span), span)

    def _attribute_of(self, name: VariableName, place: _Place) -> ast.expr:
        """The name of the attribute that a variable is; None for what is none or is known only for each message."""
        found: object = None
        if place.declared is None:
            found = attribute_name(name.name)
        elif place.declared.argument is not None and place.unprepared is None:
            found = place.declared.argument(name.argument or "")
        if not isinstance(found, AttributeName):
            return self.python.constant(None, name.span)
        return self.unit.bound(f"attribute_{place.stem}", found, name.span)

    # -- which one ----------------------------------------------------------------------------------------------------

    def _is_too_deep(self, name: VariableName) -> bool:
        """Report names in names, and transformations of transformations, that no compiler could follow."""
        if max(name.text.count("$"), len(name.transformations)) <= MAX_NESTING:
            return False
        message = f"nested too deeply: more than {MAX_NESTING} variables or transformations in one"
        self.unit.diagnostics.error("too-deep", name.span, message, "use several assignments")
        return True

    def _place(self, name: VariableName) -> _Place | None:
        declared = self.unit.catalogue.variables.get(name.name)
        if declared is not None:
            return self._declared(declared, name)
        if name.argument is None and self._is_attribute(name):
            return self._attribute(name)
        self.names.report.variable(name)
        return None

    def _is_attribute(self, name: VariableName) -> bool:
        """Whether a name that no variable has is an attribute of SER: with a class, and all that are not misspelt."""
        base = name.name.rpartition(".")[2]
        if "." in name.name or self.unit.dialect in SER or base in self.unit.assigned:
            return True
        if not name.name.isidentifier() or "$" + name.name in self.unit.catalogue.elsewhere:
            return False
        return len(name.name) == 1 or not (len(name.name) == 2 or self.names.report.near_variable(name.name))

    def _attribute(self, name: VariableName) -> _Place | None:
        span = name.span
        try:
            prepared = attribute_name(name.name)
        except ValueError:
            self.names.report.variable(name)
            return None
        bound = self.unit.bound(f"attribute_{name.name}", prepared, span)
        index = name.indexes[0][1] if name.indexes else None
        stem = name.name.replace(".", "_")
        if index is None:
            only = attributes.read_only_one if self.unit.dialect is Dialect.SER2 else attributes.read_newest
            return _Place(stem, only, attributes.replace, Kind.ANY, (bound,))
        if index == "":
            return _Place(stem, attributes.read_all, attributes.add, Kind.ANY, (bound,))
        if not isinstance(index, int):
            self.names.report.index(name, "needs a number, [1] for the oldest value")
            return None
        return _Place(stem, attributes.read_at, None, Kind.ANY, (bound, self.python.constant(index, span)))

    def _declared(self, declared: Variable, name: VariableName) -> _Place | None:
        given = self._word(declared, name) if declared.argument is None else self._argument(declared, name)
        indexes = None if given is None else self._indexes(declared, name)
        if given is None or indexes is None:
            return None
        if given.prepare is None:
            unprepared, arguments = None, (*given.codes, *indexes)
        else:
            unprepared, arguments = given.codes[0], tuple(indexes)
        return _Place(
            name.name,
            declared.get,
            declared.put,
            declared.kind,
            arguments,
            declared,
            declared.compare,
            unprepared,
            given.prepare,
        )

    def _word(self, declared: Variable, name: VariableName) -> _Given | None:
        """What stands in parentheses: nothing, or one of the variable's words."""
        words = {each.lower(): each for each in declared.words}
        word = words.get((name.argument or "").lower())
        if (word is None) is bool(words) or (name.argument is not None) is not bool(words):
            self.names.report.argument(declared, name)
            return None
        return _Given([] if word is None else [self.python.constant(word, name.span)])

    def _argument(self, declared: Variable, name: VariableName) -> _Given | None:
        """What stands in parentheses as `get` receives it, or the code of its text."""
        if declared.argument is None or (name.argument is None and not declared.argument_optional):
            self.names.report.argument(declared, name)
            return None
        written = name.argument or ""
        code = self._inner(name, written, "as_pattern" if declared.literal else "shown")
        try:
            if code is not None:
                prepare: object = declared.argument
                if declared.begins is not None:
                    of_rest = declared.begins(self.names.texts.beginning(written, name.span))
                    code, prepare = (code, prepare) if of_rest is None else (self.names.texts.behind(code), of_rest)
                return _Given([code], prepare)
            prepared = declared.argument(written)
        except ValueError as error:
            self.unit.diagnostics.error("bad-variable-argument", name.span, f"'{name.text}': {error}")
            return None
        if isinstance(prepared, str | int):
            return _Given([self.python.constant(prepared, name.span)])
        return _Given([self.unit.bound(f"{name.name}_{written}", prepared, name.span)])

    def _inner(self, name: VariableName, written: str, shown_by: str) -> ast.expr | None:
        """The code of a text in parentheses that names variables itself; None when it is the same for all messages."""
        if "$" not in written or (name.name == "avp" and "." in written and "(" not in written):
            return None
        inner = self.names.texts.text(written, name.span, shown_by)
        return inner.code if isinstance(inner, Dynamic) else None

    def _indexes(self, declared: Variable, name: VariableName) -> list[ast.expr] | None:
        written = dict(name.indexes)
        if written and not declared.indexes:
            self.names.report.index(name, "takes no index")
            return None
        found: list[ast.expr] = []
        for place in declared.indexes:
            index = written.get(place.after, place.default)
            if isinstance(index, str) and index.startswith("$") and place.kind is Kind.NUMBER:
                found.append(self._computed_index(index, name))
            elif isinstance(index, int if place.kind is Kind.NUMBER else str) or (index == "*" and place.takes_all):
                found.append(self.python.constant(index, name.span))
            else:
                what = "a number, [0] for the first" if place.kind is Kind.NUMBER else 'a text, ["x"]'
                self.names.report.index(name, f"needs {what}")
                return None
        return found

    def _computed_index(self, written: str, name: VariableName) -> ast.expr:
        index = self.names.texts.text(written, name.span)
        code = index.code if isinstance(index, Dynamic) else self.python.constant(index.value, name.span)
        return self.unit.run("number", [code], name.span)
