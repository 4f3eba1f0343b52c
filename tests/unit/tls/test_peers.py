"""Every bad client certificate of the reference's list (tls 11.1), with the seed's pair, `optional` and `on`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL

from sertwist.pki.authority import (
    CLIENT_AUTH,
    SERVER_AUTH,
    Authority,
    Credential,
    Profile,
    alternative_names,
    issue_self_signed,
    make_rsa_key,
)
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import TLSDomain, VerifyMode
from tests.unit.tls.kit import (
    AT,
    BOB,
    DAY,
    NOW,
    OTHER_ROOT,
    ROOT,
    client_context,
    connect,
    make_domain,
    shake,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIP_DOMAIN = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.20")


@dataclass
class Case:
    reason: str
    client: Credential
    intermediates: Sequence[x509.Certificate] = ()
    authorities: Sequence[Authority] = (ROOT,)
    crls: Sequence[x509.CertificateRevocationList] = ()
    domain: dict[str, object] = field(default_factory=dict)


def under(authority: Authority, **profile: object) -> Credential:
    return authority.issue(Profile(**{"common_names": ("Bob",), **profile}))


def chain_of(length: int) -> tuple[Credential, list[x509.Certificate]]:
    authority, sent = ROOT, []
    for number in range(length):
        authority = authority.issue_authority(Profile(common_names=(f"Intermediate {number}",)))
        sent.insert(0, authority.certificate)
    return under(authority), sent


def self_signed() -> Case:
    dates = {"not_before": NOW - DAY, "not_after": NOW + DAY}
    return Case("self-signed", issue_self_signed(Profile(common_names=("Bob",), **dates)))


def issuer_is_no_authority() -> Case:
    return Case("invalid-ca", under(Authority(BOB), common_names=("Mallory",)), [BOB.certificate])


def path_length_exceeded() -> Case:
    first = ROOT.issue_authority(Profile(common_names=("Short",), path_length=0))
    second = first.issue_authority(Profile(common_names=("Too far",)))
    return Case("path-length", under(second), [second.certificate, first.certificate])


def constrained(**profile: object) -> Case:
    constraints = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.com")], excluded_subtrees=None)
    authority = ROOT.issue_authority(Profile(common_names=("Constrained",), extra=[(constraints, True)]))
    return Case("name-constraints", under(authority, **profile), [authority.certificate])


def depth_exceeded(length: int, depth: int) -> Case:
    client, sent = chain_of(length)
    return Case("chain-too-long", client, sent, domain={"depth": depth})


def forged_crl() -> Case:
    builder = x509.CertificateRevocationListBuilder(ROOT.certificate.subject, NOW - DAY, NOW + DAY)
    return Case("crl-invalid", BOB, crls=[builder.sign(OTHER_ROOT.credential.key, hashes.SHA256())])


def crl_for_another_only() -> Case:
    return Case("crl-unavailable", BOB, authorities=(ROOT, OTHER_ROOT), crls=[OTHER_ROOT.crl()])


def unknown_critical_extension() -> Case:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    return Case("critical-extension", under(ROOT, extra=[(unknown, True)]))


BAD: dict[str, Callable[[], Case]] = {
    "4 unknown CA": lambda: Case("untrusted", under(OTHER_ROOT)),
    "5 unknown CA with its root": lambda: Case("untrusted-root", under(OTHER_ROOT), [OTHER_ROOT.certificate]),
    "6 self-signed": self_signed,
    "8 expired": lambda: Case("expired", under(ROOT, not_after=NOW - DAY)),
    "9 not yet valid": lambda: Case("not-yet-valid", under(ROOT, not_before=NOW + DAY)),
    "10 expired and unknown CA": lambda: Case("untrusted", under(OTHER_ROOT, not_after=NOW - DAY)),
    "12 for servers": lambda: Case("wrong-purpose", under(ROOT, usages=(SERVER_AUTH,))),
    "13 any usage": lambda: Case("wrong-purpose", under(ROOT, usages=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,))),
    "14 SIP domain": lambda: Case("wrong-purpose", under(ROOT, usages=(SIP_DOMAIN,))),
    "15 issuer is no CA": issuer_is_no_authority,
    "16 path length": path_length_exceeded,
    "17 name constraint, SAN": lambda: constrained(alternative_names=alternative_names("evil.test")),
    "18 name constraint, CN": lambda: constrained(common_names=("evil.test",)),
    "19 missing intermediate": lambda: Case("untrusted", chain_of(1)[0]),
    "21 twelve intermediates": lambda: depth_exceeded(12, 9),
    "22 depth 0": lambda: depth_exceeded(1, 0),
    "23 revoked": lambda: Case("revoked", BOB, crls=[ROOT.crl([BOB.certificate])]),
    "24 CRL expired": lambda: Case("crl-expired", BOB, crls=[ROOT.crl(next_update=NOW - DAY)]),
    "25 CRL from the future": lambda: Case("crl-invalid", BOB, crls=[ROOT.crl(this_update=NOW + DAY)]),
    "26 no CRL of the issuer": crl_for_another_only,
    "27 CRL of another key": forged_crl,
    "30 critical extension": unknown_critical_extension,
    "31 RSA 1024": lambda: Case("weak-key", under(ROOT, key=make_rsa_key(1024))),
    "34 sixty intermediates": lambda: depth_exceeded(60, 9),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_certificate_is_unverified_with_its_reason_when_the_script_decides(name: str) -> None:
    case = BAD[name]()
    domain = make_domain(authorities=case.authorities, crls=case.crls, **case.domain)
    outcome = shake(domain, case.client, case.intermediates)
    assert outcome.verdict() == (False, case.reason)
    assert outcome.session.peer.presented
    assert outcome.session.peer.chain == ()


@pytest.mark.parametrize("mode", [VerifyMode.OPTIONAL, VerifyMode.ON])
@pytest.mark.parametrize("name", BAD)
def test_bad_certificate_ends_the_handshake_with_its_reason_when_the_domain_refuses(
    name: str, mode: VerifyMode
) -> None:
    case = BAD[name]()
    domain = make_domain(mode, authorities=case.authorities, crls=case.crls, **case.domain)
    outcome = shake(domain, case.client, case.intermediates)
    assert outcome.failure is not None
    assert outcome.failure.reason_code == case.reason


@pytest.mark.parametrize("mode", [VerifyMode.OPTIONAL_NO_CA, VerifyMode.OPTIONAL, VerifyMode.ON])
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_good_certificate_is_verified_in_every_mode_and_version(mode: VerifyMode, version: int) -> None:
    outcome = shake(make_domain(mode), BOB, version=version)
    assert outcome.verdict() == (True, "")
    assert outcome.session.peer.certificate.common_name == "Bob"
    assert len(outcome.session.peer.chain) == 2


@pytest.mark.parametrize("mode", [VerifyMode.OPTIONAL_NO_CA, VerifyMode.OPTIONAL])
def test_peer_is_unverified_when_it_sends_no_certificate(mode: VerifyMode) -> None:
    outcome = shake(make_domain(mode), None)
    assert outcome.verdict() == (False, "no-certificate")
    assert not outcome.session.peer.presented


def test_handshake_is_refused_when_a_required_certificate_is_not_sent() -> None:
    outcome = shake(make_domain(VerifyMode.ON), None)
    assert outcome.failure.reason_code == "no-certificate"


def test_no_certificate_is_asked_for_when_verification_is_off() -> None:
    outcome = shake(make_domain(VerifyMode.OFF), BOB)
    assert outcome.verdict() == (False, "no-certificate")


def test_refusal_names_the_date_when_a_certificate_has_expired() -> None:
    outcome = shake(make_domain(VerifyMode.ON), under(ROOT, not_after=NOW - DAY))
    assert outcome.failure.words == f"certificate expired {NOW - DAY:%Y-%m-%d}"


def test_self_signed_certificate_is_verified_when_it_stands_in_ca_list() -> None:
    pinned = issue_self_signed(Profile(common_names=("Bob",), not_before=NOW - DAY, not_after=NOW + DAY))
    outcome = shake(make_domain(authorities=[Authority(pinned)]), pinned)
    assert outcome.verdict() == (True, "")


def test_peer_is_verified_when_intermediates_come_in_wrong_order() -> None:
    client, sent = chain_of(3)
    assert shake(make_domain(), client, sent[::-1]).verdict() == (True, "")


def test_peer_is_verified_when_the_leaf_is_sent_twice() -> None:
    assert shake(make_domain(), BOB, [BOB.certificate]).verdict() == (True, "")


def test_depth_is_inclusive_when_exactly_as_many_intermediates_are_sent() -> None:
    client, sent = chain_of(2)
    assert shake(make_domain(depth=2), client, sent).verdict() == (True, "")
    assert shake(make_domain(depth=1), client, sent).verdict() == (False, "chain-too-long")


def test_peer_of_another_domains_ca_is_unverified_when_shown_here() -> None:
    other = under(OTHER_ROOT)
    assert shake(make_domain(authorities=[OTHER_ROOT]), other).verdict() == (True, "")
    assert shake(make_domain(authorities=[ROOT]), other).verdict() == (False, "untrusted")


def test_unrevoked_peer_is_verified_when_its_ca_has_a_crl() -> None:
    other = under(ROOT, common_names=("SER-Killer",))
    assert shake(make_domain(crls=[ROOT.crl([BOB.certificate])]), other).verdict() == (True, "")


def test_verified_turns_false_at_the_second_after_the_certificate_ends() -> None:
    peer = shake(make_domain(), under(ROOT, not_after=NOW + DAY)).session.peer
    end = (NOW + DAY).timestamp()
    assert peer.verdict(end).verified
    assert peer.verdict(end + 0.999).verified
    assert (peer.verdict(end + 1).verified, peer.verdict(end + 1).reason) == (False, "expired")
    assert peer.is_expired(end + 1)
    assert not peer.is_expired(end)


def test_verified_turns_false_when_an_intermediate_ends_before_the_leaf() -> None:
    authority = ROOT.issue_authority(Profile(common_names=("Short-lived",), not_after=NOW + DAY))
    peer = shake(make_domain(), under(authority, not_after=NOW + 9 * DAY), [authority.certificate]).session.peer
    assert peer.verdict(AT).verified
    assert peer.verdict((NOW + 2 * DAY).timestamp()).reason == "expired"


def test_verified_is_false_when_the_clock_is_set_back_before_validity() -> None:
    peer = shake(make_domain(), BOB).session.peer
    assert peer.verdict((NOW - 500 * DAY).timestamp()).reason == "not-yet-valid"


def adopted(factory: ServerContextFactory, domain: TLSDomain) -> ServerContextFactory:
    following = factory.renewed(domain, generation=2)
    following.adopt()
    return following


def test_live_identity_is_revoked_when_the_domain_gets_a_crl() -> None:
    factory = ServerContextFactory(make_domain(crls=[ROOT.crl()]))
    bob = connect(factory, client_context(BOB))
    killer = connect(factory, client_context(under(ROOT, common_names=("SER-Killer",))))
    assert bob.verdict() == (True, "")
    factory = adopted(factory, make_domain(crls=[ROOT.crl([BOB.certificate], number=2)]))
    assert bob.verdict() == (False, "revoked")
    assert bob.session.peer.is_revoked(AT)
    assert killer.verdict() == (True, "")
    assert connect(factory, client_context(BOB)).verdict() == (False, "revoked")


def test_live_identity_is_revoked_when_its_intermediate_is() -> None:
    authority = ROOT.issue_authority(Profile(common_names=("Between",)))
    factory = ServerContextFactory(make_domain())
    outcome = connect(factory, client_context(under(authority), [authority.certificate]))
    assert outcome.verdict() == (True, "")
    factory = adopted(factory, make_domain(crls=[ROOT.crl([authority.certificate])]))
    assert outcome.verdict() == (False, "revoked")


def test_live_identity_is_untrusted_when_its_root_is_taken_away() -> None:
    factory = ServerContextFactory(make_domain(authorities=[ROOT, OTHER_ROOT]))
    outcome = connect(factory, client_context(under(OTHER_ROOT)))
    assert outcome.verdict() == (True, "")
    factory = adopted(factory, make_domain(authorities=[ROOT]))
    assert outcome.verdict() == (False, "untrusted")


def test_states_tell_which_fault_it_was() -> None:
    def states(case: Case) -> tuple[bool, bool, bool]:
        domain = make_domain(authorities=case.authorities, crls=case.crls, **case.domain)
        peer = shake(domain, case.client, case.intermediates).session.peer
        return peer.is_revoked(AT), peer.is_expired(AT), peer.is_self_signed()

    assert states(BAD["23 revoked"]()) == (True, False, False)
    assert states(BAD["8 expired"]()) == (False, True, False)
    assert states(BAD["10 expired and unknown CA"]()) == (False, True, False)
    assert states(BAD["6 self-signed"]()) == (False, False, True)
    assert states(BAD["5 unknown CA with its root"]()) == (False, False, False)
    assert states(Case("", BOB)) == (False, False, False)


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
@pytest.mark.parametrize("mode", list(VerifyMode))
def test_no_session_is_resumed_in_any_mode_and_version(mode: VerifyMode, version: int) -> None:
    factory = ServerContextFactory(make_domain(mode))
    context = client_context(BOB, version=version)
    first = connect(factory, context)
    second = connect(factory, context, resume=first.client.get_session())
    assert second.client.master_key() != first.client.master_key()
    assert second.server.get_app_data().leaf_passed is (mode is not VerifyMode.OFF)


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_stranger_stays_unverified_when_it_comes_again_with_its_session(version: int) -> None:
    """An accepting callback makes OpenSSL store "verified" in the session; nothing of ours may read that."""
    factory = ServerContextFactory(make_domain())
    context = client_context(under(OTHER_ROOT, common_names=("SER-Killer",)), version=version)
    first = connect(factory, context)
    assert first.server.get_verified_chain(as_cryptography=True) is not None  # OpenSSL's word, not ours
    second = connect(factory, context, resume=first.client.get_session())
    assert first.verdict() == second.verdict() == (False, "untrusted")


def test_identity_is_false_when_verification_did_not_run_on_this_connection() -> None:
    factory = ServerContextFactory(make_domain())
    outcome = connect(factory, client_context(BOB))
    outcome.server.get_app_data().leaf_passed = False
    assert factory.finish(outcome.server).peer.verdict(AT).reason == "not-verified"


def test_verdict_is_false_when_deciding_raises() -> None:
    outcome = shake(make_domain(), BOB)
    outcome.session.peer._source = None
    assert outcome.verdict() == (False, "internal-error")


def test_client_authentication_with_both_usages_is_verified() -> None:
    assert shake(make_domain(), under(ROOT, usages=(SERVER_AUTH, CLIENT_AUTH))).verdict() == (True, "")
