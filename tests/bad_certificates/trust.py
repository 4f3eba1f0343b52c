"""What the domains of the list trust: a root, a pinned certificate, no depth, revocation lists good and bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from sertwist.limits import DEFAULT_DEPTH
from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH, Authority, Profile, alternative_names, issue_self_signed
from tests.unit.tls.kit import DAY, NOW, OTHER_ROOT, ROOT, make_root

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "BOB",
    "EARLY",
    "FORGED",
    "LISTED",
    "LISTING_ROOT",
    "MUTE",
    "PINNED",
    "REVOKED",
    "STALE",
    "TRUSTS",
    "Trust",
    "bob",
]


@dataclass(frozen=True)
class Trust:
    """The trust settings of one domain."""

    authorities: Sequence[x509.Certificate]
    lists: Sequence[x509.CertificateRevocationList] = ()
    depth: int = DEFAULT_DEPTH


def bob(**changes: object) -> Profile:
    """Bob, who is a client and, for those who call him, the server localhost."""
    usual = {"usages": (CLIENT_AUTH, SERVER_AUTH), "alternative_names": alternative_names("localhost")}
    return Profile(**{"common_names": ("Bob",), **usual, **changes})


BOB = ROOT.issue(bob())
PINNED = issue_self_signed(bob(not_before=NOW - DAY, not_after=NOW + DAY))

# One root with a good list; the authorities below it have good, old, early, forged lists or none.
LISTING_ROOT = make_root("Listing Root")
REVOKED = LISTING_ROOT.issue(bob())


def _below(name: str) -> Authority:
    return LISTING_ROOT.issue_authority(Profile(common_names=(name,)))


LISTED, STALE, EARLY, FORGED, MUTE = (_below(f"{name} CA") for name in ("listed", "stale", "early", "forged", "mute"))
# Without an authority key identifier, by which OpenSSL would see at once that it is another's.
_forgery = x509.CertificateRevocationListBuilder(FORGED.certificate.subject, NOW - DAY, NOW + DAY).sign(
    OTHER_ROOT.credential.key, hashes.SHA256()
)

TRUSTS = {
    "root": Trust([ROOT.certificate]),
    "pinned": Trust([ROOT.certificate, PINNED.certificate]),
    "shallow": Trust([ROOT.certificate], depth=0),
    "both": Trust([ROOT.certificate, OTHER_ROOT.certificate]),
    "lists": Trust(
        [LISTING_ROOT.certificate],
        [
            LISTING_ROOT.crl([REVOKED.certificate]),
            LISTED.crl(),
            STALE.crl(next_update=NOW - DAY),
            EARLY.crl(this_update=NOW + DAY),
            _forgery,
        ],
    ),
}
