"""Certificates that no library makes: fields of a good one replaced, then signed again by its issuer's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sertwist.pki.authority import Authority, Credential, Profile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SEQUENCE", "issue_edited", "sign_with_sha1", "with_serial", "wrap"]

INTEGER = 0x02
BIT_STRING = 0x03
SEQUENCE = 0x30
ECDSA_WITH_SHA1 = bytes.fromhex("06072a8648ce3d0401")
_SERIAL, _ALGORITHM = 1, 2  # places of a version 3 certificate's fields (RFC 5280 4.1)

Fields = list[tuple[int, bytes]]


def issue_edited(
    authority: Authority,
    profile: Profile,
    edit: Callable[[Fields], None],
    digest: hashes.HashAlgorithm | None = None,
) -> Credential:
    """Issue for `profile`; `edit` changes the fields (tag, content) before the signature is made anew."""
    credential = authority.issue(profile)
    fields = split(split(credential.certificate.tbs_certificate_bytes)[0][1])
    edit(fields)
    body = wrap(SEQUENCE, b"".join(wrap(tag, content) for tag, content in fields))
    key = authority.credential.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = wrap(BIT_STRING, b"\0" + key.sign(body, ec.ECDSA(digest or hashes.SHA256())))
    whole = wrap(SEQUENCE, body + wrap(*fields[_ALGORITHM]) + signature)
    return Credential(x509.load_der_x509_certificate(whole), credential.key)


def with_serial(authority: Authority, profile: Profile, content: bytes) -> Credential:
    """A certificate whose serial number is the INTEGER of these bytes."""

    def edit(fields: Fields) -> None:
        fields[_SERIAL] = (INTEGER, content)

    return issue_edited(authority, profile, edit)


def sign_with_sha1(authority: Authority, profile: Profile) -> Credential:
    """A certificate whose signature is over a SHA-1 digest."""

    def edit(fields: Fields) -> None:
        fields[_ALGORITHM] = (SEQUENCE, ECDSA_WITH_SHA1)

    return issue_edited(authority, profile, edit, hashes.SHA1())


def split(der: bytes) -> Fields:
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


def wrap(tag: int, content: bytes) -> bytes:
    """The element of `tag` with `content`."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content
