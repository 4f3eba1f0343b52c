"""Re-sign a certificate as X.509 version 1, which no library writes any more (RFC 5280 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

if TYPE_CHECKING:
    from sertwist.pki.authority import PrivateKey

__all__ = ["as_version_1"]

VERSION: Final = 0xA0  # [0] EXPLICIT, absent in version 1
EXTENSIONS: Final = 0xA3  # [3] EXPLICIT, version 3 only
SEQUENCE: Final = 0x30
BIT_STRING: Final = 0x03


def as_version_1(certificate: x509.Certificate, issuer_key: PrivateKey) -> x509.Certificate:
    """`certificate` with its names, key, dates and serial alone, signed by `issuer_key`."""
    fields = _split(_split(certificate.tbs_certificate_bytes)[0][1])
    body = _wrap(SEQUENCE, b"".join(_wrap(tag, value) for tag, value in fields if tag not in {VERSION, EXTENSIONS}))
    algorithm = next(_wrap(tag, value) for tag, value in fields if tag == SEQUENCE)
    signature = _wrap(BIT_STRING, b"\0" + _signature(issuer_key, body))
    return x509.load_der_x509_certificate(_wrap(SEQUENCE, body + algorithm + signature))


def _signature(key: PrivateKey, body: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(body, ec.ECDSA(hashes.SHA256()))
    return key.sign(body, padding.PKCS1v15(), hashes.SHA256())


def _split(der: bytes) -> list[tuple[int, bytes]]:
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
