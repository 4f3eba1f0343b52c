"""`Call`: the one parsed object that the script tests, the log records and the dispatcher runs (reference rpc 14.1).

A multicall's members are calls too, made from the same document in the same reading, so that a decision about
them is a decision about what will run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from sertwist.record import record
from sertwist.rpc.fault import Fault, limit_passed

if TYPE_CHECKING:
    from datetime import datetime

    from sertwist.limits import XmlRpcLimits

__all__ = ["MULTICALL", "Call", "Value", "make_call"]

MULTICALL: Final = "system.multicall"

#: What a parameter or a result is made of. A parameter can't be changed: its arrays are tuples, its structs read-only.
Value: TypeAlias = (
    "bool | int | float | str | bytes | datetime | tuple[Value, ...] | list[Value] | Mapping[str, Value] | None"
)


@record
class Call:
    """One call, or the members of one multicall.

    Attributes:
        method: name as received; canonical once `Registry.canonical` has resolved aliases.
        params: immutable values, in order.
        members: of `system.multicall` only, in order; they hold no members themselves.
        named: parameters by name that do not fit the method's declaration, or whose method is unknown; None otherwise.
            Such a call is judged like any other, and fails when it is to run.
    """

    method: str
    params: tuple[Value, ...] = ()
    members: tuple[Call, ...] = ()
    named: Mapping[str, Value] | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """Every method that would run: the members' of a multicall, else this one."""
        return tuple(member.method for member in self.members) if self.members else (self.method,)


def make_call(method: str, params: tuple[Value, ...], limits: XmlRpcLimits) -> Call:
    """Return the `Call` of a document's parts; a multicall's members are taken from its one parameter.

    Raises:
        Fault: 400, a multicall that is not one array of `{methodName, params}`, is nested, or passes a bound.
    """
    if len(params) > limits.max_params:
        raise limit_passed("max_params", limits.max_params)
    if method != MULTICALL:
        return Call(method, params)
    if len(params) != 1 or not isinstance(params[0], tuple):
        raise Fault(400, f"Invalid Multicall: {MULTICALL}(calls:array) takes one array of structs")
    calls = params[0]
    if len(calls) > limits.max_multicall:
        raise limit_passed("max_multicall", limits.max_multicall)
    return Call(method, params, tuple(_make_member(number, each, limits) for number, each in enumerate(calls, 1)))


def _make_member(number: int, value: Value, limits: XmlRpcLimits) -> Call:
    if not isinstance(value, Mapping) or not value.keys() <= {"methodName", "params"}:
        raise Fault(400, f"Invalid Multicall: call {number} is not a struct of methodName and params")
    method, params = value.get("methodName"), value.get("params", ())
    if not isinstance(method, str) or not method:
        raise Fault(400, f"Invalid Multicall: call {number} has no methodName")
    if not isinstance(params, tuple):
        raise Fault(400, f"Invalid Multicall: params of call {number} are not an array")
    if method == MULTICALL:
        raise Fault(400, f"Invalid Multicall: call {number} is a multicall itself")
    if len(method) > limits.max_method_name:
        raise limit_passed("max_method_name", limits.max_method_name)
    if len(params) > limits.max_params:
        raise limit_passed("max_params", limits.max_params)
    return Call(method, params)
