"""How a chain goes on after a start: where, and what of its end does not fit, which a `gap` record will say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.rpc.audit.head import Head
from sertwist.rpc.audit.record import NO_RECORD, Kind, Link, records_are

if TYPE_CHECKING:
    from sertwist.rpc.audit.record import Record
    from sertwist.rpc.audit.store import Found

__all__ = ["Resumed", "recover"]


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where a chain goes on.

    Attributes:
        end: the next record follows this place: one higher, holding this digest.
        head: in force from now on.
        gap: to be written first; None when everything fits.
    """

    end: Link
    head: Head
    gap: Record | None


def recover(found: Found) -> Resumed:
    """Go on after what was found. Numbers that the head vouches for are never used again."""
    tail, head = found.tail, found.head
    if found.fresh:
        return Resumed(NO_RECORD, Head(), None)
    reasons = []
    if head is None:
        reasons.append("there is no readable head file: what was cut off before this can not be told")
    elif head.last.seq > tail.last.seq:
        first = max(tail.last.seq, head.before.seq) + 1
        reasons.append(f"{records_are(first, head.last.seq)} missing: cut off, or lost with the machine")
    elif head.last.seq < tail.last.seq:
        newer = records_are(head.last.seq + 1, tail.last.seq)
        reasons.append(f"{newer} newer than the head: the server was killed as it wrote, or somebody else did")
    elif head.last.digest != tail.last.digest:
        reasons.append(f"record {tail.last.seq} is not the one that the head vouches for")
    if tail.torn:
        reasons.append(f"the last write was torn: {len(tail.torn)} bytes are no record")
    before = head.before if head is not None else NO_RECORD
    end = tail.last
    if head is not None and head.last.seq > end.seq:
        end = Link(head.last.seq, end.digest)
    if not reasons:
        return Resumed(end, Head(before, end), None)
    gap: Record = {"kind": Kind.GAP, "reason": "; ".join(reasons)}
    gap["head"] = None if head is None else list(head.last)
    if tail.torn:
        gap["torn"] = {"bytes": len(tail.torn), "sha256": hashlib.sha256(tail.torn).hexdigest()}
    return Resumed(end, Head(before, head.last if head is not None else end), gap)
