"""`PythonTree`: makes nodes of Python's syntax tree that carry the script's lines and columns.

Tracebacks, coverage and `ast.unparse` then speak of the script (design, "The script compiler").
"""

from __future__ import annotations

import ast
import copy
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypedDict

from sertwist.script.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NOWHERE", "Place", "PythonTree"]


class Place(TypedDict):
    """Where a node is, as Python's trees say it."""

    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


NOWHERE: Final = Place(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)


class PythonTree:
    """Makes nodes for one script."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.file = source.name  # that the code made now is compiled for
        self._last: tuple[Span | None, Place] = (None, NOWHERE)

    def place(self, span: Span) -> Place:
        """Where `span` is, as Python's trees say it."""
        known, place = self._last
        if known != span:  # most places are asked for several times in a row
            line, column, end_line, end_column = self.source.byte_extent(self.source.seen_from(self.file, span))
            place = Place(lineno=line, col_offset=column, end_lineno=end_line, end_col_offset=end_column)
            self._last = span, place
        return place

    def constant(self, value: str | int | bool | tuple[int, ...] | None, span: Span) -> ast.expr:  # noqa: FBT001 (a value like the others)
        """A literal; a negative number is written as Python's parser reads it."""
        place = self.place(span)
        if isinstance(value, int) and value < 0:
            return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(-value, **place), **place)
        literal: Any = value  # Python's own tree takes tuples, its type stubs do not
        return ast.Constant(literal, **place)

    def name(self, name: str, span: Span) -> ast.expr:
        """A name that is read."""
        return ast.Name(id=name, ctx=ast.Load(), **self.place(span))

    def attribute(self, attribute: str, span: Span) -> ast.expr:
        """`ctx.attribute`, read."""
        return ast.Attribute(value=self.name("ctx", span), attr=attribute, ctx=ast.Load(), **self.place(span))

    def call(self, function: ast.expr, arguments: Sequence[ast.expr], span: Span) -> ast.expr:
        """A call."""
        return ast.Call(func=function, args=list(arguments), keywords=[], **self.place(span))

    def tuple(self, items: Sequence[ast.expr], span: Span) -> ast.expr:
        """Values behind each other."""
        return ast.Tuple(elts=list(items), ctx=ast.Load(), **self.place(span))

    def await_(self, awaited: ast.expr, span: Span) -> ast.expr:
        """`await awaited`."""
        return ast.Await(value=awaited, **self.place(span))

    def compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, span: Span) -> ast.expr:
        """One comparison."""
        return ast.Compare(left=left, ops=[operator], comparators=[right], **self.place(span))

    def negate(self, operand: ast.expr, span: Span) -> ast.expr:
        """`not operand`; of a comparison that has an opposite, the opposite."""
        if isinstance(operand, ast.Constant):
            return self.constant(value=not operand.value, span=span)
        if isinstance(operand, ast.Compare) and (opposite := _OPPOSITES.get(type(operand.ops[0]))):
            return self.compare(operand.left, opposite(), operand.comparators[0], span)
        return ast.UnaryOp(op=ast.Not(), operand=operand, **self.place(span))

    def unary(self, operator: ast.unaryop, operand: ast.expr, span: Span) -> ast.expr:
        """A unary operator."""
        return ast.UnaryOp(op=operator, operand=operand, **self.place(span))

    def binary(self, left: ast.expr, operator: ast.operator, right: ast.expr, span: Span) -> ast.expr:
        """A binary operator."""
        return ast.BinOp(left=left, op=operator, right=right, **self.place(span))

    def all_of(self, operands: Sequence[ast.expr], span: Span) -> ast.expr:
        """`a and b ...`."""
        return ast.BoolOp(op=ast.And(), values=list(operands), **self.place(span))

    def any_of(self, operands: Sequence[ast.expr], span: Span) -> ast.expr:
        """`a or b ...`."""
        return ast.BoolOp(op=ast.Or(), values=list(operands), **self.place(span))

    def statement(self, value: ast.expr, span: Span) -> ast.stmt:
        """An expression as a statement."""
        return ast.Expr(value=value, **self.place(span))

    def return_(self, value: ast.expr, span: Span) -> ast.stmt:
        """`return value`."""
        return ast.Return(value=value, **self.place(span))

    def set_true(self, attribute: str, span: Span) -> ast.stmt:
        """`ctx.attribute = True`."""
        place = self.place(span)
        target = ast.Attribute(value=self.name("ctx", span), attr=attribute, ctx=ast.Store(), **place)
        return ast.Assign(targets=[target], value=self.constant(value=True, span=span), **place)

    def assign(self, name: str, value: ast.expr, span: Span) -> ast.stmt:
        """`name = value`."""
        place = self.place(span)
        return ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store(), **place)], value=value, **place)

    def table(self, name: str, entries: dict[str, str], span: Span) -> ast.stmt:
        """`name = {text: name of a value, ...}`."""
        keys: list[ast.expr | None] = [self.constant(each, span) for each in entries]
        values = [self.name(each, span) for each in entries.values()]
        return self.assign(name, ast.Dict(keys=keys, values=values, **self.place(span)), span)

    def named(self, name: str, value: ast.expr, span: Span) -> ast.expr:
        """`(name := value)`."""
        place = self.place(span)
        return ast.NamedExpr(target=ast.Name(id=name, ctx=ast.Store(), **place), value=value, **place)

    def choice(self, test: ast.expr, if_true: ast.expr, if_false: ast.expr, span: Span) -> ast.expr:
        """`if_true if test else if_false`."""
        return ast.IfExp(test=test, body=if_true, orelse=if_false, **self.place(span))

    def function_of(self, parameters: list[str], value: ast.expr, span: Span) -> ast.expr:
        """`lambda parameters: value`."""
        place = self.place(span)
        arguments = ast.arguments(
            posonlyargs=[],
            args=[ast.arg(arg=each, **place) for each in parameters],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        return ast.Lambda(args=arguments, body=value, **place)

    def if_(self, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt], span: Span) -> ast.stmt:
        """`if test: body else: otherwise`."""
        return ast.If(test=test, body=body or [ast.Pass(**self.place(span))], orelse=otherwise, **self.place(span))

    def attempt(self, body: list[ast.stmt], error: str, otherwise: list[ast.stmt], span: Span) -> ast.stmt:
        """`try: body`, and `otherwise` when it raises `error`, which is there as `error`."""
        place = self.place(span)
        handler = ast.ExceptHandler(type=self.name(error, span), name="error", body=otherwise, **place)
        return ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[], **place)

    def always(self, body: list[ast.stmt], last: ast.stmt, span: Span) -> ast.stmt:
        """`body`, and `last` however it ends."""
        return ast.Try(body=body, handlers=[], orelse=[], finalbody=[last], **self.place(span))

    def loop(self, bound: int, body: list[ast.stmt], otherwise: list[ast.stmt], span: Span) -> ast.stmt:
        """`for _ in range(bound): body`, and `otherwise` when nothing left it."""
        place = self.place(span)
        times = self.call(self.name("range", span), [self.constant(bound, span)], span)
        target = ast.Name(id="_", ctx=ast.Store(), **place)
        return ast.For(target=target, iter=times, body=body, orelse=otherwise, **place)

    def leave_loop(self, span: Span) -> ast.stmt:
        """`break`."""
        return ast.Break(**self.place(span))

    def function(self, name: str, body: list[ast.stmt], span: Span, *, waits: bool, counts: bool) -> ast.stmt:
        """A route as `def name(ctx)`, with `depth=0` when it `counts` its calls within each other.

        Python's parser makes the head, so that fields that later versions add have their defaults.
        """
        head_place = self.name(name, Span(span.start, span.start))
        definition: Any = copy.deepcopy(_head(waits=waits, counts=counts))
        for node in ast.walk(definition):
            ast.copy_location(node, head_place)
        definition.name = name
        definition.body = body
        found: ast.stmt = definition
        return found


@cache
def _head(*, waits: bool, counts: bool) -> ast.stmt:
    return ast.parse(f"{'async ' if waits else ''}def name(ctx{', depth=0' if counts else ''}): pass").body[0]


_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.IsNot: ast.Is,
}
