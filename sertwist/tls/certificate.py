"""`CertificateView`: what a script may see of one certificate, in the selects' formats (reference tls 1.3, 1.4).

Everything is read once, inside one guard: a certificate that can't be read whole, or that has a control character
in a name, gets a `defect`, and no one bearing it is ever verified. Views are shared by all connections with the
same certificate.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from weakref import WeakValueDictionary

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from sertwist.limits import MAX_CERTIFICATE
from sertwist.tls.revocation import CanonicalName, canonical_name

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["MAX_NAME", "CertificateView", "NameView", "date_text", "serial_hex", "view_certificate", "view_der"]

MAX_NAME: Final = 1024  # bytes of one name or alternative name; a longer one is absent, as in the first release
# Odd serial numbers are judged here; a peer's would otherwise put lines of the library's into the operator's log.
warnings.filterwarnings("ignore", "Parsed a serial number", CryptographyDeprecationWarning)
# Line ends and controls, C1 and Unicode's own line separators among them: none may reach a header or a log line.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# RFC 5280 4.1.2.2 allows 20 octets and the first servers printed 80 digits; Python does not print numbers of 4,300.
_SERIAL_END: Final = 10**80
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_SanValues = tuple[str | None, ...]


def date_text(when: dt.datetime) -> str:
    """`when` (UTC) as `Jun  7 15:03:20 2005 GMT`: English, day padded with a blank, whatever the locale."""
    return f"{_MONTHS[when.month - 1]} {when.day:2d} {when:%H:%M:%S} {when.year:04d} GMT"


def serial_hex(serial: int) -> str:
    """`serial` as `openssl x509 -serial` prints it: upper-case hex of even length."""
    digits = f"{abs(serial):X}"
    return ("-" if serial < 0 else "") + digits.zfill(len(digits) + len(digits) % 2)


class NameView:
    """A subject's or an issuer's distinguished name.

    Attributes:
        attributes: (dotted OID, value) in order; None stands for a value that may not be shown.
        dn: RFC 4514 text; None when it may not be shown.
    """

    __slots__ = ("attributes", "dn")

    def __init__(self, name: x509.Name) -> None:
        self.attributes = tuple((a.oid.dotted_string, _presentable(a.value)) for a in name)
        shown = all(value is not None for _, value in self.attributes)
        self.dn: str | None = _presentable(name.rfc4514_string()) if shown else None

    def first(self, oid: str) -> str | None:
        """The first value of attribute `oid`; None when missing or not to be shown."""
        return next((value for each, value in self.attributes if each == oid), None)

    def only(self, oid: str) -> str | None:
        """The value of attribute `oid` when there is exactly one: a name that is not unique identifies nobody."""
        values = [value for each, value in self.attributes if each == oid]
        return values[0] if len(values) == 1 else None


class CertificateView:
    """One certificate, read.

    Attributes:
        certificate: the same, as the library has it.
        sha256: digest of its DER form.
        defect: empty, or `bad-certificate` (not readable), `bad-name` (control characters in a name) or `too-large`.
        not_before: seconds since the epoch.
        not_after: seconds since the epoch.
        serial: at most 80 digits; -1 when it is longer, negative or not readable.
        version: as encoded: 2 for v3, 0 for v1, as scripts have always seen it.
        subject: distinguished name.
        issuer: distinguished name.
        issuer_key: the issuer's name in comparable form.
        common_name: first CN of the subject, for printing.
        unique_common_name: the CN when there is exactly one, for comparing.
        has_alternative_names: there is a subjectAltName extension, whatever is in it.
        dns: subject alternative names of this kind, likewise `uri`, `email`, `ip`.
    """

    __slots__ = (
        "__weakref__",
        "certificate",
        "common_name",
        "defect",
        "dns",
        "email",
        "has_alternative_names",
        "ip",
        "issuer",
        "issuer_key",
        "not_after",
        "not_before",
        "serial",
        "sha256",
        "subject",
        "unique_common_name",
        "uri",
        "version",
    )

    def __init__(self, certificate: x509.Certificate, sha256: bytes) -> None:
        """Read `certificate`; use `view_certificate` outside tests, which shares."""
        self.certificate = certificate
        self.sha256 = sha256
        self.defect = ""
        self.not_before, self.not_after, self.serial, self.version = 0.0, 0.0, -1, 0
        self.subject = self.issuer = NameView(x509.Name([]))
        self.issuer_key: CanonicalName = ()
        self.has_alternative_names = True  # until it was read: no name is taken from elsewhere
        self.dns: _SanValues = ()
        self.uri: _SanValues = ()
        self.email: _SanValues = ()
        self.ip: _SanValues = ()
        try:
            if len(self.der) > MAX_CERTIFICATE:
                self.defect = "too-large"
            else:
                self._read(certificate)
        except Exception:  # noqa: BLE001 (bytes of a peer: whatever the parser raises, this certificate is not readable)
            self.defect = "bad-certificate"
        self.common_name = self.subject.first(NameOID.COMMON_NAME.dotted_string)
        self.unique_common_name = self.subject.only(NameOID.COMMON_NAME.dotted_string)

    def _read(self, certificate: x509.Certificate) -> None:
        self.not_before = certificate.not_valid_before_utc.timestamp()
        self.not_after = certificate.not_valid_after_utc.timestamp()
        self.version = certificate.version.value
        self.subject = NameView(certificate.subject)
        self.issuer = NameView(certificate.issuer)
        self.issuer_key = canonical_name(certificate.issuer)
        extension = _alternative_names(certificate)
        self.has_alternative_names = extension is not None
        names = extension or []
        self.dns = tuple(_presentable(n.value) for n in names if isinstance(n, x509.DNSName))
        self.uri = tuple(_presentable(n.value) for n in names if isinstance(n, x509.UniformResourceIdentifier))
        self.email = tuple(_presentable(n.value) for n in names if isinstance(n, x509.RFC822Name))
        self.ip = tuple(str(n.value) for n in names if isinstance(n, x509.IPAddress))
        self.serial = certificate.serial_number
        if not 0 <= self.serial < _SERIAL_END:
            self.serial, self.defect = -1, "bad-certificate"
        if any(_UNPRINTABLE.search(text) for text in _every_text(certificate, names)):
            self.defect = "bad-name"

    @property
    def not_before_text(self) -> str:
        """Start of validity, `Jun 17 15:03:20 2005 GMT`."""
        return date_text(self.certificate.not_valid_before_utc)

    @property
    def not_after_text(self) -> str:
        """End of validity, likewise."""
        return date_text(self.certificate.not_valid_after_utc)

    @property
    def der(self) -> bytes:
        """The certificate's bytes."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        """The certificate as PEM text with line ends."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")

    @property
    def urlencoded(self) -> str:
        """The PEM text percent-encoded: one line."""
        return quote(self.pem, safe="")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, lower-case hex."""
        return self.sha256.hex()

    @property
    def fingerprint_sha1(self) -> str:
        """SHA-1 of the certificate, lower-case hex; for systems that know no other."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest()

    @property
    def spki_fingerprint(self) -> str | None:
        """SHA-256 of the public key (SubjectPublicKeyInfo), lower-case hex: survives a renewal with the same key.

        None when the key is of a kind that can't be read, although OpenSSL may have made a handshake with it.
        """
        try:
            key = self.certificate.public_key()
        except (ValueError, UnsupportedAlgorithm):
            return None
        return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


