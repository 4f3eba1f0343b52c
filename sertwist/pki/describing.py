"""Certificates, keys, revocation lists and requests as rows of a table, in the formats of the `@tls` selects.

A row's value is text, a number, a list of texts, or None for what may not be shown: a name with control characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from sertwist.pki.keys import describe_key
from sertwist.pki.names import name_text
from sertwist.tls.certificate import date_text, serial_hex, view_certificate
from sertwist.tls.extensions import is_ca
from sertwist.tls.revocation import is_signed_by
from sertwist.tls.sip_identity import sip_domains
from sertwist.tls.verification import words_of_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sertwist.pki.request import SigningRequest

__all__ = ["Row", "days_left", "describe_certificate", "describe_list", "describe_request"]

Row = dict[str, object]

SIP_DOMAIN_USAGE: Final = "1.3.6.1.5.5.7.3.20"  # RFC 5924
_USAGES: Final = {
    ExtendedKeyUsageOID.SERVER_AUTH.dotted_string: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string: "clientAuth",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string: "anyExtendedKeyUsage",
    ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string: "OCSPSigning",
    ExtendedKeyUsageOID.CODE_SIGNING.dotted_string: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING.dotted_string: "timeStamping",
    SIP_DOMAIN_USAGE: "sipDomain",
}
_WHOLE: Final = frozenset({"", "bad-name"})  # defects of a certificate that could be read


def describe_certificate(certificate: x509.Certificate, now: datetime) -> Row:
    """What `certificate` says, at `now`."""
    view = view_certificate(certificate)
    row: Row = {"kind": "CA certificate" if is_ca(certificate) else "certificate"}
    if view.defect:
        row["defect"] = f"{words_of_reason(view.defect)}: nobody who shows it is ever verified"
    if view.defect not in _WHOLE:
        return row | {"sha256": view.fingerprint}
    row |= {"subject": view.subject.dn, "issuer": view.issuer.dn}
    row |= {kind: list(getattr(view, kind)) for kind in ("dns", "uri", "email", "ip") if getattr(view, kind)}
    if not is_ca(certificate):
        row["sip_domains"] = list(sip_domains(view))
    row |= {
        "not_before": view.not_before_text,
        "not_after": view.not_after_text,
        "days_left": days_left(certificate.not_valid_after_utc, now),
        "state": _state(certificate, now),
        "key": _key_of(certificate),
        "purposes": _purposes(certificate),
        "serial": str(view.serial),
        "serial_hex": serial_hex(view.serial),
        "sha256": view.fingerprint,
        "spki_sha256": view.spki_fingerprint,
    }
    return row


def describe_list(crl: x509.CertificateRevocationList, authorities: Iterable[x509.Certificate], now: datetime) -> Row:
    """What the revocation list `crl` says, and whether one of `authorities` has signed it."""
    issuers = [each for each in authorities if each.subject == crl.issuer]
    row: Row = {
        "kind": "revocation list",
        "issuer": _printable(crl.issuer.rfc4514_string()),
        "number": _number(crl),
        "this_update": date_text(crl.last_update_utc),
    }
    if crl.next_update_utc is not None:
        row |= {"next_update": date_text(crl.next_update_utc), "days_left": days_left(crl.next_update_utc, now)}
        row["state"] = "expired: nobody of its issuer is verified" if crl.next_update_utc < now else "good"
    row["revoked"] = len(crl)
    if issuers:
        row["signature"] = "good" if any(is_signed_by(crl, each) for each in issuers) else "not made by its issuer"
    return row


def describe_request(request: SigningRequest) -> Row:
    """What the signing request says; its signature is good."""
    return {
        "kind": "signing request",
        "subject": _printable(request.subject.rfc4514_string()),
        "asks_for": [name_text(each) for each in request.names],
        "key": describe_key(request.public_key),
    }


def days_left(end: datetime, now: datetime) -> int:
    """Whole days from `now` to `end`; negative once it is past."""
    return (end - now).days


def _state(certificate: x509.Certificate, now: datetime) -> str:
    if certificate.not_valid_after_utc < now:
        return "expired"
    return "valid" if certificate.not_valid_before_utc <= now else "not valid yet"


def _key_of(certificate: x509.Certificate) -> str:
    try:
        return describe_key(certificate.public_key())
    except Exception:  # noqa: BLE001 (a file of anybody's: whatever the parser raises, the key is of no use)
        return "a kind that is not known here"


def _purposes(certificate: x509.Certificate) -> Sequence[str]:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ["any"]
    return [_USAGES.get(each.dotted_string, each.dotted_string) for each in usages]


def _number(crl: x509.CertificateRevocationList) -> int | None:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


def _printable(text: str) -> str | None:
    return text if text.isprintable() else None
