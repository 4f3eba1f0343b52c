"""Verification results: OpenSSL's codes as our reasons, and each reason in words (reference tls 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "CERT_REVOKED",
    "DEPTH_ZERO_SELF_SIGNED",
    "VERIFIED",
    "Fault",
    "Verdict",
    "reason_of_code",
    "reason_of_faults",
    "words_of_reason",
]

# (OpenSSL's error code, depth in the chain: 0 is the peer's own certificate)
Fault = tuple[int, int]

CERT_NOT_YET_VALID = 9
CERT_HAS_EXPIRED = 10
DEPTH_ZERO_SELF_SIGNED = 18
CERT_REVOKED = 23

# Our own map: not every code has a name in pyOpenSSL (66 and 85 have none).
_REASONS = {
    2: "untrusted",
    3: "crl-unavailable",
    7: "bad-signature",
    8: "crl-invalid",
    CERT_NOT_YET_VALID: "not-yet-valid",
    CERT_HAS_EXPIRED: "expired",
    11: "crl-invalid",
    12: "crl-expired",
    DEPTH_ZERO_SELF_SIGNED: "self-signed",
    19: "untrusted-root",
    20: "untrusted",
    21: "untrusted",
    22: "chain-too-long",
    CERT_REVOKED: "revoked",
    24: "invalid-ca",
    25: "path-length",
    26: "wrong-purpose",
    34: "critical-extension",
    47: "name-constraints",
    48: "name-constraints",
    66: "weak-key",
    67: "weak-key",
    68: "weak-key",
    79: "invalid-ca",
}

_WORDS = {
    "bad-certificate": "certificate can't be parsed",
    "bad-name": "certificate has control characters in a name",
    "bad-signature": "certificate's signature is wrong",
    "chain-too-long": "certificate chain is longer than verify_depth allows",
    "critical-extension": "certificate has a critical extension that is not understood",
    "crl-expired": "revocation list of the certificate's issuer has expired",
    "crl-invalid": "revocation list of the certificate's issuer is not valid",
    "crl-unavailable": "no revocation list of the certificate's issuer",
    "expired": "certificate expired",
    "internal-error": "certificate could not be judged",
    "invalid-ca": "certificate's issuer is not a CA",
    "name-constraints": "certificate's names are outside its CA's constraints",
    "no-certificate": "no certificate was sent",
    "not-verified": "certificate was not verified on this connection",
    "not-yet-valid": "certificate is not valid yet",
    "path-length": "certificate chain is longer than its CA allows",
    "resumed-unknown": "session was resumed, and who began it is no longer known: connect without the old session",
    "revoked": "certificate is revoked",
    "self-signed": "certificate is self-signed",
    "too-large": "certificate is too large",
    "untrusted": "certificate is not from a CA of ca_list",
    "untrusted-root": "certificate's root is not in ca_list",
    "weak-key": "certificate's key or signature is too weak",
    "wrong-purpose": "certificate's purpose (extended key usage) is another one",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a peer is verified at a given moment; `reason` is empty when it is, else kebab-case."""

    verified: bool
    reason: str = ""


VERIFIED = Verdict(verified=True)


def reason_of_code(code: int) -> str:
    """The reason for OpenSSL's verification error `code`; codes without a name of ours read `error-<n>`."""
    return _REASONS.get(code, f"error-{code}")


def reason_of_faults(faults: Iterable[Fault]) -> str:
    """The reason to show for all faults of one handshake: that of the leaf-most, of these the first; empty for none."""
    return reason_of_code(first[0]) if (first := min(faults, key=lambda fault: fault[1], default=None)) else ""


def words_of_reason(reason: str) -> str:
    """`reason` as words for a log line."""
    return _WORDS.get(reason, f"certificate verification failed ({reason})")
