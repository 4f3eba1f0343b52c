"""Look into PEM files: what is in each, in which order, and which key belongs to which certificate."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from sertwist.errors import ConfigError
from sertwist.pki.describing import Row, describe_certificate, describe_list, describe_request
from sertwist.pki.keys import describe_key
from sertwist.pki.request import REQUEST_LABELS, parse_request
from sertwist.tls.extensions import BROKEN, is_ca
from sertwist.tls.loading.pem import parse_certificates, read_pem_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sertwist.tls.loading.pem import PemFile

__all__ = ["FileReport", "files_in", "look_into"]

_ENDINGS: Final = (".pem", ".crt", ".cer", ".key", ".crl", ".csr")
_CERTIFICATE_LABELS: Final = (b"CERTIFICATE", b"X509 CERTIFICATE")
_GROUP, _OTHERS = 0o070, 0o007

Known = dict[Path, list[x509.Certificate]]  # the certificates of every file, to tell about keys and lists


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file.

    Attributes:
        path: as given.
        rows: what is in it, in order.
        notes: what is to be said about all of it.
        problem: why it can't be looked into; empty when it can.
    """

    path: Path
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""


def files_in(folder: Path) -> list[Path]:
    """The files of `folder` whose names are those of certificates, keys, lists and requests, sorted.

    Raises:
        ConfigError: it can't be read, or there are none (`pki-show`).
    """
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and path.is_file())
    except OSError as error:
        raise ConfigError(f"cannot read {folder}: {error.strerror}", code="pki-show") from error
    if not found:
        raise ConfigError(f"{folder} has no file named {', '.join(_ENDINGS)} in it", code="pki-show")
    return found


def look_into(paths: Sequence[Path], now: datetime) -> list[FileReport]:
    """A report on each of `paths`, at `now`; certificates in one are used to tell about keys and lists in others."""
    files = {path: _read(path) for path in paths}
    known = {path: _certificates(file) for path, file in files.items() if not isinstance(file, str)}
    for path in paths:  # a key's certificate lies beside it, even if only the key was asked about
        beside = path.with_suffix(".pem")
        if path.suffix == ".key" and beside not in known and not isinstance(file := _read(beside), str):
            known[beside] = _certificates(file)
    return [
        FileReport(path, problem=file) if isinstance(file, str) else _report(file, known, now)
        for path, file in files.items()
    ]


def _read(path: Path) -> PemFile | str:
    try:
        return read_pem_file(path)
    except ConfigError as error:
        return str(error)


def _certificates(file: PemFile) -> list[x509.Certificate]:
    try:
        return parse_certificates(file)
    except ConfigError:
        return []


def _report(file: PemFile, known: Known, now: datetime) -> FileReport:
    report = FileReport(file.path)
    blocks = {label: iter(file.blocks(label)) for label in set(file.labels())}
    for label in file.labels():
        block = next(blocks[label])
        try:
            report.rows.append(_describe(label, block, file, known, now))
        except (*BROKEN, TypeError, x509.InvalidVersion, UnsupportedAlgorithm):
            report.rows.append({"kind": label.decode().lower(), "defect": "can't be parsed"})
        except ConfigError as error:
            report.rows.append({"kind": label.decode().lower(), "defect": str(error)})
    if note := _order(_certificates(file)):
        report.notes.append(note)
    return report


def _describe(label: bytes, block: bytes, file: PemFile, known: Known, now: datetime) -> Row:
    if label in _CERTIFICATE_LABELS:
        return describe_certificate(x509.load_pem_x509_certificate(block), now)
    if label == b"X509 CRL":
        every = [each for certificates in known.values() for each in certificates]
        return describe_list(x509.load_pem_x509_crl(block), every, now)
    if label in REQUEST_LABELS:
        return describe_request(parse_request(block, file.path))
    if label.endswith(b"PRIVATE KEY"):
        return _describe_key(block, file, known)
    return {"kind": label.decode().lower()}


def _describe_key(block: bytes, file: PemFile, known: Known) -> Row:
    row: Row = {"kind": "private key", "permissions": f"{file.mode:04o}, {_who(file.mode)}"}
    if b"ENCRYPTED" in block:
        return row | {"key": "encrypted"}
    key = load_pem_private_key(block, None)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    owners = [
        f"{path}, certificate {number}"
        for path, certificates in known.items()
        for number, each in enumerate(certificates, start=1)
        if _public_bytes(each) == public
    ]
    return row | {"key": describe_key(key), "belongs_to": owners or ["none of the certificates shown"]}


def _public_bytes(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # noqa: BLE001 (a file of anybody's: whatever the parser raises, no key belongs to it)
        return b""


def _who(mode: int) -> str:
    if mode & _OTHERS:
        return "every user can read or write it: chmod 600, and take a new key"
    return "its group can read or write it" if mode & _GROUP else "its owner alone"


def _order(certificates: Sequence[x509.Certificate]) -> str:
    """What is to be said about the order of a file's certificates; nothing when there is only one."""
    if len(certificates) < 2:
        return ""
    if all(map(is_ca, certificates)):
        return "CA certificates alone: their order does not matter"
    for number, (lower, upper) in enumerate(itertools.pairwise(certificates), start=1):
        if not _is_issued_by(lower, upper):
            return f"not in order: certificate {number} must be followed by its issuer"
    if certificates[-1].subject == certificates[-1].issuer:
        return "in order, but with the root, which peers have already: leave it out"
    return "in order: each is followed by its issuer"


def _is_issued_by(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    try:
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
