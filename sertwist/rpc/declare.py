"""What a module declares to the management plane: RPC methods with typed parameters, result, effect and help.

From one declaration come argument checks, `system.methodSignature`, `serctl help` and the documentation (design, RPC).
"""

from __future__ import annotations

import enum
import inspect
from typing import TYPE_CHECKING, Any

from sertwist.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Cost", "Effect", "Error", "Method", "Param", "Type"]


class Type(enum.Enum):
    """XML-RPC type names as `system.methodSignature` prints them (reference rpc 6.3, 9)."""

    INT = "int"
    I8 = "i8"
    BOOLEAN = "boolean"
    DOUBLE = "double"
    STRING = "string"
    TIME = "dateTime.iso8601"
    BASE64 = "base64"
    ARRAY = "array"
    STRUCT = "struct"
    NIL = "nil"
    ANY = "undef"  # several types are possible: the introspection convention's own word


class Effect(enum.IntEnum):
    """How far a call reaches; ordered, so that the highest of several members is `max`."""

    READ = 0
    WRITE = 1
    DESTRUCTIVE = 2


class Cost(enum.Enum):
    """What a call asks of the server; a client may warn of, and a policy bound, those that ask much."""

    CHEAP = "cheap"  # done within a millisecond
    LISTS = "lists"  # grows with what there is; made in turns, other work between
    WAITS = "waits"  # for a file, a name, another server or a message, not for the processor


@record
class Error:
    """A fault of a method's own: its code, and its text or how that begins."""

    code: int
    text: str


@record(kw_only=True)
class Param:
    """One parameter of a method. `rest` takes all that follow (only on the last parameter); `secret`: never logged."""

    name: str
    type: Type
    optional: bool = False
    rest: bool = False
    minimum: int | None = None
    maximum: int | None = None
    secret: bool = False
    help: str = ""


@record(kw_only=True)
class Method:
    """An RPC method: `run(request, *arguments)` returns the result value, or raises `Fault`.

    `request` is the `CallContext` of `sertwist.rpc.dispatch` (who asks, over what); a method that waits is a coroutine
    function. `idempotent` says that running it twice is the same as once, so a client may retry.

    `errors` are faults of its own; `since` the first version that had it. With `has_secrets` its result may hold
    `Secret` texts, which are shown to those alone whom the policy says so of; without it they can't be in a result.
    """

    name: str
    run: Callable[..., Any]
    params: tuple[Param, ...] = ()
    result: Type = Type.STRING
    effect: Effect = Effect.READ
    idempotent: bool = True
    aliases: tuple[str, ...] = ()
    module: str = ""
    help: str = ""
    cost: Cost = Cost.CHEAP
    errors: tuple[Error, ...] = ()
    since: str = "0.1"
    has_secrets: bool = False

    @property
    def waits(self) -> bool:
        """Whether it may answer later, with other work done between."""
        return inspect.iscoroutinefunction(self.run)
