"""Lines 1 to 35: what OpenSSL's verification, or the size of what was sent, decides."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from sertwist.pki.authority import (
    SERVER_AUTH,
    Authority,
    Credential,
    Profile,
    alternative_names,
    issue_self_signed,
    make_rsa_key,
)
from tests.bad_certificates.case import Case, Fate, Shown
from tests.bad_certificates.der import sign_with_sha1
from tests.bad_certificates.trust import BOB, EARLY, FORGED, LISTED, MUTE, PINNED, REVOKED, STALE, bob
from tests.unit.tls.kit import DAY, NOW, OTHER_ROOT, ROOT

__all__ = ["CHAINS"]

SIP_DOMAIN = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.20")  # id-kp-sipDomain, RFC 5924
UNKNOWN = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")


def _under(authority: Authority, *sent_along: Authority, **profile: object) -> Shown:
    credential = authority.issue(bob(**profile))
    return Shown(credential, [each.certificate for each in sent_along])


def _chain_of(length: int, *, order: int = -1) -> Shown:
    """Bob below `length` intermediates, which are sent leaf's issuer first (`order` -1) or the other way round."""
    authorities = [ROOT]
    for number in range(length):
        authorities.append(authorities[-1].issue_authority(Profile(common_names=(f"Intermediate {number}",))))
    return _under(authorities[-1], *authorities[1:][::order])


def _self_signed() -> Shown:
    return Shown(issue_self_signed(bob(not_before=NOW - DAY, not_after=NOW + DAY)))


def _issued_by_no_authority() -> Shown:
    return _under(Authority(BOB), Authority(BOB), common_names=("Mallory",))


def _path_length_exceeded() -> Shown:
    first = ROOT.issue_authority(Profile(common_names=("Short",), path_length=0))
    second = first.issue_authority(Profile(common_names=("Too far",)))
    return _under(second, second, first)


def _constrained(**profile: object) -> Shown:
    constraints = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.com")], excluded_subtrees=None)
    authority = ROOT.issue_authority(Profile(common_names=("Constrained",), extra=[(constraints, True)]))
    return _under(authority, authority, **profile)


def _constrained_by_name_alone() -> Shown:
    return _constrained(common_names=("evil.test",), alternative_names=())


def _excluded() -> Shown:
    constraints = x509.NameConstraints(permitted_subtrees=None, excluded_subtrees=[x509.DNSName("evil.test")])
    authority = ROOT.issue_authority(Profile(common_names=("Excluding",), extra=[(constraints, True)]))
    return _under(authority, authority, alternative_names=alternative_names("www.evil.test"))


