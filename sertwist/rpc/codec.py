"""`Codec`: a form in which calls come and answers go; `Reading`: one document that it has read.

What the script judges, the policy decides on, the audit log records and the dispatcher runs is `Reading.call`, read
once (reference rpc 14.1). What only the answer needs (JSON-RPC's ids) stays beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from sertwist.rpc.call import Call, Value
    from sertwist.rpc.fault import Fault
    from sertwist.rpc.http_request import HttpRequest

__all__ = ["Codec", "Reading"]

_NONE: Final[frozenset[int]] = frozenset()


@dataclass(slots=True)  # made for every call: a frozen one would cost four times as much
class Reading:
    """One document.

    Attributes:
        call: names made canonical; or the fault that says why the document is no call.
        envelope: what the codec needs for the answer.
        silent: members (of a single call: 0) that want no answer, by their place: JSON-RPC's notifications.
    """

    call: Call | Fault
    envelope: Any = None
    silent: frozenset[int] = _NONE


class Codec(Protocol):
    """A form of calls and answers."""

    @property
    def content_type(self) -> str:
        """Of its documents."""

    def read(self, request: HttpRequest) -> Reading:
        """Read the body of `request`; never raises for what a peer sent."""

    def write_result(self, reading: Reading, value: Value, request: HttpRequest) -> bytes:
        """The answer that carries the call's value; empty: nothing is to be said.

        Raises:
            Fault: 500, a value that this form can't carry.
        """

    def write_fault(self, reading: Reading | None, fault: Fault) -> bytes:
        """The answer that carries `fault`; empty: nothing is to be said. `reading` None: the body was never read."""
