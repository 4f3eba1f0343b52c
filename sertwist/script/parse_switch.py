"""Read `switch` and its cases (reference language 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.script.nodes import Block, Case, Expression, Missing, Number, Statement, Switch, Text, Unary, Word
from sertwist.script.source import Span
from sertwist.script.stream import SyntaxFailureError
from sertwist.script.tokens import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.parse_expression import ExpressionParser
    from sertwist.script.stream import TokenStream

__all__ = ["SwitchParser"]

_LABELS: Final = frozenset({"case", "default"})
_LABELS_AND_END: Final = _LABELS | {"}"}


class SwitchParser:
    """Reads switches; `read_statement` adds the next statement to a list."""

    def __init__(
        self, stream: TokenStream, expressions: ExpressionParser, read_statement: Callable[[list[Statement]], None]
    ) -> None:
        self.stream = stream
        self.expressions = expressions
        self._read_statement = read_statement

    def switch(self) -> Switch:
        """Read a whole `switch`."""
        stream = self.stream
        start = stream.take()
        subject = self.expressions.expression()
        opening = stream.expect("{", "behind the value of the switch")
        cases: list[Case] = []
        stream.enter()
        while stream.now.mark != "}":
            if stream.now.kind is TokenKind.END or stream.at_route():
                stream.unclosed(opening)
                break
            if stream.now.mark in _LABELS:
                self._recovering(cases)
                stream.check_cases(len(cases))
            elif stream.accept(";") is None:
                stream.diagnostics.error("syntax", stream.now.span, "'case' or 'default' expected")
                self._read_statement([])
        stream.leave()
        stream.accept("}")
        self._check(cases)
        return Switch(subject, tuple(cases), Span(start.start, stream.last.end))

    def _recovering(self, cases: list[Case]) -> None:
        depth = self.stream.depth
        try:
            cases.append(self._case())
        except SyntaxFailureError:
            self.stream.depth = depth
            self.stream.skip_statement()

    def _case(self) -> Case:
        """Read one label and the statements up to the next."""
        stream = self.stream
        start = stream.take()
        label: Expression | None = None
        is_pattern = False
        if start.mark == "case":
            label, is_pattern = self._label()
        if stream.now.starts_line and stream.now.mark != ":":  # go on as if it were there
            message = f"':' expected after {stream.last.described()}"
            stream.diagnostics.error("syntax", stream.last.span.after, message, "insert it here")
        else:
            stream.expect(":", f"behind {'the value of the case' if start.mark == 'case' else 'default'}")
        colon = stream.last
        statements: list[Statement] = []
        stream.enter()
        while not (stream.now.mark in _LABELS_AND_END or stream.now.kind is TokenKind.END or stream.at_route()):
            self._read_statement(statements)
        stream.leave()
        body = Block(tuple(statements), Span(statements[0].span.start if statements else colon.end, stream.last.end))
        return Case(label, is_pattern, body, Span(start.start, stream.last.end))

    def _label(self) -> tuple[Expression, bool]:
        """Read a constant, or `/` and the text of a pattern."""
        stream = self.stream
        if stream.accept("/"):
            pattern = stream.expect_kind(TokenKind.STRING, "behind '/' in a case")
            return Text(pattern.text, pattern.span), True
        if stream.now.kind is TokenKind.STRING:
            text = stream.take()
            return Text(text.text, text.span), False
        start = stream.now
        label = self.expressions.expression()
        match label:
            case Number() | Text() | Unary(operator="-", operand=Number()):
                return label, False
            case Word(value=word):
                message, fix = f"{word!r} is no constant", f'write "{word}"'
            case _:
                message, fix = "the value of a case must be a number or a string", ""
        stream.diagnostics.error("case-not-constant", label.span, message, fix)
        return Missing(start.span), False

    def _check(self, cases: list[Case]) -> None:
        """Report cases of both kinds, two with one number, and a second `default`."""
        report = self.stream.diagnostics
        first_kind = ""
        seen: set[int | None] = set()
        for case in cases:
            span = case.span if case.label is None else case.label.span
            kind = "" if case.label is None or isinstance(case.label, Missing) else _kind(case.label)
            if kind and first_kind and kind != first_kind:
                message = (
                    f"a switch compares with numbers or with strings: this is a {kind}, the first case a {first_kind}"
                )
                report.error("mixed-cases", span, message)
            first_kind = first_kind or kind
            value = _number(case.label)
            if kind != "string" and not isinstance(case.label, Missing):
                if value in seen:
                    what = "'default'" if value is None else f"case {value}"
                    report.error("duplicate-case", span, f"a second {what} in one switch")
                seen.add(value)


def _kind(label: Expression) -> str:
    return "string" if isinstance(label, Text) else "number"


def _number(label: Expression | None) -> int | None:
    match label:
        case Number(value=value):
            return value
        case Unary(operand=Number(value=value)):
            return -value
        case _:
            return None
