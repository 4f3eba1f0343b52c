"""Read and print CSeq: the number and method that order requests (RFC 3261 8.1.1.5, 20.16)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sertwist.sip.errors import BadCSeqError
from sertwist.sip.grammar import TOKEN

__all__ = ["CSeq", "parse_cseq"]

_cseq = re.compile(rb"([0-9]++)[ \t]++(" + TOKEN + rb")").fullmatch


@dataclass(slots=True)
class CSeq:
    """A sequence number, 0 to 2**31 - 1, and a method, case kept."""

    number: int
    method: str

    def __bytes__(self) -> bytes:
        """Return the value as it stands in a message."""
        return b"%d %s" % (self.number, self.method.encode("ascii"))


def parse_cseq(text: bytes) -> CSeq:
    """Parse a CSeq value, folds already replaced.

    Raises:
        BadCSeqError: not `digits method`, or the number is 2**31 or more.
    """
    match = _cseq(text)
    if match is None:
        raise BadCSeqError("Malformed CSeq header field")
    digits = match[1] if len(match[1]) <= 10 else match[1].lstrip(b"0")
    # Judged by length first: an integer of a megabyte of digits would take a while to read.
    if len(digits) > 10 or int(digits or b"0") >= 2**31:
        raise BadCSeqError("CSeq number too large")
    return CSeq(int(digits or b"0"), match[2].decode("ascii"))
