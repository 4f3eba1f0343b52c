"""`CaFolder`: the files of an authority, read and changed by one process at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (dataclasses are introspected by documentation tools)
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from sertwist.errors import ConfigError
from sertwist.pki.authority import Authority, Credential
from sertwist.pki.index import Index, format_index, parse_index
from sertwist.pki.writing import PRIVATE, replace_file, write_error
from sertwist.tls.loading.pem import parse_certificates, parse_crls, read_pem_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography import x509

    from sertwist.pki.authority import PrivateKey

__all__ = ["CA_FILE", "CRL_FILE", "INDEX_FILE", "ISSUED", "KEY_FILE", "CaFolder", "chain_pem"]

CA_FILE: Final = "ca.pem"  # its certificate, then those of the authorities above it
KEY_FILE: Final = "ca.key"
CRL_FILE: Final = "crl.pem"
INDEX_FILE: Final = "index.jsonl"
ISSUED: Final = "issued"  # folder with a copy of every certificate, by its number
_LOCK_FILE: Final = "lock"
_OTHERS: Final = 0o007


@dataclass(frozen=True, slots=True)
class CaFolder:
    """An authority in the folder `path`, made by `sertwist pki ca new`."""

    path: Path

    def __post_init__(self) -> None:
        """Look whether it is one.

        Raises:
            ConfigError: it is not (`pki-folder`).
        """
        if not (self.path / INDEX_FILE).is_file():
            text = f"{self.path} is no authority's folder (no {INDEX_FILE} in it): make one with `sertwist pki ca new`"
            raise ConfigError(text, code="pki-folder")

    @property
    def crl_file(self) -> Path:
        """Where its newest list is."""
        return self.path / CRL_FILE

    def certificates(self) -> list[x509.Certificate]:
        """Its certificate, then those of the authorities above it, the root last.

        Raises:
            ConfigError: they can't be read.
        """
        return parse_certificates(read_pem_file(self.path / CA_FILE))

    def chain_above(self) -> list[x509.Certificate]:
        """What follows an issued certificate in its file: the authorities but for the root, which its reader has."""
        return [each for each in self.certificates() if each.subject != each.issuer]

    def newest_list(self) -> x509.CertificateRevocationList:
        """Its revocation list.

        Raises:
            ConfigError: it can't be read.
        """
        return parse_crls(read_pem_file(self.crl_file), required=True)[0]

    def issued_file(self, serial: str) -> Path:
        """Where the copy of the certificate with this number, in hex, is."""
        return self.path / ISSUED / f"{serial}.pem"

    def authority(self, password: Callable[[], bytes]) -> Authority:
        """The authority with its key; `password` is asked for when the key is encrypted.

        Raises:
            ConfigError: a file can't be read, the password is wrong, the key is another's or open to every user.
        """
        certificate = self.certificates()[0]
        key = _read_key(self.path / KEY_FILE, password)
        if key.public_key() != certificate.public_key():
            text = f"{self.path / KEY_FILE} does not belong to {self.path / CA_FILE}"
            raise ConfigError(text, code="pki-key")
        return Authority(Credential(certificate, key))

    def index(self) -> Index:
        """The index as it is now, for reading.

        Raises:
            ConfigError: it can't be read or understood.
        """
        path = self.path / INDEX_FILE
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}", code="pki-index") from error
        return parse_index(content, path)

    @contextmanager
    def locked(self, on_wait: Callable[[], None]) -> Iterator[Index]:
        """The index while nobody else can change it; what is to last is put back by `save`.

        Args:
            on_wait: called once before waiting for another process.

        Raises:
            ConfigError: a file can't be read or written.
        """
        with _locked(self.path / _LOCK_FILE, on_wait):
            yield self.index()

    def save(self, index: Index) -> None:
        """Put `index` in the place of the one that is there; for the holder of the lock.

        Raises:
            ConfigError: it can't be written; the old one is there still.
        """
        replace_file(self.path / INDEX_FILE, format_index(index), PRIVATE)


def chain_pem(certificates: list[x509.Certificate]) -> bytes:
    """`certificates` one after the other in PEM."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


@contextmanager
def _locked(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    except OSError as error:
        raise write_error(path, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read_key(path: Path, password: Callable[[], bytes]) -> PrivateKey:
    file = read_pem_file(path)
    if file.mode & _OTHERS:
        text = f"{path} can be read or written by every user (mode {file.mode:04o}): chmod 600, and ask who has it"
        raise ConfigError(text, code="pki-key")
    try:
        key = _open_key(file.data, password)
    except ValueError:  # the library's text may quote the file: it is not passed on
        raise ConfigError(f"{path} can't be opened: the password is wrong, or it is no key", code="pki-key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ConfigError(f"{path} is neither RSA nor of a curve P-256, P-384 or P-521", code="pki-key")
    return key


def _open_key(data: bytes, password: Callable[[], bytes]) -> object:
    try:
        return load_pem_private_key(data, None)
    except TypeError:  # it is encrypted
        return load_pem_private_key(data, password())
