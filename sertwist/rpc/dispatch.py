"""Run a call that may run: look its method up, check its arguments by declaration, make its value or its fault.

Who may call was decided before, by the script, for every member of a multicall. Nothing here knows how the
call came.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeGuard, cast

from sertwist.rpc import fault
from sertwist.rpc.arguments import bind, misnamed_text
from sertwist.rpc.call import MULTICALL
from sertwist.rpc.caller import Caller
from sertwist.rpc.fault import Fault
from sertwist.rpc.secret import shown

if TYPE_CHECKING:
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.declare import Method
    from sertwist.rpc.registry import Registry

__all__ = ["CallContext", "Opinion", "Visible", "Watching", "is_pending", "run_call"]

# Of these types nothing is awaited, and asking an abstract class about each result costs more than most methods.
_VALUES: Final = frozenset({bool, int, float, str, bytes, datetime, tuple, list, dict, type(None)})


class Watching(Protocol):
    """Calls that are made again and again for a caller, who is told of changes."""

    def add(self, call: Call, every: float) -> int:
        """Watch `call`, made each `every` seconds; gives its number.

        Raises:
            Fault: there are enough.
        """

    def remove(self, number: int) -> bool:
        """End a watch; whether there was one."""


class Visible(Protocol):
    """Which methods a caller may know of."""

    def may_call(self, name: str) -> bool:
        """Whether it may call the method with this canonical name, with some parameters."""

    def may_list(self) -> bool:
        """Whether it may know all methods, also those that it may not call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What would become of a call, and why.

    Attributes:
        allowed: it would run.
        reason: in words.
        script: line of the script that decides, `ser.cfg:40`; empty when it is not known.
        policy: rule of the policy that decides, `policy.toml:12`; empty when none was asked.
    """

    allowed: bool
    reason: str
    script: str = ""
    policy: str = ""


@dataclass(slots=True, kw_only=True)
class CallContext:
    """What a method learns about the call that runs it; the first argument of `Method.run`.

    Attributes:
        registry: every method.
        report: takes an incident's id and the exception behind an "Internal Server Error", for the log.
        caller: who asks.
        call_id: name of this call in the logs.
        server: what the server lets methods do.
        autoconversion: see `bind`.
        visible: which methods this caller may know of; None: all.
        judge: asks every judge about a call of this caller's, as if it came now; nothing runs. None: nobody can be
            asked.
        watches: what the caller wants to be told of when it changes; None: nobody can be told on this way.
        reveal: secrets in the result may be shown.
        reveals: likewise, for each member of a multicall; empty: of none.
        after_reply: run in order once the reply was written; a method that stops the server appends here.
    """

    registry: Registry
    report: Callable[[str, BaseException], None]
    caller: Caller = field(default_factory=Caller)
    call_id: str = ""
    server: Any = None
    autoconversion: bool = False
    visible: Visible | None = None
    judge: Callable[[Call], Awaitable[Opinion]] | None = None
    watches: Watching | None = None
    reveal: bool = False
    reveals: tuple[bool, ...] = ()
    after_reply: list[Callable[[], None]] = field(default_factory=list)


def is_pending(result: Value | Awaitable[Value]) -> TypeGuard[Awaitable[Value]]:
    """Return whether `result` is still to be awaited."""
    return type(result) not in _VALUES and isinstance(result, Awaitable)


def run_call(call: Call, context: CallContext) -> Value | Awaitable[Value]:
    """Run `call`, all members of a multicall in order; None becomes True, as every call answers one value.

    Returns:
        The value, or an awaitable of it when a method waits.

    Raises:
        Fault: also raised by the awaitable; an exception that is not a `Fault` becomes 500 with an incident's
        id.
    """
    if call.method == MULTICALL and context.registry.resolve(MULTICALL) is not None:
        return _run_members(call.members, context)
    return _run_one(call, context)


def _run_one(call: Call, context: CallContext) -> Value | Awaitable[Value]:
    method = context.registry.resolve(call.method)
    if method is None:
        raise Fault(500, fault.METHOD_NOT_FOUND)
    if call.named is not None:
        raise Fault(400, misnamed_text(method, call.named))
    arguments = bind(method, call.params, autoconversion=context.autoconversion)
    try:
        result = method.run(context, *arguments)
    except Fault:
        raise
    except Exception as error:  # noqa: BLE001 (a method's defect is this call's fault, not the server's end)
        raise _incident(context, error) from None
    if result is None:
        return True
    if is_pending(result):
        return _finish(result, method, context)
    return shown(result, reveal=context.reveal) if method.has_secrets else cast("Value", result)


async def _finish(result: Awaitable[Value], method: Method, context: CallContext) -> Value:
    reveal = context.reveal
    try:
        value = await result
    except Fault:
        raise
    except Exception as error:  # noqa: BLE001 (as above)
        raise _incident(context, error) from None
    if value is None:
        return True
    return shown(value, reveal=reveal) if method.has_secrets else value


def _incident(context: CallContext, error: Exception) -> Fault:
    """The client hears a number; what happened stays in the log, under that number."""
    incident = secrets.token_hex(4)
    context.report(incident, error)
    return Fault(500, f"{fault.INTERNAL_ERROR} (incident {incident})")


def _run_members(members: tuple[Call, ...], context: CallContext) -> Value | Awaitable[Value]:
    """Without a coroutine as long as no member waits; the first that does takes the rest along."""
    results: list[Value] = []
    for index, member in enumerate(members):
        result = _run_member(index, member, context)
        if is_pending(result):
            return _run_rest(result, members, results, context)
        results.append(cast("Value", result))
    return results


async def _run_rest(
    waiting: Awaitable[Value], members: tuple[Call, ...], results: list[Value], context: CallContext
) -> Value:
    """From the member behind those with `results` on, which waits."""
    results.append(await waiting)
    for index in range(len(results), len(members)):
        result = _run_member(index, members[index], context)
        results.append(await result if is_pending(result) else cast("Value", result))
    return results


def _run_member(index: int, member: Call, context: CallContext) -> Value | Awaitable[Value]:
    """A member's outcome as multicall shows it: its value in an array, or its fault as a struct."""
    context.reveal = index < len(context.reveals) and context.reveals[index]
    try:
        result = _run_one(member, context)
    except Fault as error:
        return _fault_struct(error)
    return _finish_member(result) if is_pending(result) else [cast("Value", result)]


async def _finish_member(result: Awaitable[Value]) -> Value:
    try:
        return [await result]
    except Fault as error:
        return _fault_struct(error)


def _fault_struct(error: Fault) -> Value:
    return {"faultCode": error.code, "faultString": error.text}
