"""Read PEM files, with a distinct message for each way in which a file can be wrong (reference tls 5).

OpenSSL says "no start line" for a folder, an empty file and a certificate in the key's place alike.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003 (dataclasses are introspected by documentation tools)
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sertwist.errors import ConfigError
from sertwist.limits import MAX_PASSWORD_FILE, MAX_TLS_FOLDER
from sertwist.tls.extensions import BROKEN
from sertwist.tls.loading.key_proof import can_sign

if TYPE_CHECKING:
    from sertwist.tls.domain import PrivateKey

__all__ = [
    "CERTIFICATE_LABELS",
    "MAX_FILE",
    "PemFile",
    "is_folder",
    "list_folder",
    "parse_certificates",
    "parse_crls",
    "parse_private_key",
    "read_file",
    "read_password_file",
    "read_pem_file",
    "read_pem_folder",
]

MAX_FILE: Final = 16_777_216  # CRLs of several MB exist; whatever is larger was not meant
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_BEGIN = re.compile(rb"^-----BEGIN", re.MULTILINE)
CERTIFICATE_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE")
_CRL_LABEL = b"X509 CRL"
_IN_FOLDER = re.compile(r".+\.(?:pem|crt|cer|crl)|[0-9a-f]{8}\.r?[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PemFile:
    """A file as read: `mode` and `owner` are its permission bits and its user, of the descriptor, not of the name."""

    path: Path
    data: bytes
    mode: int
    owner: int

    def labels(self) -> list[bytes]:
        """What its PEM blocks say they are."""
        return [match[1] for match in _BLOCK.finditer(self.data)]

    def blocks(self, *labels: bytes) -> list[bytes]:
        """Its PEM blocks of one kind, in order."""
        return [match[0] + b"\n" for match in _BLOCK.finditer(self.data) if match[1] in labels]


def read_file(path: Path, largest: int = MAX_FILE) -> PemFile:
    """Read `path`, a regular file of 1 to `largest` bytes that are not all blank.

    Raises:
        ConfigError: one sentence that names the path (`tls-file`).
    """
    try:
        file = _read(path, largest)
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {_reason(error)}", code="tls-file") from error
    except ValueError:  # a NUL, or what no file system can hold
        raise ConfigError(f"{str(path)!a} is no file name", code="tls-file") from None
    if not file.data.strip():
        raise ConfigError(f"{path} is empty", code="tls-file")
    return file


def read_pem_file(path: Path) -> PemFile:
    """Read `path`, a regular file of 1 to `MAX_FILE` bytes with PEM blocks in it that all have an end.

    Raises:
        ConfigError: one sentence that names the path (`tls-file`).
    """
    file = read_file(path)
    if not _BLOCK.search(file.data):
        raise ConfigError(f"{path} has no PEM block in it", code="tls-file")
    if _BEGIN.search(_BLOCK.sub(b"", file.data)):
        # Half a file whose CRL is missing would make everybody good again whom that CRL has revoked.
        raise ConfigError(f"{path} has a PEM block without an end: it is not whole", code="tls-file")
    return file


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder; false when that can't be found out, which reading it will tell."""
    try:
        return path.is_dir()
    except OSError:  # no permission above it, a name that is too long
        return False


def list_folder(path: Path) -> list[Path]:
    """The files in folder `path` by name, hidden ones and folders left out.

    Raises:
        ConfigError: it can't be read, or has more than `MAX_TLS_FOLDER` (`tls-file`).
    """
    try:
        found = sorted(each for each in path.iterdir() if not each.name.startswith(".") and not each.is_dir())
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {_reason(error)}", code="tls-file") from error
    if len(found) > MAX_TLS_FOLDER:
        raise ConfigError(f"{path} has more than {MAX_TLS_FOLDER} files in it", code="tls-file")
    return found


def read_pem_folder(path: Path) -> tuple[list[PemFile], list[str]]:
    """The PEM files in folder `path` by name, and the names of files there that do not look like one.

    Raises:
        ConfigError: the folder or a file in it can't be read (`tls-file`).
    """
    found = list_folder(path)
    files = [read_pem_file(each) for each in found if _IN_FOLDER.fullmatch(each.name)]
    return files, [each.name for each in found if not _IN_FOLDER.fullmatch(each.name)]


