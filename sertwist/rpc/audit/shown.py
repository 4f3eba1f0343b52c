"""Records for people and for programs: a line of text, JSON, or a row of CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from sertwist.printable import escape_controls
from sertwist.rpc.audit.record import Kind, encode

if TYPE_CHECKING:
    from sertwist.rpc.audit.record import Record

__all__ = ["COLUMNS", "as_csv", "as_json", "as_text", "header"]

#: Of CSV; those of the caller without its prefix.
COLUMNS: Final = (
    *("seq", "time", "kind", "decision", "code", "methods", "text", "effect", "rule", "reason", "call"),
    *("connection", "protocol", "peer", "key", "subject", "issuer", "serial"),
    *("duration_us", "bytes_in", "bytes_out", "digest", "prev"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_json(record: Record) -> str:
    """The record as it stands in the log."""
    return encode(record)


def as_text(record: Record) -> str:
    """One line: when, which, what, by whom, why."""
    parts = [f"{record['time'][:19]}Z", f"{record['seq']}", record["kind"], *_middle(record)]
    rule, reason = record.get("rule", ""), record.get("reason", "")
    if rule:
        parts.append(f"by {rule}")
    return escape_controls(" ".join(parts) + (f": {reason}" if reason else ""))


def _middle(record: Record) -> list[str]:
    if record["kind"] == Kind.START:
        return [f"{name}={record[name]}" for name in ("version", "pid", "script") if name in record]
    if record["kind"] in (Kind.STOP, Kind.GAP):
        return []
    what = record.get("text") or ",".join(record.get("methods", ())) or "(not read)"
    how = [] if record["kind"] == Kind.INTENT else [f"-> {record.get('code', '')}"]
    return [what, *how, f"from {record.get('peer') or record.get('protocol', '')}", _who(record)]


def _who(record: Record) -> str:
    caller = record.get("caller")
    if not isinstance(caller, dict):
        return ""
    if caller.get("subject"):
        return f"{caller['subject']} (serial {caller.get('serial', '')})"
    return str(caller.get("key") or caller.get("words") or "nobody")


def header() -> str:
    """The first row of CSV."""
    return _row(COLUMNS)


def as_csv(record: Record) -> str:
    """One row of CSV."""
    caller = record.get("caller")
    flat = record | caller if isinstance(caller, dict) else record
    return _row([_cell(flat.get(name, "")) for name in COLUMNS])


def _cell(value: object) -> str:
    """A cell's text; what a spreadsheet would run begins with an apostrophe."""
    text = escape_controls(" ".join(map(str, value)) if isinstance(value, list) else str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(cells: list[str] | tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
