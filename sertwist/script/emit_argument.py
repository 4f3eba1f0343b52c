"""Compile the arguments of a script function to what it receives (reference language 5.9).

What is constant is checked and prepared once, when the script is loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Argument, Function, Kind, MissingFileError, RouteKind, Variable
from sertwist.script.dialect import Dialect
from sertwist.script.emit_substitution import emit_substitution
from sertwist.script.flags import flag_number
from sertwist.script.format import whole_name
from sertwist.script.names import NameResolver
from sertwist.script.nodes import Binary, Call, Expression, Text, VariableName, Word
from sertwist.script.pattern import PatternError
from sertwist.script.route_kind import RouteKey
from sertwist.script.runtime import number, text
from sertwist.script.value import BareWord, Constant, Dynamic, IpAddress, IpNetwork, Null, Unknown, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from sertwist.script.nodes import Named
    from sertwist.script.source import Span
    from sertwist.script.unit import Unit

__all__ = ["ArgumentEmitter", "Arguments"]

_NUMERIC: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_SUFFIXED: Final = re.compile(r"(\$?\([^)]*\)|[^/()]*(?:\([^)]*\))?[^/()]*)/(.*)", re.DOTALL)
_AVP_ALONE: Final = re.compile(r"[is]:[\w.-]+", re.ASCII)  # an AVP as OpenSER writes it in texts
_BRANCH_FAILURE: Final = "tm:branch-failure:"
_NO_ROUTE: Final = frozenset({"", "0"})  # `t_on_failure("0")`: none any more
#: Variables and last transformations that give digits, letters or parts of a URI, whatever they are given.
_ON_ONE_LINE: Final = re.compile(
    r"^\$(uuid|TV|T|shtcn|stat)\(|\{(s\.(md5|sha\d+|len|int|numeric|encode\.\w+|escape\.(user|param)|ftime,[^}]*)|uri\.\w+)\}\)$"
)
_WHOLE_TEXTS: Final = frozenset({"$rb", "$mb", "@msg", "@msg.body", "@message.body"})  # several lines of the message
_BY_TEXT: Final = frozenset({Dialect.OPENSER, Dialect.KAMAILIO})  # dialects where any text may name variables

_ATTRIBUTE: Final = re.compile(r"(?:%?\$|%)[A-Za-z_][\w.]*", re.ASCII)


@dataclass(slots=True)
class Arguments:
    """Code for each argument; those in `made` are local variables, with the code that may make them `INVALID`."""

    codes: list[ast.expr] = field(default_factory=list)
    made: list[tuple[str, ast.expr]] = field(default_factory=list)


class ArgumentEmitter:
    """Compiles arguments in one route; `evaluate` compiles expressions."""

    def __init__(self, unit: Unit, evaluate: Callable[[Expression], Value]) -> None:
        self.unit = unit
        self.python = unit.python
        self.evaluate = evaluate
        self.names = NameResolver(unit)
        self._by_kind: Final[dict[Kind, Callable[[int, Argument, Expression, Arguments], ast.expr]]] = {
            Kind.FORMAT: self._format,
            Kind.VARIABLE: self._variable,
            Kind.FLAG: self._flag,
            Kind.SUBSTITUTION: self._substitution,
            Kind.ATTRIBUTE_FLAG: self._flag,
            Kind.ROUTE: self._route,
        }

    def of(self, call: Call, function: Function) -> Arguments:
        """The arguments of `call` as `function` receives them."""
        declared = self._form(call, function)
        made = Arguments()
        if not declared and call.arguments and function.arguments:
            return made
        for at, (each, expression) in enumerate(zip(declared, call.arguments, strict=False), 1):
            emit = self._by_kind.get(each.kind, self._value)
            made.codes.append(emit(at, each, expression, made))
        for surplus in call.arguments[len(declared) :]:
            self.evaluate(surplus)
        return made

    def _form(self, call: Call, function: Function) -> tuple[Argument, ...]:
        """Which way to call it was chosen, by the number of arguments."""
        given = len(call.arguments)
        forms = (function.arguments, *function.forms)
        for form in forms:
            if _needed(form) <= given <= len(form):
                return form
        joined = self.unit.diagnostics.within("joined-strings", call.span)
        if joined is not None and any(_needed(form) <= given + 1 <= len(form) for form in forms):
            message = "the two strings in front of and behind this place are one argument"
            self.unit.diagnostics.forget(joined)
            self.unit.diagnostics.error("argument-count", joined.span, message, "add the missing comma")
            return ()
        if not call.bare and not function.refused:
            takes = ", or ".join(_signature(form) for form in forms)
            message = f"{call.name!r} takes {takes}, {given} given"
            self.unit.diagnostics.error("argument-count", call.span, message)
        return function.arguments

    # -- by kind ------------------------------------------------------------------------------------------------------

    def _value(self, at: int, declared: Argument, expression: Expression, made: Arguments) -> ast.expr:
        """Text, a number, or what `prepare` makes of it."""
        value = self._evaluated(declared, expression)
        if declared.lines:
            self._check_lines(expression, value)
        match value:
            case Constant():
                return self._constant(at, declared, value)
            case Null():
                return self._constant(at, declared, Constant("", value.span))
            case IpAddress() | IpNetwork():
                return self._constant(at, declared, Constant(str(value.value), value.span))
            case Dynamic() if declared.constant:
                self._bad(at, declared, value.span, " must be a constant: it never comes from a message")
            case Dynamic():
                self._check_beginning(at, declared, expression)
                return self._dynamic(declared, value, made)
            case Unknown():
                pass
            case _:
                self._bad(at, declared, value.span, " can't be this")
        return self.unit.false(value.span)

    def _check_beginning(self, at: int, declared: Argument, expression: Expression) -> None:
        """What is known of a text when the script is loaded."""
        if declared.begins is not None and isinstance(expression, Text):
            try:
                declared.begins(self.names.texts.beginning(expression.value, expression.span))
            except ValueError as error:
                self._bad(at, declared, expression.span, f": {error}")

    def _check_lines(self, expression: Expression, value: Value) -> None:
        """Header lines end with CRLF; a value that holds one must not begin another (language 12: 55, 56)."""
        if isinstance(expression, Text) and _ATTRIBUTE.fullmatch(expression.value):
            return  # `"$digest_challenge"` is a whole line, made elsewhere
        report, ending = self.unit.diagnostics, self._ending(expression)
        if ending is not None and not ending.endswith("\r\n"):
            message = "header text does not end with CRLF, which is added"
            report.warning("header-line-end", expression.span, message, "write \\r\\n at its end")
        for part in value.parts or (value,) if isinstance(value, Dynamic) else ():
            if _may_hold_lines(part):
                message = f"{part.name} could begin further header lines; CR and LF in it are left out"
                report.warning("header-variable", part.span, message, cause=part.name)

    def _ending(self, expression: Expression) -> str | None:
        """The constant that a text ends with, None when it ends with something else."""
        last = _summands(expression)[-1]
        if not isinstance(last, Text) or whole_name(last.value, last.span, self.unit.catalogue.variables) is not None:
            return None
        return last.value

    def _dynamic(self, declared: Argument, value: Dynamic, made: Arguments) -> ast.expr:
        if declared.kind is Kind.NUMBER:
            return self.unit.run("number", [value.code], value.span)
        prepare = declared.dynamic or declared.prepare
        if prepare is None:
            return self.unit.run("text", [value.code], value.span)
        return self._made(prepare, declared, value, made)

    def _made(self, prepare: Callable[[str], object], declared: Argument, value: Dynamic, made: Arguments) -> ast.expr:
        """A local variable for what is made of a text for each message."""
        span = value.span
        code = self.unit.run("text", [value.code], span)
        name = self.unit.bind(f"{declared.name}_", object())
        found = self.unit.bound(f"prepare_{declared.name}", prepare, span)
        made.made.append((name, self.unit.run("prepared", [found, code], span)))
        return self.python.name(name, span)

    def _format(self, at: int, declared: Argument, expression: Expression, made: Arguments) -> ast.expr:
        """`lambda ctx: text`: made only where it is needed."""
        if isinstance(expression, Text):
            value: Value = self.names.texts.format(expression.value, expression.span)
        else:
            value = self._evaluated(declared, expression)
        span = expression.span
        match value:
            case Constant(value=constant):
                code = self.python.constant(text(constant), span)
            case Dynamic(kind=Kind.TEXT, declared=None):
                code = value.code
            case Dynamic():
                code = self.unit.run("shown", [value.code], span)
            case Unknown():
                return self.unit.false(span)
            case _:
                return self._value(at, declared, expression, made)
        return self.python.function_of(["ctx"], code, span)

    def _substitution(self, at: int, declared: Argument, expression: Expression, _made: Arguments) -> ast.expr:
        """A `Substitution`; of variables only values get into it, never patterns."""
        if not isinstance(expression, Text):
            self._bad(at, declared, expression.span, " must be a constant: it never comes from a message")
            return self.unit.false(expression.span)

        def text_of(name: Named) -> ast.expr:
            value = self._cleaned(self.names.named(name), _cleaner(declared) or "text")
            return self.names.texts.joined([value], expression.span).code

        by_text = self.unit.dialect in _BY_TEXT
        try:
            return emit_substitution(self.unit, expression, text_of if by_text else None)
        except PatternError as error:
            self._bad_pattern(error, expression.span)
        except ValueError as error:
            self._bad(at, declared, expression.span, f": {error}")
        return self.unit.false(expression.span)

    def _variable(self, at: int, declared: Argument, expression: Expression, _made: Arguments) -> ast.expr:
        """A `Reference`; quotes around the name make no difference."""
        name: object = expression
        suffix = ""
        if isinstance(expression, Text):
            written = expression.value.strip()
            if declared.suffixed and (match := _SUFFIXED.fullmatch(written)):
                written, suffix = match.groups()
            if _AVP_ALONE.fullmatch(written):
                written = f"$avp({written})"
            name = whole_name(written, expression.span, self.unit.catalogue.variables)
            if name is None and declared.prepare is not None:
                return self._constant_text(at, declared, written, expression.span)
        if not isinstance(name, VariableName):
            self._bad(at, declared, expression.span, " must be a variable")
            return self.unit.false(expression.span)
        return self.names.variables.reference(name, suffix)

    def _flag(self, at: int, declared: Argument, expression: Expression, made: Arguments) -> ast.expr:
        """The number of a flag; a bare word is its name."""
        value: Value = (
            Constant(expression.value, expression.span)
            if isinstance(expression, Word)
            else self._evaluated(declared, expression)
        )
        of_attributes = declared.kind is Kind.ATTRIBUTE_FLAG
        flags = self.unit.attribute_flags if of_attributes else self.unit.flags
        match value:
            case Constant(value=written, span=span):
                try:
                    return self.python.constant(flag_number(written, flags), span)
                except ValueError as error:
                    fix = (
                        self.unit.advise(str(written), set(flags)) or f"declare it with '{'avp' * of_attributes}flags'"
                    )
                    is_number = str(written).isdigit()
                    code = "flag-range" if is_number else "unknown-flag"
                    self.unit.diagnostics.error(code, span, str(error), "" if is_number else fix, cause=str(written))
                    return self.unit.false(span)
            case Dynamic():
                prepare = partial(flag_number, flags=flags)
                return self._made(prepare, declared, value, made)
            case Unknown():
                return self.unit.false(expression.span)
            case _:
                self._bad(at, declared, expression.span, " must be a number or the name of a flag")
                return self.unit.false(expression.span)

    def _route(self, at: int, declared: Argument, expression: Expression, made: Arguments) -> ast.expr:
        """The name of a block, which must exist; a bare word is one."""
        if isinstance(expression, Word):
            value: Value = Constant(expression.value, expression.span)
        else:
            value = self._evaluated(declared, expression)
        if not isinstance(value, Constant):
            return self._value(at, declared, expression, made)
        name = text(value.value)
        kind = declared.route or RouteKind.REQUEST
        written = _BRANCH_FAILURE + name if kind is RouteKind.BRANCH_FAILURE else name
        if RouteKey(kind, written) not in self.unit.graph.routes and name not in _NO_ROUTE and not declared.may_miss:
            self._report_route(kind, name, value.span)
        return self.python.constant(name, value.span)

    def _report_route(self, kind: RouteKind, name: str, span: Span) -> None:
        if not self.unit.script.has_all_items:
            return  # it may be what could not be read
        routes = self.unit.graph.routes
        word = f"{str(kind.name).lower()}_route" if kind is not RouteKind.REQUEST else "route"
        others = [route.word for key, route in routes.items() if key.name == name]
        fix = self.unit.advise(name, {key.name for key in routes if key.kind is kind})
        self.unit.suggested.add(fix)
        message = f"undefined {word} {name!r}"
        if others:
            message, fix = f"[{name}] exists as {others[0]}; {word}[{name}] is needed", ""
        self.unit.diagnostics.error("unknown-route", span, message, fix, cause=(kind, name))

    # -- values -------------------------------------------------------------------------------------------------------

    def _evaluated(self, declared: Argument, expression: Expression) -> Value:
        """A bare word as text, a string that is one variable or select as that, and variables in one replaced."""
        cleaner = _cleaner(declared)
        value = self._cleaned_sum(expression, cleaner) if cleaner else self.evaluate(expression)
        if isinstance(value, BareWord):
            if declared.unquoted:
                return Constant(value.value, value.span)
            message = f"{value.value!r} without quotes is taken as text"
            self.unit.diagnostics.warning("bare-word", value.span, message, f'write "{value.value}"')
            return Constant(value.value, value.span)
        if isinstance(value, Constant) and isinstance(value.value, str) and declared.expands:
            name = whole_name(value.value, value.span, self.unit.catalogue.variables)
            if name is None:
                return self._text(value.value, value.span, declared, cleaner or "shown")
            value = self.names.named(name)
            return self._cleaned(value, cleaner) if cleaner else value
        return value

    def _cleaned_sum(self, expression: Expression, cleaner: str) -> Value:
        """A value that only the script's own constants make more of than a text; see `_cleaner`."""
        summands = _summands(expression)
        values = [self.evaluate(each) for each in summands]
        first = values[0]
        if len(values) == 1:
            return self._cleaned(first, cleaner)
        if isinstance(first, Constant) and isinstance(first.value, str) and not any(map(_is_reported, values)):
            return self.names.texts.joined([self._cleaned(each, cleaner) for each in values], expression.span)
        return self._cleaned(self.evaluate(expression), cleaner)

    def _cleaned(self, value: Value, cleaner: str) -> Value:
        if not isinstance(value, Dynamic):
            return value
        code = self.unit.run(cleaner, [self.unit.run("text", [value.code], value.span)], value.span)
        return Dynamic(Kind.TEXT, code, value.span, value.name, parts=value.parts or (value,))

    def _text(self, written: str, span: Span, declared: Argument, shown_by: str) -> Constant | Dynamic:
        """A text, with its variables where this dialect has them in texts."""
        if "$" in written and self.unit.dialect in _BY_TEXT:
            return self.names.texts.text(written, span, shown_by)
        if (declared.lines or declared.formats) and "%" in written and self.unit.dialect not in _BY_TEXT:
            return self.names.texts.format(written, span, shown_by)
        return Constant(written, span)

    def _constant(self, at: int, declared: Argument, value: Constant) -> ast.expr:
        """A constant argument, checked now so that it need not be for each message."""
        if declared.kind is not Kind.NUMBER:
            return self._constant_text(at, declared, text(value.value), value.span)
        numeric = isinstance(value.value, int) or _NUMERIC.fullmatch(value.value)
        found = number(value.value)
        low, high = declared.minimum, declared.maximum
        if not numeric or (low is not None and found < low) or (high is not None and found > high):
            self._bad(at, declared, value.span, f" must be a number{_bounds(low, high)}")
        return self.python.constant(found, value.span)

    def _constant_text(self, at: int, declared: Argument, written: str, span: Span) -> ast.expr:
        written = self._word(at, declared, written, span)
        if declared.prepare is None:
            return self.python.constant(written, span)
        try:
            found = declared.prepare(written)
        except PatternError as error:
            self._bad_pattern(error, span)
            return self.unit.false(span)
        except MissingFileError as error:
            self.unit.diagnostics.warning("missing-file", span, f"argument {at} ({declared.name}): {error}")
            found = error.value
        except ValueError as error:
            self._bad(at, declared, span, f": {error}")
            return self.unit.false(span)
        if found is None or isinstance(found, str | int):
            return self.python.constant(found, span)
        return self.unit.bound(declared.name, found, span)

    def _word(self, at: int, declared: Argument, written: str, span: Span) -> str:
        """A text as the function takes it: one of the argument's words, if it has any."""
        word = written.lower()
        if not declared.words:
            return written
        if word not in declared.words:
            fix = self.unit.advise(word, declared.words)
            self._bad(at, declared, span, f" must be one of {', '.join(declared.words)}", fix)
        return word

    def _bad_pattern(self, error: PatternError, span: Span) -> None:
        self.unit.diagnostics.error("slow-pattern" if error.is_slow else "bad-pattern", span, str(error))

    def _bad(self, at: int, declared: Argument, span: Span, message: str, fix: str = "") -> None:
        self.unit.diagnostics.error("bad-argument", span, f"argument {at} ({declared.name}){message}", fix)


