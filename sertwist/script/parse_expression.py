"""Read an expression by precedence climbing (reference language 6.1, 6.2); the table of operators is data."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sertwist.limits import MAX_NESTING
from sertwist.script.nodes import Assign, Binary, Expression, Number, Text, Unary, VariableName, Word
from sertwist.script.parse_operand import OperandParser
from sertwist.script.tokens import Token, TokenKind

__all__ = ["BINARY", "COMPARISONS", "UNARY", "ExpressionParser"]

_EQUALITY = 8
_ORDER = 9

#: Written operator to (level, meaning); a higher level binds tighter, all are left associative.
BINARY: Final = {
    "or": (1, "||"),
    "||": (1, "||"),
    "and": (2, "&&"),
    "&&": (2, "&&"),
    "|": (3, "|"),
    "&": (4, "&"),
    "^": (5, "^"),
    "<<": (6, "<<"),
    ">>": (7, ">>"),
    **{word: (_EQUALITY, word) for word in ("==", "!=", "=~", "eq", "ne", "ieq", "ine")},
    **{word: (_ORDER, word) for word in ("<", ">", "<=", ">=")},
    "+": (10, "+"),
    "-": (10, "-"),
    "*": (11, "*"),
    "/": (11, "/"),
    "%": (11, "mod"),
    "mod": (11, "mod"),
}
UNARY: Final = {
    "!": "!",
    "not": "!",
    "-": "-",
    "~": "~",
    "(int)": "(int)",
    "(str)": "(str)",
    "defined": "defined",
}
#: What stands where an operand is missing, with what to write.
_NO_OPERANDS: Final = {
    "=": "write '=='",
    "/": 'a pattern is written in quotes, without slashes: =~ "^00"',
    "^": "a pattern is written in quotes",
}
#: An operator of OpenSIPS, and a slip of the pen, with what is meant.
_FOREIGN: Final = {"!~": "=~", "=": "=="}
_ADDRESS_WORDS: Final = frozenset({"src_ip", "dst_ip", "snd_ip", "to_ip"})
_LOGICAL: Final = frozenset({"&&", "||"})
#: Behind one of these a string or number is a whole expression: most are, and need no more work.
_ENDS: Final = frozenset({",", ")", ";"})

COMPARISONS: Final = frozenset(word for word, (level, _) in BINARY.items() if level in {_EQUALITY, _ORDER})


class ExpressionParser(OperandParser):
    """Reads expressions from a stream."""

    def expression(self) -> Expression:
        """Read a whole expression."""
        stream = self.stream
        token = stream.now
        if token.kind is TokenKind.STRING and stream.following.mark in _ENDS:
            self.height = 1
            stream.take()
            return Text(token.text, token.span)
        if token.kind is TokenKind.NUMBER and stream.following.mark in _ENDS:
            self.height = 1
            stream.take()
            return Number(token.number, token.span)
        return self._expression(1)

    def _expression(self, level: int) -> Expression:
        """Read an expression whose operators all have at least `level`."""
        stream = self.stream
        stream.enter()
        found = self._unary() if stream.now.mark in UNARY else self.operand()
        if stream.now.mark in BINARY or stream.now.mark in _FOREIGN:
            found = self._operators(found, level)
        stream.leave()
        return found

    def _operators(self, left: Expression, level: int) -> Expression:
        """Go on with the operators behind `left`, as long as they have at least `level`."""
        height = self.height
        chain: list[Expression] = []  # operands of the `&&` or `||` that `left` is to become the first of
        chained = ""
        while (found := self._operator()) is not None and found[0] >= level:
            token, operator = self.stream.take(), found[1]
            right = self._right(left, found[0])
            if operator == chained:
                chain.append(right)
                height = max(height, self.height + 1)
                continue
            if chain:
                left, chain = _joined(chained, chain), []
            chained = ""
            height = max(height, self.height) + 1
            if operator in _LOGICAL:
                chain, chained = [left, right], operator
            elif token.mark in _FOREIGN:
                left = self._foreign(token, left, right)
            else:
                left = Binary(operator, (left, right), left.span.to(right.span))
            if height > MAX_NESTING:
                self.stream.check_height(height)
        self.height = height
        return _joined(chained, chain) if chain else left

    def _operator(self) -> tuple[int, str] | None:
        """The level and meaning of the binary operator that stands here, if one does."""
        mark = self.stream.now.mark
        if mark == "%" and self.at_mark():
            return None
        return BINARY.get(_FOREIGN.get(mark, mark))

    def _right(self, left: Expression, level: int) -> Expression:
        """Read what stands behind an operator; an address is compared with a host name, dashes and all."""
        stream = self.stream
        is_address = isinstance(left, Word) and left.value in _ADDRESS_WORDS
        if is_address and stream.now.kind is TokenKind.NAME and stream.following.mark != "(":
            self.height = 1
            return self.host()
        return self._expression(level + 1)

    def _foreign(self, operator: Token, left: Expression, right: Expression) -> Expression:
        """Say that an operator is none of this language, and read it as what is meant."""
        span = left.span.to(right.span)
        report = self.stream.diagnostics
        if operator.mark == "!~":
            message = "'!~' is an operator of OpenSIPS; it is read as !(a =~ b)"
            report.hint("foreign-operator", operator.span, message, "write !(a =~ b)")
            return Unary("!", Binary("=~", (left, right), span, grouped=True), span)
        report.error("assignment-in-condition", operator.span, "assignment in a condition", "write '=='")
        if isinstance(left, VariableName):
            return Assign(left, right, span)
        return Binary("==", (left, right), span)

    def _unary(self) -> Expression:
        """Read unary operators and their operand."""
        token = self.stream.take()
        self.stream.enter()
        operand = self._unary() if self.stream.now.mark in UNARY else self.operand()
        operator = UNARY[token.mark]
        # An old comparison (`method == "INVITE"`) is one unit: `!` before it negates the whole (6.1).
        if operator == "!" and isinstance(operand, Word) and self.stream.now.mark in COMPARISONS:
            operand = self._operators(operand, _EQUALITY)
        self.stream.leave()
        self.height += 1
        return Unary(operator, operand, token.span.to(operand.span))

    def _meant(self) -> str:
        """What a word that stands where an operator could was meant as."""
        word = self.stream.now.mark.lower()
        return f"write {word!r}" if word in BINARY and word.isalpha() else ""

    def group(self) -> Expression:
        """Read an expression in parentheses."""
        stream = self.stream
        opening = stream.now
        if opening.mark != "(":
            fix = _NO_OPERANDS.get(opening.mark, "")
            raise stream.failure(f"an operand expected, found {opening.described()}", fix)
        stream.take()
        inside = self._expression(1)
        span = opening.span.to(stream.expect(")", "to close the '('", self._meant()).span)
        return replace(inside, span=span, grouped=True) if isinstance(inside, Binary | Unary) else inside


def _joined(operator: str, operands: list[Expression]) -> Binary:
    return Binary(operator, tuple(operands), operands[0].span.to(operands[-1].span))
