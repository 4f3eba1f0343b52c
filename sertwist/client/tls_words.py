"""Say in words why a TLS handshake failed, from OpenSSL's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ssl

__all__ = ["alert_words", "verify_words"]

# X509_V_ERR_* of OpenSSL, stable since decades.
VERIFY_WORDS: Final = {
    3: "no revocation list of its issuer is in the CA file",
    9: "it is not valid yet",
    10: "it has expired",
    11: "the revocation list in the CA file is not valid yet",
    12: "the revocation list in the CA file has expired",
    18: "it is self-signed, and the CA file does not hold it",
    19: "it was issued by an authority that the CA file does not hold",
    20: "it was issued by an authority that the CA file does not hold",
    21: "its issuer's certificate was not sent and is not in the CA file",
    23: "it has been revoked",
    26: "it is not meant for servers (extended key usage)",
    62: "it is for other names",
    64: "it is for other addresses",
    66: "its key is too weak",
    79: "its issuer is not an authority",
}

# Alerts about our certificate (RFC 8446 6.2), by the names that OpenSSL's errors have for them.
ALERT_WORDS: Final = {
    "BAD_CERTIFICATE": "it is damaged",
    "CERTIFICATE_EXPIRED": "it has expired",
    "CERTIFICATE_REVOKED": "it has been revoked",
    "CERTIFICATE_UNKNOWN": "no reason given",
    "UNKNOWN_CA": "its issuer is not one that the server trusts",
    "UNSUPPORTED_CERTIFICATE": "it is not meant for clients",
    "ACCESS_DENIED": "its holder has no access",
    "DECRYPT_ERROR": "its signature could not be checked",
}


def verify_words(error: ssl.SSLCertVerificationError) -> str:
    """Why the server's certificate was not accepted."""
    return VERIFY_WORDS.get(error.verify_code) or error.verify_message


def alert_words(error: ssl.SSLError) -> str:
    """Why the server refused *our* certificate, if that is what `error` says; else nothing.

    A TLS 1.3 server says it when the client thinks that the handshake is over (RFC 8446 4.4.2.4).
    """
    reason = error.reason or ""
    if reason.endswith("CERTIFICATE_REQUIRED"):
        return "The server requires a client certificate, and none was given."
    if "_ALERT_" not in reason:
        return ""
    words = ALERT_WORDS.get(reason.partition("_ALERT_")[2])
    return f"The server refused our certificate: {words}." if words else ""
