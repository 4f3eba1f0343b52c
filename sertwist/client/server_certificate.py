"""Say what certificate a server shows, to explain why it was not accepted. Nothing else is done with it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography import x509

    from sertwist.client.endpoint import Endpoint

__all__ = ["ShownCertificate", "describe_certificate", "fetch_certificate"]

# Only for the message: past this the operator reads the message without it.
TIMEOUT: Final = 2.0
MAX_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A certificate in words, none of which is proven."""

    names: str
    issuer: str
    validity: str

    @property
    def words(self) -> str:
        """What it says, for the end of a sentence."""
        return f"it is for {self.names}, issued by {self.issuer}, {self.validity}"


def describe_certificate(endpoint: Endpoint) -> ShownCertificate | None:
    """What `endpoint` shows on a second connection, over which nothing is sent; None if it cannot be read."""
    der = fetch_certificate(endpoint)
    return _describe(der) if der else None


def fetch_certificate(endpoint: Endpoint) -> bytes | None:
    """The certificate that `endpoint` shows, in DER, over which nothing is sent; None if it shows none."""
    # Not verified, since it is the certificate that failed verification which is to be read.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((endpoint.host, endpoint.port), TIMEOUT) as raw,
            context.wrap_socket(raw, server_hostname=endpoint.expected_name) as sock,
        ):
            return sock.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None


def _describe(der: bytes) -> ShownCertificate | None:
    from cryptography import x509  # noqa: PLC0415 - 70 ms that only this message needs

    try:
        certificate = x509.load_der_x509_certificate(der)
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return ShownCertificate(
            _names(certificate),
            certificate.issuer.rfc4514_string() or "nobody",
            f"valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}",
        )
    except ValueError:
        return None


def _names(certificate: x509.Certificate) -> str:
    """Its alternative names, or its subject if there are none; a long list is cut."""
    from cryptography import x509  # noqa: PLC0415 - see above

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return certificate.subject.rfc4514_string() or "nobody"
    names = [str(name.value) for name in extension.value]
    return ", ".join(names[:MAX_NAMES]) + (", ..." if len(names) > MAX_NAMES else "")
