"""What becomes of a session that is offered again: the table of reference tls 9.3, whole."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.pki.authority import Profile
from sertwist.tls._ossl import is_resumed
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import VerifyMode
from sertwist.tls.failure import refuse_peer
from sertwist.tls.revocation import read_revocation_set
from tests.bad_certificates.resumption import FULL, RESUMED, TABLE, WAYS, expected
from tests.unit.tls.kit import BOB, OTHER_ROOT, ROOT, Outcome, client_context, connect, make_domain

if TYPE_CHECKING:
    from sertwist.pki.authority import Credential


@dataclass
class Visitor:
    """A client with a session of its first visit, kept with everything that keeps the session alive."""

    factory: ServerContextFactory
    context: SSL.Context
    first: Outcome

    def come_again(self, factory: ServerContextFactory) -> tuple[str, str]:
        """Which handshake follows when the session is offered to `factory`, and why the peer is not verified."""
        outcome = connect(factory, self.context, resume=self.first.client.get_session())
        if outcome.session is None:
            assert outcome.failure is not None
            return FULL, outcome.failure.reason_code
        assert outcome.session.resumed == is_resumed(outcome.client)
        now = time.time()
        verdict = outcome.session.peer.verdict(now)
        assert outcome.session.ticket_fault(now) == (verdict.reason if outcome.session.resumed else "")
        refusal = refuse_peer(outcome.session.peer, factory.domain.verify, now)
        if factory.domain.verify is VerifyMode.ON:
            assert (refusal.reason_code if refusal else "") == verdict.reason
        else:
            assert refusal is None
        return RESUMED if outcome.session.resumed else FULL, verdict.reason


def visitor(way: str, mode: VerifyMode, resumption: bool, credential: Credential = BOB) -> Visitor:
    version, options = WAYS[way]
    context = client_context(credential, version=version)
    context.set_options(options)
    factory = ServerContextFactory(make_domain(mode, resumption=resumption))
    return Visitor(factory, context, connect(factory, context))


def changed(factory: ServerContextFactory, change: str) -> ServerContextFactory:
    """What serves the second visit."""
    domain = factory.domain
    other = replace(domain, authorities=(OTHER_ROOT.certificate,))
    if change == "nothing":
        return factory
    if change == "the domain":
        return ServerContextFactory(replace(other, server_name="b.example"))
    following = {
        "a reload": domain,
        "a reload, the CA": other,
        "a reload, the CRL": replace(domain, revocation_lists=(ROOT.crl([BOB.certificate]),)),
    }[change]
    next_factory = factory.renewed(following, generation=2)
    next_factory.adopt()
    return next_factory


MODES = pytest.mark.parametrize("mode", [VerifyMode.OPTIONAL_NO_CA, VerifyMode.ON])
RESUMPTION = pytest.mark.parametrize("resumption", [False, True], ids=["off", "on"])


@MODES
@RESUMPTION
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("change", [change for change in TABLE if change != "the time"])
def test_session_that_comes_again_meets_the_outcome_of_the_table(
    change: str, way: str, resumption: bool, mode: VerifyMode
) -> None:
    client = visitor(way, mode, resumption)
    assert client.first.verdict() == (True, "")
    assert client.come_again(changed(client.factory, change)) == expected(change, way, resumption)


def test_session_that_comes_again_after_its_certificate_ended_meets_the_outcome_of_the_table() -> None:
    cases = [(way, mode, on) for way in WAYS for mode in (VerifyMode.OPTIONAL_NO_CA, VerifyMode.ON) for on in (0, 1)]
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    short = ROOT.issue(Profile(common_names=("Bob",), not_after=end))
    clients = [(case, visitor(case[0], case[1], bool(case[2]), short)) for case in cases]
    assert all(client.first.session.peer.verdict(end.timestamp()).verified for _, client in clients)
    time.sleep(max(0.0, end.timestamp() + 1.01 - time.time()))  # the last second itself still counts
    for (way, _, on), client in clients:
        assert client.come_again(client.factory) == expected("the time", way, bool(on)), way


@RESUMPTION
@pytest.mark.parametrize("way", WAYS)
def test_stranger_is_nobody_when_it_comes_again(way: str, resumption: bool) -> None:
    stranger = visitor(way, VerifyMode.OPTIONAL_NO_CA, resumption, OTHER_ROOT.issue(Profile(common_names=("Bob",))))
    assert stranger.first.verdict() == (False, "untrusted")
    # TLS 1.3 gives tickets after verification, and strangers none; 1.2 promises them before.
    resumes = resumption and way == "1.2 ticket"
    outcome = stranger.come_again(stranger.factory)
    assert outcome == ((RESUMED, "resumed-unknown") if resumes else (FULL, "untrusted"))


@pytest.mark.parametrize("way", ["1.2 ticket", "1.3 ticket"])
def test_revoked_peer_is_not_verified_when_its_ticket_outlives_the_news(way: str) -> None:
    """The set in force changes at once for every generation; a ticket of an old context is not needed for that."""
    client = visitor(way, VerifyMode.OPTIONAL_NO_CA, resumption=True)
    changed(client.factory, "a reload, the CRL")
    assert client.come_again(client.factory) == (RESUMED, "revoked")


@pytest.mark.parametrize("way", ["1.2 ticket", "1.3 ticket"])
def test_session_of_one_peer_gives_another_nothing(way: str) -> None:
    """The certificate of a resumed session is that of who began it, whatever the one who continues it has."""
    client = visitor(way, VerifyMode.OPTIONAL_NO_CA, resumption=True)
    outcome = connect(client.factory, client.context, resume=client.first.client.get_session())
    assert outcome.session.resumed
    assert outcome.session.peer.certificate is client.first.session.peer.certificate


def test_ticket_allows_no_early_data() -> None:
    """What comes before the handshake could be a replay."""
    client = visitor("1.3 ticket", VerifyMode.OPTIONAL_NO_CA, resumption=True)
    session = client.first.client.get_session()
    assert SSL._lib.SSL_SESSION_get_max_early_data(session._session) == 0


@pytest.mark.parametrize("way", ["1.2 ticket", "1.3 ticket"])
@pytest.mark.parametrize("mode", [VerifyMode.OPTIONAL_NO_CA, VerifyMode.ON])
def test_session_does_not_outlive_the_crl_that_a_full_handshake_would_miss(way: str, mode: VerifyMode) -> None:
    """A CRL that has run out refuses new connections (reference tls 10.5); what is open stays."""
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    version, _ = WAYS[way]
    context = client_context(BOB, version=version)
    lists = (ROOT.crl(next_update=end),)
    factory = ServerContextFactory(make_domain(mode, resumption=True, crls=lists))
    first = connect(factory, context)
    again = connect(factory, context, resume=first.client.get_session())
    assert again.session.resumed
    peer, ended = again.session.peer, end.timestamp()
    assert peer.verdict(ended - 1).verified
    assert peer.verdict(ended).reason == "crl-expired"
    assert (refuse_peer(peer, mode, ended) is not None) is (mode is VerifyMode.ON)
    assert first.session.peer.verdict(ended).verified

    factory.trust.replace(read_revocation_set((ROOT.certificate,), (ROOT.crl(next_update=end + timedelta(days=1)),)))
    assert peer.verdict(ended).verified
