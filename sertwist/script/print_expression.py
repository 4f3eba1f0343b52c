"""`print_expression`: an expression as text, with the parentheses that its shape needs (reference language 6.1)."""

from __future__ import annotations

import re
from typing import Final

from sertwist.script.nodes import (
    Address,
    Assign,
    Binary,
    Call,
    Expression,
    Missing,
    Network,
    Number,
    RouteCall,
    SelectName,
    Text,
    Unary,
    VariableName,
    Word,
)
from sertwist.script.parse_expression import BINARY, COMPARISONS

__all__ = ["print_condition", "print_expression", "print_text"]

_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", '"': '\\"', "\\": "\\\\"}
_ESCAPED: Final = re.compile(r'[\x00-\x1f"\\\x7f\udc80-\udcff]')
_ROUTE_NAME: Final = re.compile(r"[A-Za-z_]\w*|0|[1-9]\d{0,17}", re.ASCII)
_LEVELS: Final = {meaning: level for level, meaning in BINARY.values()}
_COMPARISON: Final = _LEVELS["=="]
_TIGHTEST: Final = 100  # above all operators
_FUNCTION_LIKE: Final = frozenset({"strlen", "strempty"})


def print_text(value: str) -> str:
    """A string in double quotes."""
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\x{ord(character) & 0xFF:02x}"


def print_condition(expression: Expression) -> str:
    """What stands behind `if`: in parentheses, unless it is written without and that shows in the tree."""
    text = print_expression(expression)
    return text if isinstance(expression, Binary | Unary) else f"({text})"


def print_expression(expression: Expression) -> str:
    """The expression with the parentheses it was written with, and what it needs besides."""
    match expression:
        case Binary() | Unary() if expression.grouped:
            return f"({_bare(expression)})"
        case _:
            return _bare(expression)


def _bare(expression: Expression) -> str:  # noqa: C901, PLR0911, PLR0912 (one a kind of expression)
    """The expression without parentheses around it."""
    match expression:
        case Number() | Word():
            return str(expression.value)
        case Text():
            return print_text(expression.value)
        case Address():
            return _address(expression.value)
        case Network():
            address, _, size = expression.value.partition("/")
            return f"{_address(address)}/{_address(size)}"
        case SelectName():
            return _select(expression)
        case VariableName():
            return expression.text
        case Call():
            return f"{expression.name}({', '.join(map(print_expression, expression.arguments))})"
        case RouteCall():
            return f"route({', '.join((_route_name(expression), *map(print_expression, expression.arguments)))})"
        case Assign():
            return f"{expression.target.text} = {_inside(expression.value, _COMPARISON + 1)}"
        case Unary():
            return _unary(expression)
        case Binary():
            return _binary(expression)
        case Missing():
            raise ValueError("a script with errors can't be printed")


def _address(text: str) -> str:
    return f"[{text}]" if ":" in text else text


def _select(select: SelectName) -> str:
    text = "@"
    for count, part in enumerate(select.path, 1):
        text += part if count == 1 else f".{part}"
        for at, index in select.indexes:
            if at == count:
                text += f"[{index}]" if isinstance(index, int) or index == "*" else f'["{index}"]'
    return text


def _route_name(call: RouteCall) -> str:
    if call.computed is not None:
        return print_expression(call.computed)
    return call.name if _ROUTE_NAME.fullmatch(call.name) else print_text(call.name)


def _level(expression: Expression) -> int:
    """How tight the outermost operator binds."""
    match expression:
        case Binary(grouped=False, operator=operator):
            return _LEVELS[operator]
        case Assign():
            return _COMPARISON
        case _:
            return _TIGHTEST


def _inside(expression: Expression, level: int) -> str:
    """An operand whose own operator must have at least `level`."""
    text = print_expression(expression)
    return text if _level(expression) >= level else f"({text})"


def _unary(expression: Unary) -> str:
    operator, operand = expression.operator, expression.operand
    if operator in _FUNCTION_LIKE:
        text = print_expression(operand)
        return operator + (text if isinstance(operand, Binary | Unary) and operand.grouped else f"({text})")
    text = print_expression(operand) if _is_old_comparison(expression) else _inside(operand, _TIGHTEST)
    apart = operator == "defined" or (isinstance(operand, Unary) and not operand.grouped)
    return f"{operator}{' ' if apart else ''}{text}"


def _is_old_comparison(expression: Expression) -> bool:
    """Whether it is `!word == ...`, where `!` holds for the whole comparison without parentheses."""
    if not (isinstance(expression, Unary) and expression.operator == "!"):
        return False
    first = expression.operand
    if not (isinstance(first, Binary) and not first.grouped and _LEVELS[first.operator] >= _COMPARISON):
        return False
    operator = ""
    while isinstance(first, Binary) and not first.grouped:
        operator, first = first.operator, first.operands[0]
    return isinstance(first, Word) and operator in COMPARISONS


def _binary(expression: Binary) -> str:
    level = _LEVELS[expression.operator]
    first, *others = expression.operands
    left = _inside(first, level + 1 if len(others) > 1 or level <= _LEVELS["&&"] else level)
    if level >= _COMPARISON and _takes_more(first):
        left = f"({left})"
    return f" {expression.operator} ".join([left, *(_inside(each, level + 1) for each in others)])


def _takes_more(expression: Expression) -> bool:
    """Whether it ends in `!word` or `!word == ...`, which a comparison behind it would become part of."""
    while not (isinstance(expression, Binary | Unary) and expression.grouped):
        match expression:
            case Unary(operator="!", operand=Word()):
                return True
            case Unary() if _is_old_comparison(expression):
                return True
            case Unary(operator=operator, operand=operand) if operator not in _FUNCTION_LIKE:
                expression = operand
            case Binary(operands=operands):
                expression = operands[-1]
            case _:
                return False
    return False
