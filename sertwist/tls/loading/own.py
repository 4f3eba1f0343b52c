"""Load what a domain presents: certificates of different key types, their keys and the keys' passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from sertwist.errors import ConfigError
from sertwist.tls.domain import OwnCertificate
from sertwist.tls.loading.own_certificate import check_key_permissions, check_own_certificate, match_key
from sertwist.tls.loading.pem import parse_certificates, parse_private_key, read_password_file, read_pem_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509

    from sertwist.tls.domain import PrivateKey
    from sertwist.tls.loading.loader import DomainLoader
    from sertwist.tls.loading.values import GivenValue

__all__ = ["load_own"]

_NAMES: Final = (  # of the certificate, its key, the key's password, and the file of that
    ("certificate", "private_key", "private_key_password", "private_key_password_file"),
    ("certificate2", "private_key2", "private_key_password2", "private_key_password_file2"),
)
_Names = tuple[str, str, str, str]
_TOKENS = ("/engine:", "/uri:", "engine:", "pkcs11:")


def load_own(
    loader: DomainLoader, authorities: tuple[x509.Certificate, ...], *, required: bool
) -> tuple[OwnCertificate, ...]:
    """The certificates of a domain; an error when one is `required` and there is none."""
    own = tuple(pair for names in _NAMES for pair in _load_pair(loader, names, authorities, required=required))
    second = loader.settings.one("certificate2")
    if second is not None and len({type(each.private_key) for each in own}) < len(own):
        kind = "RSA" if isinstance(own[0].private_key, rsa.RSAPrivateKey) else "of the same kind"
        text = f"certificate2 {own[1].certificate_file}: the keys of both certificates are {kind}"
        loader.error(second.where, text, "name one with an RSA key and one with an ECDSA key")
    return own


def _load_pair(
    loader: DomainLoader, names: _Names, authorities: tuple[x509.Certificate, ...], *, required: bool
) -> Iterator[OwnCertificate]:
    certificate, key = loader.settings.one(names[0]), loader.settings.one(names[1])
    if certificate is None:
        _refuse_key_alone(loader, names, required=required and names is _NAMES[0])
        return
    if names is not _NAMES[0] and loader.settings.one("certificate") is None:
        loader.error(certificate.where, f"{names[0]} is set and certificate is not", "name the first one certificate")
        return
    if key is None:
        key = certificate  # one file may hold both
    path = loader.path(certificate)
    certificates = _load_certificates(loader, names[0], certificate, path)
    if certificates is None and key is certificate:
        return  # said once
    private_key = _load_key(loader, names, key)
    if certificates is None or private_key is None:
        return
    try:
        chain = match_key(certificates, private_key)
    except ConfigError as error:
        text = f"{names[1]} {loader.path(key)} does not belong to {names[0]} {path} ({error})"
        loader.error(key.where, text, "name the key that the certificate was issued for")
        return
    if list(chain) != certificates:
        loader.warn(certificate.where, f"{names[0]} {path} is not in order", "put the domain's own first")
    loader.add(certificate.where, check_own_certificate(chain, authorities, path, loader))
    yield OwnCertificate(chain=chain, private_key=private_key, certificate_file=path, key_file=loader.path(key))


def _refuse_key_alone(loader: DomainLoader, names: _Names, *, required: bool) -> None:
    """What is wrong when a pair has no certificate: it is needed, or a key is there for nothing."""
    rest = loader.settings.first_of(*names[1:])
    if required:
        where = rest.where if rest is not None else loader.where
        text = f"TLS domain {loader.name} has no certificate"
        loader.error(where, text, "name its file as certificate")
    elif rest is not None:
        loader.error(rest.where, f"{names[1]} is set and {names[0]} is not", "name the certificate, or leave both out")


def _load_certificates(loader: DomainLoader, name: str, given: GivenValue, path: Path) -> list[x509.Certificate] | None:
    try:
        return loader.once((parse_certificates, path), lambda: parse_certificates(read_pem_file(path)))
    except ConfigError as error:
        loader.error(given.where, f"{name} {error}")
        return None


def _load_key(loader: DomainLoader, names: _Names, given: GivenValue) -> PrivateKey | None:
    if given.text.lower().startswith(_TOKENS):
        text = f"{names[1]}: keys of engines and PKCS#11 tokens are not supported"
        loader.error(given.where, text, "name a PEM file")
        return None
    path = loader.path(given)
    try:
        file = loader.once((read_pem_file, path), lambda: read_pem_file(path))
        password = _load_password(loader, names)
        # Decrypting is made slow on purpose.
        key = loader.once((parse_private_key, path, password), lambda: parse_private_key(file, password))
    except ConfigError as error:
        loader.error(given.where, f"{names[1]} {error}")
        return None
    loader.add(given.where, check_key_permissions(names[1], file, allowed=loader.options.insecure_key_files))
    return key


def _load_password(loader: DomainLoader, names: _Names) -> bytes | None:
    text, file = loader.settings.one(names[2]), loader.settings.one(names[3])
    if text is not None and file is not None:
        loader.error(file.where, f"{names[2]} and {names[3]} are both set", f"keep {names[3]}")
    if file is not None:
        password = read_password_file(loader.path(file))
        loader.add(file.where, check_key_permissions(names[3], password, allowed=loader.options.insecure_key_files))
        return password.data
    if text is not None:
        where = text.where
        loader.warn(where, f"{names[2]}: a password in a script is read by many", f"write it in a file: {names[3]}")
        return text.text.encode("utf-8", "surrogateescape")
    return None
