"""`Choice`: which records somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sertwist.rpc.audit.record import Record

__all__ = ["Choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """All that is given must hold.

    Attributes:
        since: time as records have it, inclusive; empty: from the first.
        until: the same, exclusive; empty: to the last.
        who: part of the caller's key, subject, issuer, serial number, words or address, in any case.
        method: pattern (`*`, `?`) of one of the methods.
        decision: `allowed` or `refused`.
        call: a call's id.
    """

    since: str = ""
    until: str = ""
    who: str = ""
    method: str = ""
    decision: str = ""
    call: str = ""

    def takes(self, record: Record) -> bool:
        """Whether `record` is one of them."""
        time = record["time"]
        return (
            self.since <= time
            and (not self.until or time < self.until)
            and (not self.decision or record.get("decision") == self.decision)
            and (not self.call or record.get("call") == self.call)
            and (not self.method or any(fnmatchcase(name, self.method) for name in record.get("methods", ())))
            and (not self.who or self.who.casefold() in _who(record))
        )


def _who(record: Record) -> str:
    caller = record.get("caller")
    values = caller.values() if isinstance(caller, dict) else ()
    return "\n".join(str(value) for value in (*values, record.get("peer", ""))).casefold()
