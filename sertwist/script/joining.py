"""Join conditions by `&&` and `||`, so that one value is looked at once (reference language 6.1).

`method == "A" || method == "B"` becomes a look-up in a set, and tests of one address against several networks one call.
Constant conditions that decide nothing are left out.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.script.python_tree import PythonTree
    from sertwist.script.source import Span

__all__ = ["join_conditions"]

_ONE_OF = "in_network"


def join_conditions(python: PythonTree, operator: str, operands: Sequence[ast.expr], span: Span) -> ast.expr:
    """The condition `a operator b operator ...`."""
    is_any = operator == "||"
    kept: list[ast.expr] = []
    for operand in operands:
        if isinstance(operand, ast.Constant):
            if bool(operand.value) is is_any:  # it decides: what follows is never looked at
                kept.append(operand)
                break
            continue
        merged = _merged(python, kept[-1], operand, span, is_any=is_any) if kept else None
        if merged is None:
            kept.append(operand)
        else:
            kept[-1] = merged
    if not kept:
        return python.constant(value=not is_any, span=span)
    if len(kept) == 1:
        return kept[0]
    return python.any_of(kept, span) if is_any else python.all_of(kept, span)


def _merged(python: PythonTree, first: ast.expr, second: ast.expr, span: Span, *, is_any: bool) -> ast.expr | None:
    """Both as one test, None when they are not of one value."""
    one, other = _membership(first, is_any=is_any), _membership(second, is_any=is_any)
    if one is not None and other is not None and _is_same(one[0], other[0]):
        elements = ast.Set(elts=[*one[1], *other[1]], **python.place(span))
        return python.compare(one[0], ast.In() if is_any else ast.NotIn(), elements, span)
    tests = _network_test(first, is_any=is_any), _network_test(second, is_any=is_any)
    if tests[0] is None or tests[1] is None or not _is_same(tests[0].args[0], tests[1].args[0]):
        return None
    joined = python.call(tests[0].func, [*tests[0].args, *tests[1].args[1:]], span)
    return joined if is_any else python.negate(joined, span)


def _membership(test: ast.expr, *, is_any: bool) -> tuple[ast.expr, list[ast.expr]] | None:
    """A value and the texts or numbers that it is compared with: `==` and `in`, or `!=` and `not in`."""
    if not isinstance(test, ast.Compare) or not _is_steady(test.left):
        return None
    compared = test.comparators[0]
    match test.ops[0]:
        case ast.Eq() if is_any and isinstance(compared, ast.Constant):
            return test.left, [compared]
        case ast.NotEq() if not is_any and isinstance(compared, ast.Constant):
            return test.left, [compared]
        case ast.In() if is_any and isinstance(compared, ast.Set):
            return test.left, compared.elts
        case ast.NotIn() if not is_any and isinstance(compared, ast.Set):
            return test.left, compared.elts
        case _:
            return None


def _network_test(test: ast.expr, *, is_any: bool) -> ast.Call | None:
    """The call of `in_network` that a condition is, or that it negates."""
    if not is_any:
        if not isinstance(test, ast.UnaryOp) or not isinstance(test.op, ast.Not):
            return None
        test = test.operand
    is_call = isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == _ONE_OF
    return test if is_call and isinstance(test, ast.Call) and _is_steady(test.args[0]) else None


def _is_steady(value: ast.expr) -> bool:
    """Whether reading it twice gives the same: an attribute of the context, or what has no argument but it."""
    match value:
        case ast.Attribute():
            return True
        case ast.Call(func=ast.Name(id=name), args=[ast.Name()]):
            return name.startswith("get_")
        case _:
            return False


def _is_same(one: Any, other: Any) -> bool:
    return ast.dump(one) == ast.dump(other)
