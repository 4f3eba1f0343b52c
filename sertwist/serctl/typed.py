"""From a command line's arguments to the parameters of a call: by order, by name, each of the type that is declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import UnreachableError
from sertwist.serctl.arguments import has_prefix, parse_argument
from sertwist.serctl.planned import Planned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.client.described import Described
    from sertwist.rpc.call import Value
    from sertwist.serctl.program import Program

__all__ = ["plan_call", "type_arguments"]

NAMED: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


def plan_call(program: Program, method: str, arguments: Sequence[str], effect: str = "") -> Planned:
    """The call of `method` that `arguments` stand for. The server is asked only if an argument leaves its type open.

    Raises:
        UsageError: an argument is not of its type.
        UnreachableError: no server could be asked.
    """
    described = None
    if any(NAMED.fullmatch(each) or not has_prefix(each) for each in arguments):
        described = _described(program, method)
    params, named = type_arguments(described, arguments)
    return Planned(method=method, params=tuple(params), named=named, effect=effect)


def type_arguments(described: Described | None, arguments: Sequence[str]) -> tuple[list[Value], dict[str, Value]]:
    """Parameters in order, and those by name. `NAME=VALUE` is one by name only where the method has that name.

    Raises:
        UsageError: an argument is not of its type.
    """
    named: dict[str, Value] = {}
    in_order: list[str] = []
    for argument in arguments:
        match = NAMED.fullmatch(argument)
        parameter = described.parameter(match[1]) if match and described else None
        if match and parameter:
            named[parameter.name] = parse_argument(match[2], parameter.type)
        else:
            in_order.append(argument)
    types = described.types(len(in_order)) if described else [None] * len(in_order)
    return [parse_argument(text, declared) for text, declared in zip(in_order, types, strict=True)], named


def _described(program: Program, method: str) -> Described | None:
    if not program.invocation.given("print"):
        return program.describe(method)
    try:
        return program.describe(method)
    except UnreachableError:
        program.warn(f"no server could be asked for the types of {method}: numbers are guessed by their look")
        return None
