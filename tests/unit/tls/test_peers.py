"""Every bad client certificate of the reference's list (tls 11.1), with the seed's pair, `optional` and `on`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from OpenSSL import SSL

from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH, Authority, Credential, Profile
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import TLSDomain, VerifyMode
from tests.bad_certificates.case import Case, Fate
from tests.bad_certificates.table import CASES
from tests.bad_certificates.trust import TRUSTS
from tests.unit.tls.kit import AT, BOB, DAY, NOW, OTHER_ROOT, ROOT, Outcome, client_context, connect, make_domain, shake


def under(authority: Authority, **profile: object) -> Credential:
    return authority.issue(Profile(**{"common_names": ("Bob",), **profile}))


def domain_for(case: Case, mode: VerifyMode) -> TLSDomain:
    trust = TRUSTS[case.trust]
    domain = make_domain(mode, crls=trust.lists, depth=trust.depth)
    return replace(domain, authorities=tuple(trust.authorities))


def present(case: Case, mode: VerifyMode) -> Outcome:
    shown = case.make()
    return shake(domain_for(case, mode), shown.credential, shown.sent_along)


def line(number: int) -> Case:
    return next(case for case in CASES if case.number == number)


JUDGED = [case for case in CASES if case.code]  # by OpenSSL; what we judge ourselves ends no handshake here


@pytest.mark.parametrize("case", JUDGED, ids=str)
def test_bad_certificate_is_unverified_with_its_reason_when_the_script_decides(case: Case) -> None:
    outcome = present(case, VerifyMode.OPTIONAL_NO_CA)
    assert outcome.verdict() == (False, case.reason)
    assert outcome.session.peer.presented
    assert outcome.session.peer.chain == ()
    assert outcome.session.peer.faults[0] == (case.code, outcome.session.peer.faults[0][1])


@pytest.mark.parametrize("mode", [VerifyMode.OPTIONAL, VerifyMode.ON])
@pytest.mark.parametrize("case", JUDGED, ids=str)
def test_bad_certificate_ends_the_handshake_with_its_reason_when_the_domain_refuses(
    case: Case, mode: VerifyMode
) -> None:
    outcome = present(case, mode)
    assert outcome.failure is not None
    assert outcome.failure.reason_code == case.reason


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("case", [case for case in CASES if case.fate is Fate.VERIFIED], ids=str)
def test_certificate_is_verified_when_nothing_is_wrong_with_it(case: Case) -> None:
    assert present(case, VerifyMode.ON).verdict() == (True, "")


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


def test_depth_is_inclusive_when_exactly_as_many_intermediates_are_sent() -> None:
    first = ROOT.issue_authority(Profile(common_names=("First",)))
    second = first.issue_authority(Profile(common_names=("Second",)))
    client, sent = under(second), [second.certificate, first.certificate]
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
    def states(number: int) -> tuple[bool, bool, bool]:
        peer = present(line(number), VerifyMode.OPTIONAL_NO_CA).session.peer
        return peer.is_revoked(AT), peer.is_expired(AT), peer.is_self_signed()

    assert states(23) == (True, False, False)
    assert states(8) == (False, True, False)
    assert states(10) == (False, True, False)
    assert states(6) == (False, False, True)
    assert states(5) == (False, False, False)
    assert states(3) == (False, False, False)


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


def test_list_is_whole() -> None:
    """Lines 1 to 55; those that need time, several domains or sessions are tried over sockets by tests of their own."""
    elsewhere = {11, 28, 29, 52, 53, 54, 55}
    assert {case.number for case in CASES} == set(range(1, 56)) - elsewhere
    assert len({str(case) for case in CASES}) == len(CASES)
