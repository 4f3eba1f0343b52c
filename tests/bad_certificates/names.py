"""Lines 36 to 51: what a certificate says about its holder, and what a script may see of it (reference tls 1.4)."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtensionOID, NameOID

from sertwist.pki.authority import Credential, alternative_names
from tests.bad_certificates.case import Case, Fate, Shown
from tests.bad_certificates.der import as_version_1, with_serial
from tests.bad_certificates.trust import BOB, bob
from tests.unit.tls.kit import ROOT

__all__ = ["NAMES"]

FIVE_BYTES = bytes.fromhex("30078705c000020701")  # SubjectAltName of one iPAddress that is none


def _shown(**profile: object) -> Shown:
    return Shown(ROOT.issue(bob(**profile)))


def _encoded(encoding: _ASN1Type) -> Shown:
    return _shown(subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bob", encoding)]))


def _serial(content: bytes) -> Shown:
    return Shown(with_serial(ROOT, bob(), content))


def _version_1() -> Shown:
    return Shown(Credential(as_version_1(BOB.certificate, ROOT.credential.key), BOB.key))


def _named(number: int, what: str, make: object, *, equal: str = "Bob", **says: str) -> Case:
    return Case(number=number, what=what, make=make, fate=Fate.VERIFIED, equal=equal, says=says)


def _bad(number: int, what: str, make: object, reason: str = "bad-name") -> Case:
    return Case(number=number, what=what, make=make, fate=Fate.REFUSED, reason=reason)


NAMES = (
    _bad(36, "CN with NUL", lambda: _shown(common_names=("Bob\0.evil",))),
    _bad(37, "CN with CRLF", lambda: _shown(common_names=("Bob\r\nX: y",))),
    *(
        _named(38, f"CN as {encoding.name}", lambda encoding=encoding: _encoded(encoding), peer="Bob")
        for encoding in (_ASN1Type.BMPString, _ASN1Type.UniversalString, _ASN1Type.T61String)
    ),
    _named(39, "CN bob", lambda: _shown(common_names=("bob",)), equal="", peer="bob"),
    _named(40, "CN with trailing blank", lambda: _shown(common_names=("Bob ",)), equal=""),
    _named(41, "two CNs", lambda: _shown(common_names=("Bob", "SER-Killer")), equal="", peer="Bob"),
    _named(41, "two CNs, the other first", lambda: _shown(common_names=("SER-Killer", "Bob")), equal="",
           peer="SER-Killer"),
    _named(42, "empty subject, SAN only", lambda: _shown(common_names=(),
           alternative_names=alternative_names("bob.example.com")), equal="", peer="", host="bob.example.com"),
    _named(43, "500 SANs", lambda: _shown(alternative_names=alternative_names(
           *(f"host{number}.example.com" for number in range(500)))), **{"count.dns": "500"}),
    _bad(44, "SAN DNS with NUL", lambda: _shown(alternative_names=[x509.DNSName("bob.example.com\0.evil")])),
    _named(45, "SAN URI with port", lambda: _shown(alternative_names=alternative_names("sip:example.com:5061")),
           uri="sip:example.com:5061"),
    _bad(46, "iPAddress of 5 bytes", lambda: _shown(extra=[(x509.UnrecognizedExtension(
         ExtensionOID.SUBJECT_ALTERNATIVE_NAME, FIVE_BYTES), False)]), "bad-certificate"),
    _named(47, "serial 0", lambda: _serial(b"\0"), sn="0"),
    _bad(47, "serial negative", lambda: _serial(b"\x92\x34"), "bad-certificate"),
    _named(47, "serial of 20 bytes", lambda: _serial(b"\x7f" * 20), sn=str(int.from_bytes(b"\x7f" * 20))),
    _named(48, "serial above 64 bit", lambda: _shown(serial=2**64 + 1), sn="18446744073709551617"),
    _named(48, "another serial above 64 bit", lambda: _shown(serial=2**64 + 2), sn="18446744073709551618"),
    _named(49, "version 1", _version_1, version="0"),
    _named(50, "date from 2050 on", lambda: _shown(not_after=datetime(2050, 1, 2, 3, 4, 5, tzinfo=UTC)),
           not_after="Jan  2 03:04:05 2050 GMT"),
    _named(51, "homoglyph CN", lambda: _shown(common_names=("B\N{CYRILLIC SMALL LETTER O}b",)), equal="",
           peer="B\N{CYRILLIC SMALL LETTER O}b"),
)  # fmt: skip
