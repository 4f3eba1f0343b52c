"""`Facts`: what of a caller a role can ask for; taken once from a verified certificate, a socket or digest credentials.

A name that is there twice, or can't be shown, identifies nobody and is absent (reference rpc 14.10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.tls.revocation import CanonicalName, canonical_name

if TYPE_CHECKING:
    from sertwist.rpc.caller import Caller
    from sertwist.tls.certificate import CertificateView

__all__ = ["Facts", "Issuer", "facts_of", "is_same", "plain_email"]

_ORGANISATION = "2.5.4.10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The CA that issued a certificate itself, not one further up: it alone answers for the names.

    Attributes:
        subject: its name, comparable.
        key: SHA-256 of its public key, hex; empty when that can't be read.
    """

    subject: CanonicalName
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Who somebody is.

    Attributes:
        uri: subject alternative names of this kind, likewise `dns` (lower case) and `email` (its domain in lower case).
        issuer: the issuer's name in the certificate, comparable.
        serial: of the certificate.
        key: SHA-256 of its public key, lower-case hex.
        organisation: the one O of its subject.
        cn: the one CN of its subject.
        ca: who issued it.
        unix: user number at the other end of a Unix socket.
        digest: `user@realm` of digest credentials.
    """

    uri: frozenset[str] = frozenset()
    dns: frozenset[str] = frozenset()
    email: frozenset[str] = frozenset()
    issuer: CanonicalName | None = None
    serial: int | None = None
    key: str | None = None
    organisation: str | None = None
    cn: str | None = None
    ca: Issuer | None = None
    unix: int | None = None
    digest: str | None = None


def facts_of(caller: Caller) -> Facts:
    """What is proved of `caller`."""
    view, digest = caller.certificate, caller.user or None
    if view is None:
        return Facts(unix=caller.uid, digest=digest)
    return Facts(
        uri=_texts(view.uri),
        dns=frozenset(each.lower() for each in _texts(view.dns)),
        email=frozenset(map(plain_email, _texts(view.email))),
        issuer=view.issuer_key,
        serial=view.serial,
        key=view.spki_fingerprint,
        organisation=view.subject.only(_ORGANISATION),
        cn=view.unique_common_name,
        ca=_issuer(caller.chain),
        digest=digest,
    )


def is_same(one: Caller, other: Caller) -> bool:
    """Whether these may be the same person: nobody proved, one identity, or certificates with one key or one subject.

    A renewed certificate does not make a second person.
    """
    if not one.key or not other.key or one.key == other.key or (one.user and one.user == other.user):
        return True
    if one.certificate is None or other.certificate is None:
        return False
    mine, theirs = one.certificate, other.certificate
    subjects = (canonical_name(mine.certificate.subject), canonical_name(theirs.certificate.subject))
    keys = (mine.spki_fingerprint, theirs.spki_fingerprint)
    return keys[0] == keys[1] or (bool(subjects[0]) and subjects[0] == subjects[1])


def plain_email(address: str) -> str:
    """An address with its domain in lower case: of the part before it only its host knows whether case matters."""
    user, at, domain = address.rpartition("@")
    return f"{user}{at}{domain.lower()}"


def _texts(values: tuple[str | None, ...]) -> frozenset[str]:
    return frozenset(each for each in values if each is not None)


def _issuer(chain: tuple[CertificateView, ...]) -> Issuer | None:
    if len(chain) < 2:
        return None
    return Issuer(subject=canonical_name(chain[1].certificate.subject), key=chain[1].spki_fingerprint or "")
