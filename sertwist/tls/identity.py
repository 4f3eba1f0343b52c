"""`PeerIdentity`: what the handshake proved about the peer; false whenever in doubt (reference tls 2.3-2.5)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sertwist.tls.verification import (
    CERT_HAS_EXPIRED,
    CERT_NOT_YET_VALID,
    CERT_REVOKED,
    DEPTH_ZERO_SELF_SIGNED,
    VERIFIED,
    Fault,
    Verdict,
    reason_of_faults,
    words_of_reason,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sertwist.tls.certificate import CertificateView
    from sertwist.tls.revocation import RevocationSet, RevocationSource

__all__ = ["PeerIdentity"]

_EXPIRED = Verdict(verified=False, reason="expired")
_NOT_YET_VALID = Verdict(verified=False, reason="not-yet-valid")
_CRL_EXPIRED = Verdict(verified=False, reason="crl-expired")
_INTERNAL_ERROR = Verdict(verified=False, reason="internal-error")


class PeerIdentity:
    """The peer of one TLS connection.

    What was proved never gets better; it gets worse when a date passes or the domain's revocation set changes,
    which `verdict` looks at each time it is asked.

    Attributes:
        certificate: the peer's own, verified or not; None when none was sent or it can't be parsed.
        chain: leaf to trust anchor as verified; empty when it was not.
        faults: everything OpenSSL found wrong, as (code, depth).
        presented: a certificate was sent, whatever its state.
    """

    __slots__ = (
        "_checked",
        "_fixed",
        "_lists_end",
        "_not_after",
        "_not_before",
        "_resumed",
        "_source",
        "_standing",
        "certificate",
        "chain",
        "faults",
        "presented",
    )

    def __init__(  # noqa: PLR0913 (all by keyword)
        self,
        *,
        certificate: CertificateView | None,
        presented: bool,
        unproved: str,
        chain: Sequence[CertificateView] = (),
        faults: Sequence[Fault] = (),
        source: RevocationSource,
        resumed: bool = False,
    ) -> None:
        """Settle what can never change.

        Args:
            certificate: the leaf.
            presented: whether the peer sent one.
            unproved: why nothing was proved although nothing is at fault, `resumed-unknown`; empty: it was, by OpenSSL
                on this very connection, or on the one whose session this continues.
            chain: the verified chain; ignored when anything is at fault.
            faults: from the handshake's record.
            source: holds the revocation set in force, now and later.
            resumed: no CRL was asked on this connection: one that has run out counts as it would have there.
        """
        self.certificate = certificate
        self.presented = presented
        self.faults = tuple(faults)
        self._source = source
        self._resumed = resumed
        self._lists_end = float("inf")
        reason = "no-certificate"
        if presented:
            reason = _fault_of(certificate, chain, self.faults) or unproved
            if not reason and not (chain and chain[0] is certificate):
                reason = "not-verified"
        self._fixed = Verdict(verified=False, reason=reason) if reason else None
        self.chain: tuple[CertificateView, ...] = () if reason else tuple(chain)
        self._not_before = max((c.not_before for c in self.chain), default=0.0)
        self._not_after = min((c.not_after for c in self.chain), default=0.0)
        self._checked: RevocationSet | None = None
        self._standing = _INTERNAL_ERROR

    def verdict(self, now: float) -> Verdict:
        """Whether the peer is verified at `now`, seconds since the epoch; an error while deciding refuses."""
        if self._fixed is not None:
            return self._fixed
        try:
            # RFC 5280 4.1.2.5: the notAfter second itself still counts.
            if now >= self._not_after + 1.0:
                return _EXPIRED
            if now < self._not_before:
                return _NOT_YET_VALID
            present = self._source.revocations
            if present is not self._checked:
                self._check_against(present)
            if self._resumed and now >= self._lists_end and self._standing.verified:
                return _CRL_EXPIRED
        except Exception:  # noqa: BLE001 (fail closed)
            return _INTERNAL_ERROR
        return self._standing

    def _check_against(self, present: RevocationSet) -> None:
        self._standing = _INTERNAL_ERROR
        reason = present.decide_withdrawal(self.chain)
        self._standing = Verdict(verified=False, reason=reason) if reason else VERIFIED
        self._lists_end = present.lists_end(self.chain)
        self._checked = present

    @property
    def was_verified(self) -> bool:
        """Whether the handshake verified the peer, whatever has happened since."""
        return self._fixed is None

    @property
    def not_after(self) -> float:
        """When the first certificate of the verified chain expires, seconds since the epoch; infinite without chain."""
        return self._not_after if self.chain else float("inf")

    def describe(self, now: float) -> str:
        """Who the peer is at `now`, in words for the log: the verified certificate, or why there is none.

        What the peer chose is quoted, escaped and cut.
        """
        verdict, certificate = self.verdict(now), self.certificate
        if verdict.verified and certificate is not None:
            name = ascii((certificate.common_name or "")[:256])
            return f"certificate {name} serial {certificate.serial:X}"
        words = words_of_reason(verdict.reason)
        if verdict.reason == "expired" and certificate is not None:
            return f"{words} {time.strftime('%Y-%m-%d', time.gmtime(certificate.not_after))}"
        return words

    def is_expired(self, now: float) -> bool:
        """Whether the certificate, or one that verified it, has expired at `now` or had at the handshake."""
        if self.certificate is None:
            return False
        not_after = self._not_after if self.chain else self.certificate.not_after
        return now >= not_after + 1.0 or self._had(CERT_HAS_EXPIRED)

    def is_not_yet_valid(self, now: float) -> bool:
        """Whether the certificate, or one that verified it, is not valid yet at `now`, or was not at the handshake."""
        if self.certificate is None:
            return False
        not_before = self._not_before if self.chain else self.certificate.not_before
        return now < not_before or self._had(CERT_NOT_YET_VALID)

    def is_revoked(self, now: float) -> bool:
        """Whether the peer was found on a CRL, at the handshake or since."""
        return self._had(CERT_REVOKED) or self.verdict(now).reason == "revoked"

    def is_self_signed(self) -> bool:
        """Whether the certificate is self-signed and not trusted."""
        return self._had(DEPTH_ZERO_SELF_SIGNED)

    def _had(self, code: int) -> bool:
        return any(each == code for each, _ in self.faults)


def _fault_of(certificate: CertificateView | None, chain: Sequence[CertificateView], faults: Sequence[Fault]) -> str:
    if certificate is None:
        return reason_of_faults(faults) or "bad-certificate"
    return reason_of_faults(faults) or next((c.defect for c in (certificate, *chain) if c.defect), "")
