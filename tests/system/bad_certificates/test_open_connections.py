"""Lines 11, 28 and 52 of the list: an identity that ends while its connection is open, or that is another domain's."""

from __future__ import annotations

import contextlib
import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.pki.authority import Profile
from tests.bad_certificates.trust import Trust
from tests.system.bad_certificates.client import ask, connect
from tests.system.bad_certificates.named_domains import A, B, NamedDomains, start_named_domains
from tests.unit.tls.kit import BOB, OTHER_ROOT, ROOT, client_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sertwist.pki.authority import Credential


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamedDomains]:
    server = start_named_domains(tmp_path_factory.mktemp("named"))
    yield server
    server.running.assert_unharmed()


def _short_lived(seconds: int) -> tuple[Credential, float]:
    """A certificate, and the moment from which on it no longer counts."""
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    return ROOT.issue(Profile(common_names=("Bob",), not_after=end)), end.timestamp() + 1


def _wait_for_closing(named: NamedDomains, source: str, words: str) -> None:
    port = source.rpartition(":")[2]
    named.running.wait_for(rf"connection .*\b{port} is closed: its peer is no longer verified: {words}", 10)


EXPIRED = {
    "verified": "0",
    "reason": "expired",
    "presented": "1",
    "revoked": "0",
    "expired": "1",
    "self_signed": "0",
}


def test_peer_is_verified_until_the_very_second_its_certificate_ends(named: NamedDomains) -> None:
    credential, end = _short_lived(2)
    context = client_context(credential)
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(connect(named.addresses[setting], context, server_name=A))[0]
            for setting in ("seed", "optional", "require")
        ]
        for connection in connections:
            assert ask(connection).verified
        while True:
            before = time.time()
            answers = [ask(connection) for connection in connections]
            after = time.time()
            assert all(answer.verified for answer in answers) or after >= end
            if not any(answer.verified for answer in answers):
                break
            assert before < end
            time.sleep(0.02)
        for answer in answers:
            assert answer.states == EXPIRED
            assert set(answer.says.values()) == {""}
            assert answer.equal == ""


def test_connection_is_closed_when_its_peers_certificate_ends_and_the_domain_says_so(named: NamedDomains) -> None:
    credential, end = _short_lived(2)
    with connect(named.addresses["close"], client_context(credential), server_name=A) as (connection, source):
        connection.do_handshake()
        assert ask(connection).verified
        with pytest.raises(SSL.Error):
            connection.recv(1)
        assert time.time() >= end
        _wait_for_closing(named, source, "certificate expired")


def test_revoked_peer_is_no_longer_verified_on_its_open_connection(named: NamedDomains) -> None:
    killer = ROOT.issue(Profile(common_names=("SER-Killer",)))
    contexts = [client_context(credential) for credential in (BOB, killer, BOB)]
    settings = ["seed", "seed", "close"]
    with (
        connect(named.addresses[settings[0]], contexts[0], server_name=A) as (bob, _),
        connect(named.addresses[settings[1]], contexts[1], server_name=A) as (other, _),
        connect(named.addresses[settings[2]], contexts[2], server_name=A) as (closed, source),
    ):
        for connection in (bob, other, closed):
            connection.do_handshake()
            assert ask(connection).verified
        named.write_trust_of_a(Trust([ROOT.certificate], [ROOT.crl([BOB.certificate], number=2)]))
        named.reload()
        answer = ask(bob)
        assert (answer.states["reason"], answer.states["revoked"], answer.equal) == ("revoked", "1", "")
        assert ask(other).equal == "SER-Killer"
        with pytest.raises(SSL.Error):
            closed.recv(1)
        _wait_for_closing(named, source, "certificate is revoked")
    named.write_trust_of_a(Trust([ROOT.certificate], [ROOT.crl(number=3)]))
    named.reload()


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
@pytest.mark.parametrize("setting", ["seed", "optional", "require"])
def test_certificate_of_one_domain_is_a_strangers_at_another(named: NamedDomains, setting: str, version: int) -> None:
    for root, good, bad in ((ROOT, A, B), (OTHER_ROOT, B, A)):
        context = client_context(root.issue(Profile(common_names=("Bob",))), version=version)
        address = named.addresses[setting]
        with connect(address, context, server_name=good) as (connection, _):
            connection.do_handshake()
            assert ask(connection).equal == "Bob"
        with connect(address, context, server_name=bad) as (connection, source):
            if setting == "seed":
                connection.do_handshake()
                answer = ask(connection)
                assert (answer.verified, answer.states["reason"]) == (False, "untrusted")
            else:
                with pytest.raises(SSL.Error):
                    ask(connection)  # the handshake first
                named.running.wait_for(
                    f"handshake failed: certificate is not from a CA of ca_list.*{re.escape(source)}"
                )
