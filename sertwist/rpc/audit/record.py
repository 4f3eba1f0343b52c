"""One record: a line of JSON in one canonical form (sorted names, no blanks, ASCII), so that one text has one hash."""

from __future__ import annotations

import enum
import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from sertwist.limits import MAX_AUDIT_LINE

__all__ = [
    "GENESIS",
    "NO_RECORD",
    "Kind",
    "Link",
    "Record",
    "encode",
    "hash_of",
    "parse_line",
    "records_are",
    "time_text",
]

Record: TypeAlias = dict[str, Any]

GENESIS: Final = "0" * 64  # the `prev` of the first record of all

_HEX: Final = frozenset("0123456789abcdef")
_ENCODE: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class Kind(enum.StrEnum):
    """What a record is about."""

    INTENT = "intent"  # a destructive call is about to run
    OUTCOME = "outcome"  # a call has run
    REFUSED = "refused"  # a call does not run
    START = "start"  # of the server
    STOP = "stop"  # its orderly end
    GAP = "gap"  # something is missing here, and what is known of it


class Link(NamedTuple):
    """A place in the chain: a record's number, and the SHA-256 of its line without the line feed."""

    seq: int
    digest: str


NO_RECORD: Final = Link(0, GENESIS)  # where a chain begins


def encode(record: Record) -> str:
    """`record` in canonical form."""
    return _ENCODE(record)


def hash_of(line: bytes) -> str:
    """What the record after `line`, which has no line feed, holds of it."""
    return hashlib.sha256(line).hexdigest()


def parse_line(line: bytes) -> Record | None:
    """The record of `line`, without its line feed; None when it is none in canonical form."""
    if len(line) > MAX_AUDIT_LINE:
        return None
    try:
        record = json.loads(line)
        if not isinstance(record, dict) or encode(record).encode("ascii") != line:
            return None
    except (ValueError, RecursionError):
        return None
    seq, prev = record.get("seq"), record.get("prev")
    if type(seq) is not int or seq < 1 or not isinstance(prev, str) or len(prev) != 64 or not _HEX.issuperset(prev):
        return None
    if record.get("kind") not in list(Kind) or not isinstance(record.get("time"), str):
        return None
    return record


def records_are(first: int, last: int) -> str:
    """`record 3 is` or `records 3 to 7 are`."""
    return f"record {first} is" if first == last else f"records {first} to {last} are"


def time_text(seconds: float) -> str:
    """`seconds` since the epoch as records write it, `2026-11-24T17:33:01.123456Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
