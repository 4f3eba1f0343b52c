"""`RevocationSet`: which certificates a domain no longer accepts: revoked, or their trust anchor is gone.

OpenSSL looks at CRLs during a handshake only; this set judges connections that are already up when the files
change (reference tls 10.5). Names are compared as OpenSSL does, without regard to case and runs of blanks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cryptography import x509

    from sertwist.tls.certificate import CertificateView

__all__ = [
    "CanonicalName",
    "RevocationSet",
    "RevocationSource",
    "TrustInForce",
    "canonical_name",
    "is_signed_by",
    "read_revocation_set",
]

CanonicalName = tuple[frozenset[tuple[str, str]], ...]


def canonical_name(name: x509.Name) -> CanonicalName:
    """`name` in a form that is equal for names that X.509 takes for the same (RFC 5280 7.1)."""
    return tuple(
        frozenset(
            (
                a.oid.dotted_string,
                " ".join(a.value.split()).lower() if isinstance(a.value, str) else a.value.hex(),
            )
            for a in rdn
        )
        for rdn in name.rdns
    )


@dataclass(frozen=True, slots=True)
class RevocationSet:
    """What is revoked and what is trusted, of one generation of a domain's CA and CRL files.

    Attributes:
        revoked: issuer to serial numbers on its CRLs.
        ends: issuer to when its newest CRL runs out, seconds since the epoch; without a date it is not there.
        anchors: SHA-256 of every trusted CA certificate.
        any_anchor: the machine's store is trusted too, which can't be asked here: no anchor is missed.
        leaf_only: the lists are asked about the peer's own certificate alone, as in the handshake.
    """

    revoked: Mapping[CanonicalName, frozenset[int]] = field(default_factory=dict)
    ends: Mapping[CanonicalName, float] = field(default_factory=dict)
    anchors: frozenset[bytes] = frozenset()
    any_anchor: bool = False
    leaf_only: bool = False

    def decide_withdrawal(self, chain: Sequence[CertificateView]) -> str:
        """Why `chain`, leaf first and verified once, is no longer good: `revoked`, `untrusted`; empty if it is."""
        for certificate in self._looked_up(chain):
            if certificate.serial in self.revoked.get(certificate.issuer_key, ()):
                return "revoked"
        trusted = chain and (self.any_anchor or chain[-1].sha256 in self.anchors)
        return "" if trusted else "untrusted"

    def is_anchored(self, chain: Sequence[CertificateView]) -> bool:
        """Whether `chain`, verified elsewhere, ends in a CA that is listed here, with nothing of it revoked."""
        return bool(chain) and chain[-1].sha256 in self.anchors and not self.decide_withdrawal(chain)

    def lists_end(self, chain: Sequence[CertificateView]) -> float:
        """When the first CRL that speaks about `chain` runs out, seconds since the epoch; infinite without."""
        ends = (self.ends.get(each.issuer_key, float("inf")) for each in self._looked_up(chain))
        return min(ends, default=float("inf"))

    def _looked_up(self, chain: Sequence[CertificateView]) -> Sequence[CertificateView]:
        return chain[:1] if self.leaf_only else chain


class RevocationSource(Protocol):
    """Who holds the revocation set in force; live connections ask it again at each verdict."""

    @property
    def revocations(self) -> RevocationSet:
        """The present set."""


class TrustInForce:
    """What the peers of one domain are judged by now, whatever generation of the domain their connections began in.

    Attributes:
        revocations: the present set.
        earliest_expiry: seconds since the epoch before which no peer's certificate expires that was noted.
    """

    __slots__ = ("earliest_expiry", "revocations")

    def __init__(self, revocations: RevocationSet) -> None:
        self.revocations = revocations
        self.earliest_expiry = float("inf")

    def replace(self, revocations: RevocationSet) -> None:
        """Judge by `revocations` from now on."""
        self.revocations = revocations

    def withdraw(self) -> None:
        """The domain is gone: nobody is trusted any more."""
        self.revocations = RevocationSet()

    def note_expiry(self, not_after: float) -> None:
        """A connection's peer expires at `not_after`, seconds since the epoch."""
        self.earliest_expiry = min(self.earliest_expiry, not_after)


def read_revocation_set(
    authorities: Iterable[x509.Certificate],
    lists: Iterable[x509.CertificateRevocationList],
    *,
    any_anchor: bool = False,
    leaf_only: bool = False,
) -> RevocationSet:
    """Read all CRLs of a domain into one set; whether their signatures hold was asked when they were loaded.

    Args:
        authorities: trusted.
        lists: the CRLs.
        any_anchor: as in `RevocationSet`.
        leaf_only: likewise.
    """
    revoked: dict[CanonicalName, frozenset[int]] = {}
    ends: dict[CanonicalName, float] = {}
    for crl in lists:
        issuer = canonical_name(crl.issuer)
        revoked[issuer] = revoked.get(issuer, frozenset()) | {entry.serial_number for entry in crl}
        if crl.next_update_utc is not None:
            ends[issuer] = max(ends.get(issuer, 0.0), crl.next_update_utc.timestamp())
    anchors = frozenset(hashlib.sha256(ca.public_bytes(Encoding.DER)).digest() for ca in authorities)
    return RevocationSet(revoked, ends, anchors, any_anchor, leaf_only)


def is_signed_by(crl: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    """Whether `authority`'s key made `crl`'s signature; a key or algorithm that can't be used has not."""
    try:
        return crl.is_signature_valid(authority.public_key())  # type: ignore[arg-type] # a wrong kind raises TypeError
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False
