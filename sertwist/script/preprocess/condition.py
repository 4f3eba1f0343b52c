"""Work out the expressions of `#!ifexp`, `#!defexp` and `#!defexps` (reference language 1.3)."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_NESTING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.preprocess.definitions import Definitions

__all__ = ["ConditionError", "evaluate"]

_TOKENS: Final = re.compile(
    r"""\s*(?:(?P<number>0[xX][0-9A-Fa-f]+|\d+)|(?P<string>"[^"]*"|'[^']*')|(?P<name>[A-Za-z_]\w*)
        |(?P<symbol>\*\*|==|!=|<=|>=|&&|\|\||[-+*/%<>!()]))""",
    re.ASCII | re.VERBOSE,
)
_LARGEST: Final = 2**63

#: The value of an expression; None is that of a name that is not defined: both 0 and the empty text.
Value = int | str | None


class ConditionError(ValueError):
    """An expression can't be worked out; the text says why."""


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise ConditionError("division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) is (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    return left - right * _divide(left, right)


def _power(left: int, right: int) -> int:
    if right < 0 or (abs(left) > 1 and right > 63):
        raise ConditionError("the number needs more than 64 bits")
    return int(left**right)


#: Operator to (level, what it does with two numbers).
_ARITHMETIC: Final[dict[str, tuple[int, Callable[[int, int], int]]]] = {
    "<": (4, operator.lt),
    ">": (4, operator.gt),
    "<=": (4, operator.le),
    ">=": (4, operator.ge),
    "+": (5, operator.add),
    "-": (5, operator.sub),
    "*": (6, operator.mul),
    "/": (6, _divide),
    "%": (6, _remainder),
    "**": (7, _power),
}
_LEVELS: Final = {"||": 1, "&&": 2, "==": 3, "!=": 3, **{word: level for word, (level, _) in _ARITHMETIC.items()}}


def evaluate(text: str, definitions: Definitions) -> Value:
    """The value of the expression `text`.

    Raises:
        ConditionError: it is malformed, divides by zero or needs more than 64 bits.
    """
    return _Reader(text, definitions).whole()


def is_true(value: Value) -> bool:
    """What is neither 0 nor empty holds."""
    return bool(value)


class _Reader:
    """One run over one expression."""

    def __init__(self, text: str, definitions: Definitions) -> None:
        self.definitions = definitions
        self.tokens = _split(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Value:
        value = self._binary(1)
        if self.at < len(self.tokens):
            raise ConditionError(f"{self.tokens[self.at][1]!r} can't stand here")
        return value

    def _binary(self, level: int) -> Value:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ConditionError(f"nested too deeply: more than {MAX_NESTING} levels")
        left = self._unary()
        while (own := _LEVELS.get(self._symbol(), 0)) >= level:
            word = self._symbol()
            self.at += 1
            right = self._binary(own if word == "**" else own + 1)
            left = _apply(word, left, right)
        self.depth -= 1
        return left

    def _symbol(self) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")
        return text if kind == "symbol" else ""

    def _unary(self) -> Value:
        signs: list[str] = []
        while self._symbol() in {"!", "-", "+"}:
            signs.append(self._symbol())
            self.at += 1
        value = self._operand()
        for sign in reversed(signs):
            value = int(not value) if sign == "!" else _number(value) * (-1 if sign == "-" else 1)
        return value

    def _operand(self) -> Value:
        if self.at >= len(self.tokens):
            raise ConditionError("an operand is missing")
        kind, text = self.tokens[self.at]
        self.at += 1
        match kind:
            case "number":
                return _checked(int(text, 0) if text[:2] in {"0x", "0X"} else int(text[:20]))
            case "string":
                return text[1:-1]
            case "name":
                definition = self.definitions.get(text)
                return None if definition is None else _meaning(definition.text)
            case _ if text == "(":
                value = self._binary(1)
                if self._symbol() != ")":
                    raise ConditionError("')' is missing")
                self.at += 1
                return value
            case _:
                raise ConditionError(f"an operand expected, found {text!r}")


def _split(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None or match.lastgroup is None:
            raise ConditionError(f"{text[at : at + 20].strip()!r} can't stand here")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _meaning(text: str) -> Value:
    """The value of a definition: a number, a text in quotes, or what it says."""
    text = text.strip()
    if re.fullmatch(r"-?\d{1,19}", text):
        return _checked(int(text))
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _number(value: Value) -> int:
    if isinstance(value, int):
        return value
    return int(value) if value and re.fullmatch(r"-?\d{1,18}", value) else 0


def _checked(value: int) -> int:
    if not -_LARGEST <= value < _LARGEST:
        raise ConditionError("the number needs more than 64 bits")
    return value


def _apply(word: str, left: Value, right: Value) -> Value:
    match word:
        case "||":
            return int(bool(left) or bool(right))
        case "&&":
            return int(bool(left) and bool(right))
        case "==":
            return int(_same(left, right))
        case "!=":
            return int(not _same(left, right))
        case "+" if isinstance(left, str) or isinstance(right, str):
            return f"{'' if left is None else left}{'' if right is None else right}"
        case _:
            return _checked(int(_ARITHMETIC[word][1](_number(left), _number(right))))


def _same(left: Value, right: Value) -> bool:
    if left is None or right is None:
        return not left and not right
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    return str(left) == str(right)
