"""Find the certificates that somebody wants revoked, by name, number or file, and revoke them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.errors import ConfigError
from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH
from sertwist.pki.index import Entry, Index, Purpose, parse_serial, serial_text
from sertwist.pki.names import name_text
from sertwist.tls.loading.pem import parse_certificates, read_pem_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sertwist.pki.folder import CaFolder

__all__ = ["choose_entries", "entry_for", "find_entries"]


def find_entries(folder: CaFolder, index: Index, target: str, path: Path) -> list[Entry]:
    """What `target` means: a name, a serial number in hex, or else the first certificate in the file `path`.

    A certificate that this authority signed but has no record of, after a loss, gets one in `index`.

    Raises:
        ConfigError: it is nothing of this authority's (`pki-unknown`).
    """
    serial = parse_serial(target)
    if found := [each for each in index.entries if each.name == target or each.serial == serial]:
        return found
    if not path.is_file():
        text = f"{target!r} is no name and no serial number in {folder.path}, and no file: see `sertwist pki show`"
        raise ConfigError(text, code="pki-unknown")
    certificate = parse_certificates(read_pem_file(path))[0]
    try:
        certificate.verify_directly_issued_by(folder.certificates()[0])
    except (ValueError, TypeError, InvalidSignature):
        raise ConfigError(f"{path} was not issued by {folder.path}", code="pki-unknown") from None
    known = next((each for each in index.entries if each.serial == certificate.serial_number), None)
    if known is None:
        known = entry_for(certificate, path.stem)
        index.add(known)
    return [known]


def choose_entries(entries: Sequence[Entry], target: str, now: datetime, *, every: bool) -> list[Entry]:
    """Those of `entries` that can still be revoked.

    Raises:
        ConfigError: there are none, or several and not `every` one is meant (`pki-revoke`).
    """
    chosen = [each for each in entries if each.state(now) in {"valid", "not valid yet"}]
    if not chosen:
        states = ", ".join(f"{serial_text(each.serial)} {_ended(each)}" for each in entries)
        raise ConfigError(f"{target!r}: nothing is left to revoke: {states}", code="pki-revoke")
    if len(chosen) > 1 and not every:
        serials = ", ".join(f"{serial_text(each.serial)} (to {each.not_after:%Y-%m-%d})" for each in chosen)
        text = f"{target!r} has {len(chosen)} valid certificates: name one by its serial, or --all: {serials}"
        raise ConfigError(text, code="pki-revoke")
    return chosen


def entry_for(certificate: x509.Certificate, name: str) -> Entry:
    """The record of `certificate`, issued as `name`."""
    return Entry(
        serial=certificate.serial_number,
        name=name,
        purpose=_purpose(certificate),
        names=tuple(name_text(each) for each in _alternative_names(certificate)),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        sha256=hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
    )


def _ended(entry: Entry) -> str:
    return f"revoked {entry.revoked:%Y-%m-%d}" if entry.revoked else f"expired {entry.not_after:%Y-%m-%d}"


def _purpose(certificate: x509.Certificate) -> Purpose:
    if certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        return Purpose.AUTHORITY
    usages = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    if {SERVER_AUTH, CLIENT_AUTH} <= usages:
        return Purpose.BOTH
    return Purpose.SERVER if SERVER_AUTH in usages else Purpose.CLIENT


def _alternative_names(certificate: x509.Certificate) -> Sequence[x509.GeneralName]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return ()
