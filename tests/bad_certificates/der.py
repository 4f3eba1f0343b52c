"""Certificates that no library makes: fields of a good one changed, then signed again by its issuer's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sertwist.pki.authority import Credential

if TYPE_CHECKING:
    from sertwist.pki.authority import Authority, PrivateKey, Profile

__all__ = ["as_version_1", "sign_with_sha1", "with_serial"]

INTEGER = 0x02
BIT_STRING = 0x03
SEQUENCE = 0x30
VERSION = 0xA0  # [0] EXPLICIT, absent in version 1
EXTENSIONS = 0xA3  # [3] EXPLICIT, version 3 only
ECDSA_WITH_SHA1 = bytes.fromhex("06072a8648ce3d0401")
_SERIAL, _ALGORITHM = 1, 2  # places of a version 3 certificate's fields (RFC 5280 4.1)

Fields = list[tuple[int, bytes]]


def with_serial(authority: Authority, profile: Profile, content: bytes) -> Credential:
    """A certificate whose serial number is the INTEGER of these bytes."""
    credential = authority.issue(profile)
    fields = _fields(credential.certificate)
    fields[_SERIAL] = (INTEGER, content)
    return Credential(_sign(fields, authority.credential.key), credential.key)


def sign_with_sha1(authority: Authority, profile: Profile) -> Credential:
    """A certificate whose signature is over a SHA-1 digest."""
    credential = authority.issue(profile)
    fields = _fields(credential.certificate)
    fields[_ALGORITHM] = (SEQUENCE, ECDSA_WITH_SHA1)
    return Credential(_sign(fields, authority.credential.key, hashes.SHA1()), credential.key)


def as_version_1(certificate: x509.Certificate, issuer_key: PrivateKey) -> x509.Certificate:
    """`certificate` with its names, key, dates and serial alone (RFC 5280 4.1)."""
    kept = [field for field in _fields(certificate) if field[0] not in {VERSION, EXTENSIONS}]
    return _sign(kept, issuer_key)


def _fields(certificate: x509.Certificate) -> Fields:
    return _split(_split(certificate.tbs_certificate_bytes)[0][1])


def _sign(fields: Fields, key: PrivateKey, digest: hashes.HashAlgorithm | None = None) -> x509.Certificate:
    body = _wrap(SEQUENCE, b"".join(_wrap(tag, content) for tag, content in fields))
    algorithm = next(_wrap(tag, content) for tag, content in fields if tag == SEQUENCE)  # the first is it
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(body, ec.ECDSA(digest or hashes.SHA256()))
    whole = _wrap(SEQUENCE, body + algorithm + _wrap(BIT_STRING, b"\0" + signature))
    return x509.load_der_x509_certificate(whole)


def _split(der: bytes) -> Fields:
    """Tags and contents of the elements side by side in `der` (X.690 8.1), with definite lengths."""
    elements, at = [], 0
    while at < len(der):
        tag, length, start = der[at], der[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length = int.from_bytes(der[start : start + octets])
            start += octets
        elements.append((tag, der[start : start + length]))
        at = start + length
    return elements


def _wrap(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content
