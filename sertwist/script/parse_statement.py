"""Read the statements of a route block (reference language 5.1), going on behind each error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sertwist.script.nodes import (
    Assign,
    Binary,
    Block,
    Break,
    Call,
    End,
    Expression,
    If,
    Missing,
    Number,
    Return,
    RouteCall,
    Statement,
    VariableName,
    While,
)
from sertwist.script.parse_expression import ExpressionParser
from sertwist.script.parse_name import read_variable
from sertwist.script.parse_operand import route_name
from sertwist.script.parse_switch import SwitchParser
from sertwist.script.source import Span
from sertwist.script.stream import SyntaxFailureError, TokenStream
from sertwist.script.tokens import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["StatementParser"]

#: How an assignment may be written, with what it does to the value before it (reference language 5.1).
_ASSIGNMENTS: Final = {
    "=": "",
    ":=": "",
    "+=": "+",
    "-=": "-",
    "*=": "*",
    "/=": "/",
    "%=": "mod",
    "|=": "|",
    "&=": "&",
    "^=": "^",
}
#: Statements of OpenSIPS that this language has not, with what to write.
_FOREIGN: Final = {"foreach": "write a 'while'"}
_ROUTE_NAMES: Final = frozenset({TokenKind.NAME, TokenKind.STRING, TokenKind.NUMBER})
#: `else if` as other languages write it.
_ELSE_IF: Final = frozenset({"elseif", "elsif", "elif"})
_STRAY: Final = frozenset({"case", "default"})


class StatementParser:
    """Reads blocks and statements from a stream."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self.expressions = ExpressionParser(stream)
        self._switches = SwitchParser(stream, self.expressions, self.recovering)
        self._by_word: Final[dict[str, Callable[[], Statement | None]]] = {
            "if": self._if,
            "while": self._while,
            "for": self._for,
            "async": self._async,
            "switch": self._switches.switch,
            "return": self._leaving,
            "exit": self._leaving,
            "drop": self._leaving,
            "break": self._break,
            "else": self._stray_else,
        }

    def block(self) -> Block:
        """Read `{ ... }`; what can't be read in it is reported and left out."""
        stream = self.stream
        opening = stream.expect("{", "to open a block")
        statements: list[Statement] = []
        stream.enter()
        while stream.now.mark != "}":
            if stream.now.kind is TokenKind.END or stream.at_route():
                stream.unclosed(opening)
                stream.leave()
                return Block(tuple(statements), opening.span.to(stream.last.span))
            self.recovering(statements)
        stream.leave()
        return Block(tuple(statements), Span(opening.start, stream.take().end))

    def recovering(self, statements: list[Statement]) -> None:
        """Read one statement and add it to `statements`; one that can't be read is skipped."""
        depth = self.stream.depth
        try:
            statement = self._statement()
        except SyntaxFailureError:
            self.stream.depth = depth
            failed = self.stream.now.start
            self.stream.skip_statement()
            self.stream.diagnostics.forget_advice(Span(failed, self.stream.now.start))
            return
        if statement is not None:
            statements.append(statement)

    def _statement(self) -> Statement | None:
        """Read one statement; None when there is nothing to do (`;`) or it was reported."""
        stream = self.stream
        token = stream.now
        if token.kind is TokenKind.NAME:
            by_word = self._by_word.get(token.text)
            return by_word() if by_word is not None else self._call()
        if token.kind is TokenKind.VARIABLE:
            stream.take()
            return self._assignment(read_variable(token.text, token.span))
        match token.mark:
            case ";":
                stream.take()
                return None
            case "{":
                return self.block()
            case "%" if stream.following.kind is TokenKind.NAME:
                return self._assignment(self.expressions.marked())
            case _:
                raise stream.failure(f"a statement expected, found {token.described()}")

    def _assignment(self, target: VariableName) -> Assign:
        """Read `= value;` behind the target; `+=` and its like become what they stand for."""
        stream = self.stream
        operator = stream.now
        if operator.mark in {"+", "-"} and stream.following.mark == operator.mark:
            fix = f"write {target.text} = {target.text} {operator.mark} 1"
            raise stream.failure(f"'{operator.mark * 2}' is of other languages", fix)
        if operator.mark not in _ASSIGNMENTS:
            fix = "write '='" if operator.mark == "==" else ""
            raise stream.failure(f"'=' expected behind {target.text!r}, found {operator.described()}", fix)
        stream.take()
        value = self.expressions.expression()
        span = Span(target.span.start, stream.last.end)
        if meant := _ASSIGNMENTS[operator.mark]:
            fix = f"write {target.text} = {target.text} {meant} ..."
            message = f"{operator.mark!r} is not of this family of servers"
            stream.diagnostics.hint("assignment-operator", operator.span, message, fix)
            value = Binary(meant, (target, value), span)
        elif operator.mark == ":=":
            message = "':=' is not of this family of servers; it is read as '='"
            stream.diagnostics.hint("assignment-operator", operator.span, message, "write '='")
        self._semicolon()
        return Assign(target, value, span)

    # -- by the word that they begin with -------------------------------------------------------------------------

    def _break(self) -> Break:
        span = self.stream.take().span
        self._semicolon()
        return Break(span)

    def _if(self) -> If:
        stream = self.stream
        start = stream.take()
        arms = [(self._condition(), self._body())]
        otherwise: Block | None = None
        arms_before = stream.arms
        while (word := stream.now.mark) == "else" or word in _ELSE_IF:
            token = stream.take()
            if word in _ELSE_IF:
                stream.diagnostics.error("syntax", token.span, f"{word!r} is of other languages", "write 'else if'")
            elif stream.now.mark != "if":
                otherwise = self._body()
                break
            else:
                stream.take()
            stream.arms += 1
            arms.append((self._condition(), self._body()))
        stream.arms = arms_before
        return If(tuple(arms), otherwise, Span(start.start, stream.last.end))

    def _while(self) -> While:
        start = self.stream.take()
        condition = self._condition()
        body = self._body()
        return While(condition, body, Span(start.start, self.stream.last.end))

    def _for(self) -> Block:
        """`for ($var(x) in $(avp(y)[*])) ...` of OpenSIPS: as the `while` that counts through the values."""
        stream = self.stream
        start = stream.take()
        stream.expect("(", "after 'for'")
        target = self._variable("to receive each value")
        if stream.now.text != "in":
            raise stream.failure(f"'in' expected behind {target.text!r}, found {stream.now.described()}")
        stream.take()
        values = self._variable("with several values")
        stream.expect(")", "after the values of 'for'")
        if [index for _, index in values.indexes] != ["*"] or values.transformations:
            fix = "write $(avp(x)[*])"
            raise stream.failure(f"'for' goes through all values of a variable, not {values.text!r}", fix)
        message = "'for' is of OpenSIPS; it is read as the 'while' that counts through the values"
        stream.diagnostics.hint("foreign-statement", start.span, message, "write that 'while'", cause="for")
        span = start.span
        counter = VariableName("var", f"$var(for_{start.start})", span, f"for_{start.start}")
        places = tuple((after, counter.text) for after, _ in values.indexes)
        value = replace(values, indexes=places, text=values.text.replace("[*]", f"[{counter.text}]"))
        begin = Assign(counter, Number(0, span), span)
        step = Assign(counter, Binary("+", (counter, Number(1, span)), span), span)
        body = self._body()
        each = Block((Assign(target, value, span), step, *body.statements), body.span)
        more = Binary("!=", (value, VariableName("null", "$null", span)), values.span)
        return Block((begin, While(more, each, Span(start.start, stream.last.end))), Span(start.start, stream.last.end))

    def _async(self) -> Block:
        """`async(f(x), ROUTE);` of OpenSIPS: the function, then the route; a script waits for no other one anyway."""
        stream = self.stream
        start = stream.take()
        stream.expect("(", "after 'async'")
        name = stream.expect_kind(TokenKind.NAME, "to be called")
        if stream.now.mark != "(":
            raise stream.failure(f"'(' expected after {name.text!r}, found {stream.now.described()}")
        called = self.expressions.call(name)
        stream.expect(",", "after the call")
        route = stream.now
        if route.kind not in _ROUTE_NAMES:
            raise stream.failure(f"the name of a route expected, found {route.described()}")
        stream.take()
        if stream.accept(","):
            self.expressions.expression()  # how long OpenSIPS waits: functions that wait have bounds of their own
        stream.expect(")", "after the route of 'async'")
        span = Span(start.start, stream.last.end)
        self._semicolon()
        message = "'async' is of OpenSIPS; it is read as the call, the route and 'exit'"
        stream.diagnostics.hint("foreign-statement", start.span, message, "call the function itself", cause="async")
        resumed = RouteCall(route_name(route), route.span, route.span)
        return Block((called, resumed, End("exit", None, span)), span)

    def _variable(self, what: str) -> VariableName:
        token = self.stream.expect_kind(TokenKind.VARIABLE, what)
        return read_variable(token.text, token.span)

    def _condition(self) -> Expression:
        """Read a condition; when it can't be read, skip to the body behind it so that that is checked too."""
        stream = self.stream
        start, depth = stream.now, stream.depth
        try:
            return self.expressions.expression()
        except SyntaxFailureError:
            stream.depth = depth
            while stream.now.mark not in {"{", "}", ";"} and stream.now.kind is not TokenKind.END:
                stream.take()
            stream.diagnostics.forget_advice(Span(start.start, stream.now.start))
            return Missing(start.span)

    def _body(self) -> Block:
        """Read a block, or the single statement that stands for one, its `;` included."""
        stream = self.stream
        if stream.now.mark == "{":
            return self.block()
        if stream.now.kind is TokenKind.END or stream.now.mark == "}":
            raise stream.failure(f"a statement expected, found {stream.now.described()}")
        if (fix := self._misplaced()) is not None:
            token = stream.take()
            stream.diagnostics.error("syntax", token.span, f"{token.described()} can't stand in front of a body", fix)
            return self._body()
        start = stream.now.start
        statements: list[Statement] = []
        stream.enter()
        self.recovering(statements)
        stream.leave()
        return Block(tuple(statements), Span(start, stream.last.end))

    def _misplaced(self) -> str | None:
        """What to do about a word or character that parts a condition from its body; None when there is none."""
        now, following = self.stream.now.mark, self.stream.following.mark
        if now in {"then", "do"} and following != "(":
            return "leave it out"
        if now == ";" and following == "{":
            return "remove it, or the block does not belong to the condition"
        if now == ")":
            return "remove it, or add the '(' that it closes"
        return None

    def _stray_else(self) -> None:
        stream = self.stream
        if stream.last.mark == ";":
            message, fix = "the ';' ends the 'if' before its 'else'", "remove this ';'"
            stream.diagnostics.error("else-after-semicolon", stream.last.span, message, fix)
        else:
            stream.diagnostics.error("stray-else", stream.now.span, "'else' without an 'if'")
        stream.take()
        if stream.now.mark == "{":
            self.block()

    def _leaving(self) -> Return | End:
        stream = self.stream
        token = stream.take()
        value: Expression | None = None
        if stream.now.mark == "(" and stream.following.mark == ")":
            stream.take()
            stream.take()
        elif stream.now.mark not in {";", "}"}:
            value = self.expressions.expression()
        span = Span(token.start, stream.last.end)
        self._semicolon()
        return Return(value, span) if token.mark == "return" else End(token.text, value, span)

    def _call(self) -> Call | RouteCall:
        stream = self.stream
        token = stream.now
        if token.mark in _STRAY:
            raise stream.failure(f"{token.text!r} can only stand in a switch")
        following = stream.following
        if following.mark == "(":
            if token.mark in _FOREIGN:
                fix = _FOREIGN[token.mark]
                raise stream.failure(f"{token.text!r} is a statement of OpenSIPS, which this language has not", fix)
            stream.take()
            call = self.expressions.call(token)
            self._semicolon()
            return call
        stream.take()
        if following.mark in {";", "}"} or (following.starts_line and following.kind is TokenKind.NAME):
            self._semicolon()
            return Call(token.text, (), token.span, token.span, bare=True)
        if following.mark == "=":
            raise stream.failure(f"{token.text!r} can't be set inside a route", "settings stand outside of all blocks")
        fix = f"write {token.text}({stream.following.text})" if following.mark == "[" else ""
        if following.kind is TokenKind.STRING or following.kind is TokenKind.NUMBER:
            fix = "arguments stand in parentheses"
        raise stream.failure(f"'(' expected after {token.text!r}, found {following.described()}", fix)

    def _semicolon(self) -> None:
        """Read the `;` that ends a statement; when it is missing, say so and go on as if it were there."""
        stream = self.stream
        if stream.now.mark == ";":
            stream.take()
            return
        stream.check_strings()
        last = stream.last
        message = f"';' expected after {last.described()}"
        stream.diagnostics.error("missing-semicolon", last.span.after, message, "insert it here")
        if not stream.now.starts_line and stream.now.kind is not TokenKind.NAME:
            stream.skip_statement()
