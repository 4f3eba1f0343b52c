"""What certificates and keys in files are and say."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sertwist.client.credentials import read_pem
from sertwist.client.failure import UsageError
from sertwist.client.pins import key_pin

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sertwist.rpc.call import Value

__all__ = ["Key", "alternative_names", "belongs", "describe", "read_certificate", "read_key"]

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate in the file `path`.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    try:
        return x509.load_pem_x509_certificate(read_pem(path, "certificate"))
    except ValueError as error:
        raise UsageError(f"{path} holds no certificate that can be read", code="cert-unreadable") from error


def read_key(path: Path, password: str | None) -> Key:
    """The private key in the file `path`.

    Raises:
        UsageError: there is none, or it cannot be opened.
    """
    secret = password.encode() if password else None
    try:
        key = serialization.load_pem_private_key(read_pem(path, "private key"), secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"the private key {path} cannot be opened", code="key-unreadable") from error
    if not isinstance(key, Key):
        raise UsageError(f"the private key {path} is neither EC nor RSA", code="key-unreadable")
    return key


def belongs(key: Key, certificate: x509.Certificate) -> bool:
    """Is `certificate` for `key`?"""
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form) == certificate.public_key().public_bytes(*form)


def describe(certificate: x509.Certificate, now: datetime) -> dict[str, Value]:
    """What a certificate says, and the numbers that others know it by."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return {
        "subject": certificate.subject.rfc4514_string(),
        "names": [str(each.value) for each in alternative_names(certificate)],
        "issuer": certificate.issuer.rfc4514_string(),
        "serial": str(certificate.serial_number),
        "not_before": certificate.not_valid_before_utc,
        "not_after": certificate.not_valid_after_utc,
        "days_left": (certificate.not_valid_after_utc - now).days,
        "sha256": hashlib.sha256(der).hexdigest(),
        "pin": f"sha256:{key_pin(der).hex()}",
    }


def alternative_names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    """The subject's alternative names; none if it has no such extension."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    return list(extension.value)
