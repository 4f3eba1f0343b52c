"""What is never reached in a route, and `break` where no loop is (reference language 12: 21, 65)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.emit_route import leaves
from sertwist.script.nodes import Block, Break, End, If, Return, Route, Statement

if TYPE_CHECKING:
    from sertwist.script.diagnostic import Diagnostics

__all__ = ["check_flow"]


def check_flow(route: Route, diagnostics: Diagnostics) -> None:
    """Report the unreachable statements of `route`, the first of each stretch, and its `break`s."""
    where = "ends the script" if route.name is None else "leaves the route"
    fix = "'exit' or 'return' says so" if route.name is None else "'return' says so"
    waiting = [route.body]
    while waiting:
        block = waiting.pop()
        _check_block(block, diagnostics)
        for statement in block.statements:
            waiting.extend(_blocks_in(statement))
            if isinstance(statement, Break):
                message = f"'break' outside of a loop {where}"
                diagnostics.hint("break-outside-loop", statement.span, message, fix, cause=route.span)


def _check_block(block: Block, diagnostics: Diagnostics) -> None:
    for before, statement in zip(block.statements, block.statements[1:], strict=False):
        if leaves(Block((before,), before.span)):
            what = _word(before)
            diagnostics.warning("unreachable", statement.span, f"never reached, since {what} stands before it")
            return


def _word(statement: Statement) -> str:
    match statement:
        case End(word=word):
            return repr(word)
        case Return():
            return "'return'"
        case Break():
            return "'break'"
        case _:
            return "something that always leaves"


def _blocks_in(statement: Statement) -> list[Block]:
    match statement:
        case Block():
            return [statement]
        case If(arms=arms, otherwise=otherwise):
            return [body for _, body in arms] + ([otherwise] if otherwise else [])
        case _:
            return []