def _summands(expression: Expression) -> list[Expression]:
    """What `+` adds up to `expression`."""
    if not isinstance(expression, Binary) or expression.operator != "+":
        return [expression]
    return [each for operand in expression.operands for each in _summands(operand)]


def _is_reported(value: Value) -> bool:
    return not isinstance(value, Constant | Dynamic | Null)


def _cleaner(declared: Argument) -> str:
    """The runtime function that takes from a variable's value what only the script may write; empty for none."""
    if declared.literal:
        return "as_pattern"
    if declared.parted:
        return "without_slashes"
    return "on_one_line" if declared.one_line or declared.lines else ""


def _may_hold_lines(value: Dynamic) -> bool:
    """Whether there may be a line end in it: what one header line holds has none."""
    if value.kind not in {Kind.TEXT, Kind.ANY, Kind.URI}:
        return False
    declared = value.declared
    if _ON_ONE_LINE.search(value.name):
        return False
    if declared is None or value.kind is Kind.ANY or declared.name in _WHOLE_TEXTS:
        return True
    return isinstance(declared, Variable) and declared.argument is not None


def _needed(form: tuple[Argument, ...]) -> int:
    return sum(not each.optional for each in form)


def _signature(form: tuple[Argument, ...]) -> str:
    """How many arguments, and what they are called."""
    most, needed = len(form), _needed(form)
    count = str(most) if needed == most else f"{needed} to {most}"
    names = ", ".join(f"[{each.name}]" if each.optional else each.name for each in form)
    return f"{count} argument{'' if most == 1 else 's'}" + (f" ({names})" if names else "")


def _bounds(low: int | None, high: int | None) -> str:
    match low, high:
        case None, None:
            return ""
        case None, _:
            return f" of {high} at most"
        case _, None:
            return f" of {low} at least"
        case _:
            return f" from {low} to {high}"
