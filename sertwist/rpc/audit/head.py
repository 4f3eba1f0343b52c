"""The head: a small file beside the log that says with which record it begins and ends, so that a cut tail is seen.

Its text has always the same length, so that it is written over in place, in one piece.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sertwist.rpc.audit.record import NO_RECORD, Link

__all__ = ["Head"]

_TEXT: Final = re.compile(
    rb"sertwist-audit 1 first=([0-9]{16}) prev=([0-9a-f]{64}) last=([0-9]{16}) hash=([0-9a-f]{64})\n"
)


@dataclass(frozen=True, slots=True)
class Head:
    """What the log holds.

    Attributes:
        before: the place before the oldest record that is kept.
        last: the place of the newest.
    """

    before: Link = NO_RECORD
    last: Link = NO_RECORD

    def text(self) -> bytes:
        """The file's content."""
        first = f"first={self.before.seq + 1:016d} prev={self.before.digest}"
        return f"sertwist-audit 1 {first} last={self.last.seq:016d} hash={self.last.digest}\n".encode("ascii")

    @classmethod
    def read(cls, data: bytes) -> Head | None:
        """The head in `data`; None when it is none."""
        match = _TEXT.fullmatch(data)
        if match is None:
            return None
        first, prev, last, digest = (each.decode("ascii") for each in match.groups())
        if int(first) < 1 or int(last) < int(first) - 1:
            return None
        return cls(Link(int(first) - 1, prev), Link(int(last), digest))
