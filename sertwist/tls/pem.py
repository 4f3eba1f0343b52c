"""Read PEM files, with a distinct message for each way in which a file can be wrong (reference tls 5).

OpenSSL says "no start line" for a folder, an empty file and a certificate in the key's place alike.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (dataclasses are introspected by documentation tools)
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sertwist.errors import ConfigError

if TYPE_CHECKING:
    from sertwist.tls.domain import PrivateKey

__all__ = ["MAX_FILE", "PemFile", "parse_certificates", "parse_crls", "parse_private_key", "read_pem_file"]

MAX_FILE: Final = 16_777_216  # CRLs of several MB exist; whatever is larger was not meant
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_BEGIN = re.compile(rb"^-----BEGIN", re.MULTILINE)
_CERTIFICATE_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE")
_CRL_LABEL = b"X509 CRL"


@dataclass(frozen=True, slots=True)
class PemFile:
    """A file as read: `mode` are its permission bits, of the descriptor that was read, not of the name."""

    path: Path
    data: bytes
    mode: int

    def labels(self) -> list[bytes]:
        """What its PEM blocks say they are."""
        return [match[1] for match in _BLOCK.finditer(self.data)]

    def blocks(self, *labels: bytes) -> list[bytes]:
        """Its PEM blocks of one kind, in order."""
        return [match[0] + b"\n" for match in _BLOCK.finditer(self.data) if match[1] in labels]


def read_pem_file(path: Path) -> PemFile:
    """Read `path`, a regular file of 1 to `MAX_FILE` bytes with PEM blocks in it that all have an end.

    Raises:
        ConfigError: one sentence that names the path (`tls-file`).
    """
    try:
        data, mode = _read(path)
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {_reason(error)}", code="tls-file") from error
    if not data.strip():
        raise ConfigError(f"{path} is empty", code="tls-file")
    if not _BLOCK.search(data):
        raise ConfigError(f"{path} has no PEM block in it", code="tls-file")
    if _BEGIN.search(_BLOCK.sub(b"", data)):
        # Half a file whose CRL is missing would make everybody good again whom that CRL has revoked.
        raise ConfigError(f"{path} has a PEM block without an end: it is not whole", code="tls-file")
    return PemFile(path, data, mode)


def _read(path: Path) -> tuple[bytes, int]:
    # Not blocking: a pipe put in a file's place must not stop the start.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if stat.S_ISDIR(status.st_mode):
            raise ConfigError(f"{path} is a folder, not a file", code="tls-file")
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError(f"{path} is not a regular file", code="tls-file")
        if status.st_size > MAX_FILE:
            raise ConfigError(f"{path} has {status.st_size} bytes, more than {MAX_FILE}", code="tls-file")
        return file.read(MAX_FILE), stat.S_IMODE(status.st_mode)


def _reason(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case PermissionError():
            return "no permission"
        case IsADirectoryError():
            return "it is a folder"
        case _:
            return error.strerror or type(error).__name__


def parse_certificates(file: PemFile) -> list[x509.Certificate]:
    """The certificates in `file`, in order; other blocks are passed over.

    Raises:
        ConfigError: there is none, or one can't be parsed.
    """
    blocks = file.blocks(*_CERTIFICATE_LABELS)
    if not blocks:
        raise ConfigError(f"{file.path} has no certificate in it{_what_instead(file)}", code="tls-file")
    try:
        return [x509.load_pem_x509_certificate(block) for block in blocks]
    except ValueError as error:
        raise ConfigError(
            f"{file.path} has a certificate that can't be parsed", code="tls-file", detail=str(error)
        ) from error


def parse_crls(file: PemFile, *, required: bool = False) -> list[x509.CertificateRevocationList]:
    """The CRLs in `file`, in order, possibly none.

    Raises:
        ConfigError: one can't be parsed, or there is none and one is `required`.
    """
    blocks = file.blocks(_CRL_LABEL)
    if required and not blocks:
        raise ConfigError(f"{file.path} has no CRL in it{_what_instead(file)}", code="tls-file")
    try:
        crls = [x509.load_pem_x509_crl(block) for block in blocks]
        for crl in crls:
            _read_whole(crl)
    except ValueError as error:
        raise ConfigError(f"{file.path} has a CRL that can't be parsed", code="tls-file", detail=str(error)) from error
    return crls


def _read_whole(crl: x509.CertificateRevocationList) -> None:
    """Touch what is parsed on first use, so that a broken CRL fails here and not at a verdict."""
    for entry in crl:
        entry.serial_number  # noqa: B018
    crl.issuer, crl.extensions, crl.next_update_utc  # noqa: B018


def parse_private_key(file: PemFile) -> PrivateKey:
    """The first private key in `file`.

    Raises:
        ConfigError: there is none, it is encrypted, can't be parsed, or is of a kind that TLS has no use for.
    """
    block = next((b for b in file.blocks(*file.labels()) if b"PRIVATE KEY-----" in b), None)
    if block is None:
        raise ConfigError(f"{file.path} has no private key in it{_what_instead(file)}", code="tls-file")
    try:
        key = load_pem_private_key(block, None)
    except TypeError:
        raise ConfigError(
            f"{file.path} is encrypted: decrypt the key, there is no password here", code="tls-file"
        ) from None
    except (ValueError, UnsupportedAlgorithm):  # the library's text may quote the file: it is not passed on
        raise ConfigError(f"{file.path} has a private key that can't be parsed", code="tls-file") from None
    if not isinstance(
        key,
        rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey,
    ):
        raise ConfigError(f"{file.path} has a key that is neither RSA nor of an elliptic curve", code="tls-file")
    return key


def _what_instead(file: PemFile) -> str:
    label = file.labels()[0].decode("ascii").lower()
    return f", but a {label}"
