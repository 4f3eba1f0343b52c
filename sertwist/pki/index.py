"""The index of an authority: what it has issued and revoked, as JSON lines that people and `grep` can read.

The first line is about the authority's lists, every other one is a certificate. A line that can't be understood
whole is an error: an entry passed over would be a revoked certificate that is good again.
"""

from __future__ import annotations

import enum
import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from sertwist.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["REASONS", "Entry", "Index", "Purpose", "format_index", "parse_index", "parse_serial", "serial_text"]

FORMAT: Final = 1
# `certificateHold` is left out: nothing here takes a certificate off a list again.
REASONS: Final = {
    reason.value: reason
    for reason in (
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.key_compromise,
        x509.ReasonFlags.ca_compromise,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
        x509.ReasonFlags.privilege_withdrawn,
    )
}


class Purpose(enum.Enum):
    """What a certificate was issued for."""

    SERVER = "server"
    CLIENT = "client"
    BOTH = "both"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One certificate that the authority has issued.

    Attributes:
        serial: its number.
        name: what it was issued as: the stem of its files.
        purpose: what for.
        names: its alternative names, `DNS:example.com`.
        not_before: start of validity, UTC.
        not_after: end of validity, UTC.
        sha256: of its DER form, lower-case hex.
        revoked: when it was revoked, UTC; None when it was not.
        reason: why, a key of `REASONS`.
    """

    serial: int
    name: str
    purpose: Purpose
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    sha256: str
    revoked: datetime | None = None
    reason: str = ""

    def state(self, now: datetime) -> str:
        """`valid`, `expired`, `revoked` or `not valid yet`."""
        if self.revoked is not None:
            return "revoked"
        if self.not_after < now:
            return "expired"
        return "valid" if self.not_before <= now else "not valid yet"


@dataclass(slots=True)
class Index:
    """What an authority has issued, in order, and its newest list.

    Attributes:
        crl_number: of the newest list; 0 before the first.
        crl_made: that list's `thisUpdate`, UTC; None before the first.
        entries: every certificate, the oldest first.
    """

    crl_number: int = 0
    crl_made: datetime | None = None
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Note a certificate.

        Raises:
            ConfigError: its number is taken (`pki-index`).
        """
        if any(each.serial == entry.serial for each in self.entries):
            raise ConfigError(f"serial number {serial_text(entry.serial)} is issued already", code="pki-index")
        self.entries.append(entry)

    def revoke(self, entry: Entry, when: datetime, reason: str) -> Entry:
        """Note that `entry`, one of the index, is revoked; returns it as it stands then."""
        revoked = replace(entry, revoked=when, reason=reason)
        self.entries[self.entries.index(entry)] = revoked
        return revoked

    def listed(self) -> Iterator[Entry]:
        """The entries that belong on a new list.

        A revoked certificate stays until a list made after its expiry has had it (RFC 5280 3.3).
        """
        for entry in self.entries:
            if entry.revoked is not None and not self._was_listed_after_expiry(entry):
                yield entry

    def _was_listed_after_expiry(self, entry: Entry) -> bool:
        made = self.crl_made
        return made is not None and entry.revoked is not None and max(entry.not_after, entry.revoked) < made


def serial_text(serial: int) -> str:
    """A serial number in upper-case hex of even length, as in file names and in the index."""
    return f"{serial:X}".zfill(2 * ((serial.bit_length() + 7) // 8))


def parse_serial(text: str) -> int | None:
    """The number that `text` writes in hex, with or without colons; None when it is none."""
    digits = text.replace(":", "").removeprefix("0x")
    try:
        return int(digits, 16) if digits.isalnum() and len(digits) <= 40 else None
    except ValueError:
        return None


def format_index(index: Index) -> bytes:
    """`index` as its file has it."""
    head = {"format": FORMAT, "crl_number": index.crl_number, "crl_made": _date_text(index.crl_made)}
    return "".join(json.dumps(line) + "\n" for line in (head, *map(_line, index.entries))).encode()


def parse_index(content: bytes, path: Path) -> Index:
    """The index that `content`, read from `path`, holds.

    Raises:
        ConfigError: a line is not whole or not understood (`pki-index`).
    """
    number = 1
    try:
        head, *lines = content.decode().splitlines()
        index = _head(json.loads(head))
        for number, line in enumerate(lines, start=2):  # noqa: B007 (told by the error)
            index.add(_entry(json.loads(line)))
    except (ValueError, KeyError, TypeError, RecursionError, ConfigError) as error:
        text = f"{path}:{number}: not a line of this index: restore the file from a copy"
        raise ConfigError(text, code="pki-index", detail=str(error)) from error
    if content[-1:] != b"\n":
        raise ConfigError(f"{path} is cut off: restore the file from a copy", code="pki-index")
    return index


def _line(entry: Entry) -> dict[str, Any]:
    line = asdict(entry)
    line["serial"] = serial_text(entry.serial)
    line["purpose"] = entry.purpose.value
    for name in ("not_before", "not_after", "revoked"):
        line[name] = _date_text(line[name])
    if entry.revoked is None:
        del line["revoked"], line["reason"]
    return line


def _head(line: dict[str, Any]) -> Index:
    if line["format"] != FORMAT or set(line) != {"format", "crl_number", "crl_made"}:
        raise ValueError("another format")
    if type(line["crl_number"]) is not int or line["crl_number"] < 0:
        raise ValueError("the number of the list is none")
    return Index(line["crl_number"], _date(line["crl_made"]) if line["crl_made"] else None)


def _entry(line: dict[str, Any]) -> Entry:
    unknown = set(line) - {each.name for each in fields(Entry)}
    if unknown or not all(isinstance(line[name], str) for name in ("serial", "name", "sha256")):
        raise ValueError(f"unknown fields {unknown}")
    revoked, reason = line.get("revoked"), line.get("reason", "")
    if (reason and reason not in REASONS) or bool(reason) is not bool(revoked):
        raise ValueError("revoked without a reason that is known, or the other way")
    return Entry(
        serial=int(line["serial"], 16),
        name=line["name"],
        purpose=Purpose(line["purpose"]),
        names=tuple(str(name) for name in line["names"]),
        not_before=_date(line["not_before"]),
        not_after=_date(line["not_after"]),
        sha256=line["sha256"],
        revoked=_date(revoked) if revoked else None,
        reason=reason,
    )


def _date_text(when: datetime | None) -> str:
    return "" if when is None else f"{when.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _date(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