def read_password_file(path: Path) -> PemFile:
    """Read `path`; the `data` is the password, its first line without the line end.

    Raises:
        ConfigError: the file can't be used; the text shows nothing of it (`tls-file`).
    """
    try:
        file = read_file(path, MAX_PASSWORD_FILE)
    except ConfigError as error:
        raise ConfigError(f"needs its password, but {error}", code="tls-file") from None
    return replace(file, data=file.data.partition(b"\n")[0].removesuffix(b"\r"))


def _read(path: Path, largest: int) -> PemFile:
    # Not blocking: a pipe put in a file's place must not stop the start.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if stat.S_ISDIR(status.st_mode):
            raise ConfigError(f"{path} is a folder, not a file", code="tls-file")
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError(f"{path} is not a regular file", code="tls-file")
        if status.st_size > largest:
            raise ConfigError(f"{path} has {status.st_size} bytes, more than {largest}", code="tls-file")
        return PemFile(path, file.read(largest), stat.S_IMODE(status.st_mode), status.st_uid)


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
    blocks = file.blocks(*CERTIFICATE_LABELS)
    if not blocks:
        raise ConfigError(f"{file.path} has no certificate in it{_what_instead(file)}", code="tls-file")
    try:
        certificates = [x509.load_pem_x509_certificate(block) for block in blocks]
        for certificate in certificates:  # what is parsed on first use is to fail here
            certificate.subject, certificate.issuer, certificate.serial_number  # noqa: B018
        return certificates  # noqa: TRY300
    except (*BROKEN, TypeError, x509.InvalidVersion) as error:
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
    except (*BROKEN, TypeError, x509.InvalidVersion) as error:
        raise ConfigError(f"{file.path} has a CRL that can't be parsed", code="tls-file", detail=str(error)) from error
    return crls


def _read_whole(crl: x509.CertificateRevocationList) -> None:
    """Touch what is parsed on first use, so that a broken CRL fails here and not at a verdict."""
    for entry in crl:
        entry.serial_number  # noqa: B018
    crl.issuer, crl.extensions, crl.next_update_utc  # noqa: B018


def parse_private_key(file: PemFile, password: bytes | None = None) -> PrivateKey:
    """The first private key in `file`, decrypted with `password`.

    Raises:
        ConfigError: there is none, it can't be decrypted or parsed, needs no password, or is of a kind that TLS has no
            use for (`tls-file`).
    """
    block = next((b for b in file.blocks(*file.labels()) if b"PRIVATE KEY-----" in b), None)
    if block is None:
        raise ConfigError(f"{file.path} has no private key in it{_what_instead(file)}", code="tls-file")
    encrypted = b"BEGIN ENCRYPTED" in block or b"Proc-Type: 4,ENCRYPTED" in block
    if encrypted and password is None:
        text = f"{file.path} is encrypted: name the file of its password as private_key_password_file"
        raise ConfigError(text, code="tls-file")
    if password is not None and not encrypted:
        raise ConfigError(f"{file.path} is not encrypted, but a password is given: leave it out", code="tls-file")
    try:
        key = load_pem_private_key(block, password, unsafe_skip_rsa_key_validation=True)  # see `key_proof`
    except (TypeError, ValueError, UnsupportedAlgorithm):  # the library's text may quote the file: it is not passed on
        what = "can't be decrypted with the password given" if encrypted else "has a private key that can't be parsed"
        raise ConfigError(f"{file.path} {what}", code="tls-file") from None
    if not isinstance(
        key,
        rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey,
    ):
        raise ConfigError(f"{file.path} has a key that is neither RSA nor of an elliptic curve", code="tls-file")
    if not can_sign(key):
        raise ConfigError(f"{file.path} has a private key whose parts do not fit together", code="tls-file")
    return key


def _what_instead(file: PemFile) -> str:
    label = file.labels()[0].decode("ascii").lower()
    return f", but a {label}"
