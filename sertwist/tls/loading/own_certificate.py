"""A domain's own certificate: which one its key belongs to, and everything wrong with it (reference tls 5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from sertwist.errors import ConfigError
from sertwist.tls.domain import Side
from sertwist.tls.extensions import is_ca, read_extension

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from sertwist.tls.domain import PrivateKey
    from sertwist.tls.loading.loader import DomainLoader
    from sertwist.tls.loading.pem import PemFile
    from sertwist.tls.loading.problem import Finding, Severity

__all__ = ["check_key_permissions", "check_own_certificate", "match_key"]

MIN_RSA_BITS: Final = 2048  # OpenSSL's security level refuses less on the other side anyway
MIN_EC_BITS: Final = 224
_OTHERS = 0o007
_GROUP = 0o070
_PURPOSES: Final = {
    Side.SERVER: (ExtendedKeyUsageOID.SERVER_AUTH, "servers", "serverAuth"),
    Side.CLIENT: (ExtendedKeyUsageOID.CLIENT_AUTH, "clients", "clientAuth"),
}

Chain = tuple[x509.Certificate, ...]


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


def check_key_permissions(name: str, file: PemFile, *, allowed: bool) -> Iterator[Finding]:
    """Who besides the owner can read the private key, or password, that parameter `name` names."""
    if file.mode & _OTHERS:
        text = f"{name} {file.path} can be read by every user (mode {file.mode:04o})"
        yield "warning" if allowed else "error", text, "chmod 600"
    elif file.mode & _GROUP:
        yield "warning", f"{name} {file.path} can be read by its group (mode {file.mode:04o})", "chmod 600"
    if os.geteuid() != 0 and file.owner not in (0, os.geteuid()):
        yield "warning", f"{name} {file.path} belongs to another user ({file.owner})", "chown it to the server's user"


def check_own_certificate(
    chain: Chain, authorities: Sequence[x509.Certificate], path: Path, loader: DomainLoader
) -> Iterator[Finding]:
    """What is wrong with the certificate chain that the domain of `loader` presents."""
    leaf, *issuers = chain
    yield from _check_dates(leaf, path, loader)
    for certificate in chain:
        yield from _check_strength(certificate, path)
    yield from _check_purpose(leaf, path, loader.side)
    if sum(not is_ca(c) for c in chain) > 1:
        yield "error", f"certificate {path} has two end certificates in it", "keep the one that is meant"
    if any(c.subject == c.issuer for c in issuers):
        yield "warning", f"certificate {path} has a root in it", "leave it out: peers must have it already"
    top = chain[-1]
    if top.subject != top.issuer and not any(ca.subject == top.issuer for ca in authorities):
        text = f"certificate {path}: its issuer {top.issuer.rfc4514_string()!r} is not in the file"
        yield (
            "warning",
            text,
            "append the intermediate certificate, unless the issuer is a root that peers have",
        )


def _check_dates(leaf: x509.Certificate, path: Path, loader: DomainLoader) -> Iterator[Finding]:
    at = dt.datetime.fromtimestamp(loader.now, dt.UTC)
    if leaf.not_valid_after_utc < at:
        # A server that has one must be able to start; to bring one in by a reload is a mistake.
        severity: Severity = "error" if _is_new(leaf, loader) else "warning"
        yield severity, f"certificate {path} expired {leaf.not_valid_after_utc:%Y-%m-%d}", "renew it"
    elif leaf.not_valid_after_utc - at < dt.timedelta(days=loader.options.expiry_warning):
        yield "warning", f"certificate {path} expires {leaf.not_valid_after_utc:%Y-%m-%d}", "renew it"
    if leaf.not_valid_before_utc > at:
        text = f"certificate {path} is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}"
        yield "warning", text, "check the clock"


def _is_new(leaf: x509.Certificate, loader: DomainLoader) -> bool:
    in_force = loader.options.in_force
    return in_force is not None and not any(own.chain[0] == leaf for domain in in_force for own in domain.own)


def _check_strength(certificate: x509.Certificate, path: Path) -> Iterator[Finding]:
    try:
        key, algorithm = certificate.public_key(), certificate.signature_hash_algorithm
    except (ValueError, TypeError, UnsupportedAlgorithm):
        yield "error", f"certificate {path} has a key or a signature of an unknown kind", "use RSA or ECDSA"
        return
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        yield "error", f"certificate {path} has an RSA key of {key.key_size} bits", f"use {MIN_RSA_BITS} or more"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < MIN_EC_BITS:
        yield "error", f"certificate {path} has an ECDSA key of {key.key_size} bits", f"use {MIN_EC_BITS} or more"
    is_root = certificate.subject == certificate.issuer  # nobody relies on a root's signature
    if isinstance(algorithm, hashes.SHA1 | hashes.MD5) and not is_root:
        text = f"certificate {path} is signed with {algorithm.name.upper()}"
        yield "error", text, "have it issued with SHA-256"


def _check_purpose(leaf: x509.Certificate, path: Path, side: Side) -> Iterator[Finding]:
    usage = read_extension(leaf, x509.ExtendedKeyUsage)
    wanted, users, word = _PURPOSES[side]
    if usage is not None and wanted not in usage:
        yield "warning", f"certificate {path} is not for TLS {users}", f"have {word} added to it"
    if side is Side.SERVER and read_extension(leaf, x509.SubjectAlternativeName) is None:
        text = f"certificate {path} has no subject alternative name"
        yield "warning", text, "clients that check the host name will refuse it"
    if is_ca(leaf):
        yield "warning", f"certificate {path} is a CA's", "issue an end certificate for this server"


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
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return b""


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
