"""Read a certificate signing request (RFC 2986): who asks shows that the key is theirs, and what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sertwist.errors import ConfigError
from sertwist.pki.keys import describe_key
from sertwist.tls.loading.own_certificate import MIN_RSA_BITS
from sertwist.tls.loading.pem import read_pem_file

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.pki.authority import PublicKey

__all__ = ["REQUEST_LABELS", "SigningRequest", "parse_request", "read_request"]

REQUEST_LABELS = (b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A request whose signature is good.

    Attributes:
        subject: who it says it is for; only shown, never taken.
        names: the alternative names that it asks for, unchecked.
        public_key: of the requester.
    """

    subject: x509.Name
    names: tuple[x509.GeneralName, ...]
    public_key: PublicKey

    @property
    def subject_text(self) -> str:
        """The subject for printing: what a stranger wrote can't move the cursor."""
        text = self.subject.rfc4514_string()
        return repr(text) if text.isprintable() else ascii(text)


def read_request(path: Path) -> SigningRequest:
    """The request in the PEM file `path`.

    Raises:
        ConfigError: there is none, it can't be read, its signature is not good, or its key is weak (`pki-request`).
    """
    blocks = read_pem_file(path).blocks(*REQUEST_LABELS)
    if len(blocks) != 1:
        raise ConfigError(f"{path} has {len(blocks) or 'no'} signing requests in it: one is wanted", code="pki-request")
    return parse_request(blocks[0], path)


def parse_request(pem: bytes, path: Path) -> SigningRequest:
    """The request `pem`, which stands in the file `path`.

    Raises:
        ConfigError: it can't be read, its signature is not good, or its key is weak (`pki-request`).
    """
    try:
        request = x509.load_pem_x509_csr(pem)
        if not request.is_signature_valid:
            raise ConfigError(f"{path}: its signature is not made by its key", code="pki-request")
        return SigningRequest(request.subject, _names(request), _strong_key(request.public_key(), path))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        text = f"{path} has a signing request that can't be read"
        raise ConfigError(text, code="pki-request", detail=str(error)) from error


def _names(request: x509.CertificateSigningRequest) -> tuple[x509.GeneralName, ...]:
    try:
        return tuple(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return ()


def _strong_key(key: object, path: Path) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1 | ec.SECP521R1):
        return key
    text = f"{path} has a key of {describe_key(key)}: RSA of {MIN_RSA_BITS} bits, P-256, P-384 or P-521 are taken"
    raise ConfigError(text, code="pki-request")