def _with_extension(size: int, *, critical: bool) -> Shown:
    return _under(ROOT, extra=[(x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00".ljust(size, b"\0")), critical)])


def _usage(usage: x509.ObjectIdentifier) -> Shown:
    return _under(ROOT, usages=(usage,))


def _refused(number: int, what: str, code: int, reason: str, make: object, trust: str = "root") -> Case:
    return Case(number=number, what=what, make=make, fate=Fate.REFUSED, reason=reason, code=code, trust=trust)


def _fine(number: int, what: str, make: object, trust: str = "root") -> Case:
    return Case(number=number, what=what, make=make, fate=Fate.VERIFIED, equal="Bob", says={"peer": "Bob"}, trust=trust)


def _sha1() -> Credential:
    return sign_with_sha1(ROOT, bob())


_NOBODY = {"make": lambda: Shown(None), "reason": "no-certificate"}

CHAINS = (
    Case(number=1, what="none", fate=Fate.UNVERIFIED, modes=("optional", "seed", "optional_no_ca"), **_NOBODY),
    Case(number=2, what="none, one is required", fate=Fate.REFUSED, modes=("require",), **_NOBODY),
    _fine(3, "good", lambda: Shown(BOB)),
    _refused(4, "unknown CA", 20, "untrusted", lambda: _under(OTHER_ROOT)),
    _refused(5, "unknown CA, its root sent", 19, "untrusted-root", lambda: _under(OTHER_ROOT, OTHER_ROOT)),
    _refused(6, "self-signed", 18, "self-signed", _self_signed),
    _fine(7, "self-signed, itself in ca_list", lambda: Shown(PINNED), "pinned"),
    _refused(8, "expired", 10, "expired", lambda: _under(ROOT, not_after=NOW - DAY)),
    _refused(9, "not yet valid", 9, "not-yet-valid", lambda: _under(ROOT, not_before=NOW + DAY)),
    _refused(10, "expired and unknown CA", 20, "untrusted", lambda: _under(OTHER_ROOT, not_after=NOW - DAY)),
    _refused(12, "usage serverAuth only", 26, "wrong-purpose", lambda: _usage(SERVER_AUTH)),
    _refused(
        13,
        "usage anyExtendedKeyUsage only",
        26,
        "wrong-purpose",
        lambda: _usage(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE),
    ),
    _refused(14, "usage sipDomain only", 26, "wrong-purpose", lambda: _usage(SIP_DOMAIN)),
    _refused(15, "issuer is CA:FALSE", 79, "invalid-ca", _issued_by_no_authority),
    _refused(16, "path length exceeded", 25, "path-length", _path_length_exceeded),
    _refused(
        17,
        "name constraint violated by SAN",
        47,
        "name-constraints",
        lambda: _constrained(alternative_names=alternative_names("evil.test")),
    ),
    _refused(17, "name excluded", 48, "name-constraints", _excluded),
    _refused(
        18,
        "violated by CN alone",
        47,
        "name-constraints",
        _constrained_by_name_alone,
    ),
    _refused(19, "missing intermediate", 20, "untrusted", lambda: Shown(_chain_of(1).credential)),
    _fine(20, "intermediates sent in wrong order", lambda: _chain_of(3, order=1)),
    _refused(21, "12 intermediates with depth 9", 22, "chain-too-long", lambda: _chain_of(12)),
    _fine(21, "9 intermediates with depth 9", lambda: _chain_of(9)),
    _refused(22, "one intermediate with depth 0", 22, "chain-too-long", lambda: _chain_of(1), "shallow"),
    _fine(22, "none with depth 0", lambda: Shown(BOB), "shallow"),
    _refused(23, "revoked", 23, "revoked", lambda: Shown(REVOKED), "lists"),
    _fine(23, "not revoked", lambda: _under(LISTED, LISTED), "lists"),
    _refused(24, "CRL expired", 12, "crl-expired", lambda: _under(STALE, STALE), "lists"),
    _refused(25, "CRL from the future", 11, "crl-invalid", lambda: _under(EARLY, EARLY), "lists"),
    _refused(26, "no CRL of the issuer", 3, "crl-unavailable", lambda: _under(MUTE, MUTE), "lists"),
    _refused(27, "CRL signed by another key", 8, "crl-invalid", lambda: _under(FORGED, FORGED), "lists"),
    _refused(30, "unknown critical extension", 34, "critical-extension", lambda: _with_extension(2, critical=True)),
    _refused(31, "RSA 1024", 66, "weak-key", lambda: _under(ROOT, key=make_rsa_key(1024))),
    _refused(32, "signed over SHA-1", 68, "weak-key", lambda: Shown(_sha1())),
    Case(
        number=33,
        what="one certificate of 98 KB",
        make=lambda: _with_extension(98_000, critical=False),
        fate=Fate.REFUSED,
        broken=True,
        reason="too-large",
    ),
    _fine(33, "one certificate of 33 KB", lambda: _with_extension(33_000, critical=False)),
    _refused(34, "60 intermediates", 22, "chain-too-long", lambda: _chain_of(60)),
    _fine(35, "leaf sent twice", lambda: Shown(BOB, [BOB.certificate])),
)
