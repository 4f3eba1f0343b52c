"""New keys, and the requests by which an authority makes certificates for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sertwist.client.failure import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sertwist.serctl.identity_files import Key

__all__ = ["key_pem", "make_key", "make_request", "subject", "write_new"]

CURVES: Final = {"ec": ec.SECP256R1, "ec384": ec.SECP384R1}


def make_key(kind: str) -> Key:
    """A new private key: ec, ec384, rsa3072 or rsa4096."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return rsa.generate_private_key(65_537, int(kind.removeprefix("rsa")))


def make_request(key: Key, name: x509.Name, names: Sequence[x509.GeneralName]) -> bytes:
    """A request for a client's certificate, in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def subject(common_name: str, organization: str | None) -> x509.Name:
    """A subject with these parts.

    Raises:
        UsageError: one of them cannot stand there.
    """
    try:
        parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
        return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    except ValueError as error:
        raise UsageError(f"{common_name!r} cannot be the name in a certificate: {error}", code="bad-name") from error


def key_pem(key: Key, password: str | None) -> bytes:
    """The private key in PEM, encrypted if there is a password."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def write_new(path: Path, content: bytes, *, private: bool) -> None:
    """Write a file that is not there yet; a `private` one for its owner alone.

    Raises:
        UsageError: it is there, or cannot be written.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already, and is not overwritten", code="file-exists") from error
    except OSError as error:
        raise UsageError(f"cannot write {path}: {os.strerror(error.errno or 0)}", code="cannot-write") from error