_VIEWS: WeakValueDictionary[bytes, CertificateView] = WeakValueDictionary()


def view_certificate(certificate: x509.Certificate) -> CertificateView:
    """The one view of `certificate`, read now unless some connection already holds it."""
    return view_der(certificate.public_bytes(Encoding.DER))


def view_der(der: bytes) -> CertificateView:
    """The same for a certificate in DER form: one that is known need not be parsed.

    Raises:
        ValueError: these bytes are no certificate.
    """
    sha256 = hashlib.sha256(der).digest()
    view = _VIEWS.get(sha256)
    if view is None:
        view = _VIEWS[sha256] = CertificateView(x509.load_der_x509_certificate(der), sha256)
    return view


def _presentable(value: str | bytes) -> str | None:
    if isinstance(value, bytes):  # a BIT STRING attribute (x500UniqueIdentifier)
        value = value.hex()
    if _UNPRINTABLE.search(value) or len(value.encode("utf-8", "replace")) > MAX_NAME:
        return None
    return value


def _alternative_names(certificate: x509.Certificate) -> list[x509.GeneralName] | None:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return None


def _every_text(certificate: x509.Certificate, names: list[x509.GeneralName]) -> list[str]:
    values = [a.value for name in (certificate.subject, certificate.issuer) for a in name]
    values += [n.value for n in names if isinstance(n, x509.DNSName | x509.UniformResourceIdentifier | x509.RFC822Name)]
    return [value for value in values if isinstance(value, str)]
