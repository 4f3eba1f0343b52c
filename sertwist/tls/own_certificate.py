"""A domain's own certificate: which one its key belongs to, and everything wrong with it (reference tls 5)."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from sertwist.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from sertwist.tls.domain import PrivateKey
    from sertwist.tls.pem import PemFile
    from sertwist.tls.problem import Finding

__all__ = ["check_key_permissions", "check_own_certificate", "match_key"]

EXPIRY_WARNING: Final = dt.timedelta(days=30)
MIN_RSA_BITS: Final = 2048  # OpenSSL's security level refuses less on the other side anyway
_OTHERS = 0o007
_GROUP = 0o070

Chain = tuple[x509.Certificate, ...]
_E = TypeVar("_E", bound=x509.ExtensionType)


def match_key(certificates: Sequence[x509.Certificate], key: PrivateKey) -> Chain:
    """The chain whose leaf `key` belongs to: leaf, its issuer, that one's issuer, then the rest as it stood.

    Raises:
        ConfigError: the key belongs to none of them (`tls-key-mismatch`).
    """
    wanted = _spki(key.public_key())
    leaf = next((c for c in certificates if _certificate_spki(c) == wanted), None)
    if leaf is None:
        digests = f"key SHA-256 {_digest(wanted)}, certificate {_digest(_certificate_spki(certificates[0]))}"
        raise ConfigError(digests, code="tls-key-mismatch")
    return _in_order(leaf, certificates)


def check_key_permissions(file: PemFile) -> Iterator[Finding]:
    """Who besides the owner can read the private key."""
    if file.mode & _OTHERS:
        yield (
            "warning",
            f"private_key {file.path} can be read by every user (mode {file.mode:04o})",
            "chmod 600",
        )
    elif file.mode & _GROUP:
        yield (
            "warning",
            f"private_key {file.path} can be read by its group (mode {file.mode:04o})",
            "chmod 600",
        )


def check_own_certificate(
    chain: Chain, authorities: Sequence[x509.Certificate], path: Path, now: float
) -> Iterator[Finding]:
    """What is wrong with a server's certificate chain at `now`, seconds since the epoch."""
    leaf, *issuers = chain
    yield from _check_dates(leaf, path, now)
    yield from _check_strength(leaf, path)
    yield from _check_purpose(leaf, path)
    if sum(not _is_ca(c) for c in chain) > 1:
        yield "error", f"certificate {path} has two end certificates in it", "keep the one that is meant"
    if any(c.subject == c.issuer for c in issuers):
        yield "warning", f"certificate {path} has a root in it", "leave it out: clients must have it already"
    top = chain[-1]
    if top.subject != top.issuer and not any(ca.subject == top.issuer for ca in authorities):
        text = f"certificate {path}: its issuer {top.issuer.rfc4514_string()!r} is not in the file"
        yield (
            "warning",
            text,
            "append the intermediate certificate, unless the issuer is a root that clients have",
        )


def _check_dates(leaf: x509.Certificate, path: Path, now: float) -> Iterator[Finding]:
    at = dt.datetime.fromtimestamp(now, dt.UTC)
    if leaf.not_valid_after_utc < at:
        yield "warning", f"certificate {path} expired {leaf.not_valid_after_utc:%Y-%m-%d}", "renew it"
    elif leaf.not_valid_after_utc - at < EXPIRY_WARNING:
        yield "warning", f"certificate {path} expires {leaf.not_valid_after_utc:%Y-%m-%d}", "renew it"
    if leaf.not_valid_before_utc > at:
        text = f"certificate {path} is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}"
        yield "warning", text, "check the clock"


def _check_strength(leaf: x509.Certificate, path: Path) -> Iterator[Finding]:
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        yield (
            "error",
            f"certificate {path} has an RSA key of {key.key_size} bits",
            f"use {MIN_RSA_BITS} or more",
        )
    if isinstance(leaf.signature_hash_algorithm, hashes.SHA1 | hashes.MD5):
        text = f"certificate {path} is signed with {leaf.signature_hash_algorithm.name.upper()}"
        yield "error", text, "have it issued with SHA-256"


def _check_purpose(leaf: x509.Certificate, path: Path) -> Iterator[Finding]:
    usage = _extension(leaf, x509.ExtendedKeyUsage)
    if usage is not None and ExtendedKeyUsageOID.SERVER_AUTH not in usage:
        yield "warning", f"certificate {path} is not for TLS servers", "have serverAuth added to it"
    if _extension(leaf, x509.SubjectAlternativeName) is None:
        text = f"certificate {path} has no subject alternative name"
        yield "warning", text, "clients that check the host name will refuse it"
    if _is_ca(leaf):
        yield "warning", f"certificate {path} is a CA's", "issue an end certificate for the server"


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _is_ca(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _in_order(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> Chain:
    chain = [leaf]
    rest = [c for c in certificates if c != leaf]
    while issuer := next((c for c in rest if c.subject == chain[-1].issuer), None):
        chain.append(issuer)
        rest.remove(issuer)
    return (*chain, *rest)


def _digest(spki: bytes) -> str:
    return hashlib.sha256(spki).hexdigest()[:16] + "..."


def _certificate_spki(certificate: x509.Certificate) -> bytes:
    try:
        return _spki(certificate.public_key())
    except (ValueError, TypeError):
        return b""


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
