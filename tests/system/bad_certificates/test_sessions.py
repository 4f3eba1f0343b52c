"""Lines 29, 53, 54 and 55 of the list, and the table of sessions that are offered again, over sockets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.pki.authority import Profile
from tests.bad_certificates.resumption import FULL, RESUMED, WAYS, expected
from tests.bad_certificates.table import CASES
from tests.bad_certificates.trust import Trust
from tests.system.bad_certificates.client import ask, connect, is_resumed
from tests.system.bad_certificates.named_domains import A, B, NamedDomains, start_named_domains
from tests.unit.tls.kit import BOB, OTHER_ROOT, ROOT, client_context

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.pki.authority import Credential
    from tests.bad_certificates.case import Case
    from tests.system.bad_certificates.domains import DomainServer


@dataclass
class Visitor:
    """A client with a session: how it came by that, and where."""

    way: str
    setting: str
    context: SSL.Context
    session: SSL.Session

    def comes_again(self, server: NamedDomains, name: bytes = A) -> tuple[str, str]:
        """Which handshake follows when the session is offered, and why the peer is not verified."""
        address = server.addresses[self.setting]
        with connect(address, self.context, server_name=name, session=self.session) as (connection, _):
            connection.do_handshake()
            answer = ask(connection)
            assert answer.verified == (answer.states["reason"] == "")
            return RESUMED if is_resumed(connection) else FULL, answer.states["reason"]

    def meets(self, change: str) -> tuple[str, str]:
        """What the table says."""
        return expected(change, self.way, self.setting == "cache")


def _visit(server: NamedDomains, way: str, setting: str, credential: Credential) -> Visitor:
    version, options = WAYS[way]
    context = client_context(credential, version=version)
    context.set_options(options)
    with connect(server.addresses[setting], context, server_name=A) as (connection, _):
        connection.do_handshake()
        assert ask(connection).verified
        session = connection.get_session()
        assert session is not None
    return Visitor(way, setting, context, session)


def _visit_all(server: NamedDomains, credential: Credential) -> list[Visitor]:
    return [_visit(server, way, setting, credential) for setting in ("seed", "cache") for way in WAYS]


def _outcomes(server: NamedDomains, visitors: list[Visitor], name: bytes = A) -> list[tuple[str, str]]:
    return [visitor.comes_again(server, name) for visitor in visitors]


def test_sessions_that_come_again_meet_the_outcomes_of_the_table(tmp_path: Path) -> None:
    server = start_named_domains(tmp_path)
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    short = _visit_all(server, ROOT.issue(Profile(common_names=("Bob",), not_after=end)))
    visitors = _visit_all(server, BOB)
    assert _outcomes(server, visitors) == [each.meets("nothing") for each in visitors]
    assert _outcomes(server, visitors, B) == [each.meets("the domain") for each in visitors]

    time.sleep(max(0.0, end.timestamp() + 1.01 - time.time()))  # the last second itself still counts
    assert _outcomes(server, short) == [each.meets("the time") for each in short]

    server.reload()
    assert _outcomes(server, visitors) == [each.meets("a reload") for each in visitors]

    visitors = _visit_all(server, BOB)
    server.write_trust_of_a(Trust([ROOT.certificate], [ROOT.crl([BOB.certificate], number=2)]))
    server.reload()
    assert _outcomes(server, visitors) == [each.meets("a reload, the CRL") for each in visitors]

    killer = ROOT.issue(Profile(common_names=("SER-Killer",)))
    visitors = _visit_all(server, killer)
    server.write_trust_of_a(Trust([OTHER_ROOT.certificate], [OTHER_ROOT.crl()]))
    server.reload()
    assert _outcomes(server, visitors) == [each.meets("a reload, the CA") for each in visitors]
    server.running.assert_unharmed()


# -- 55 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
@pytest.mark.parametrize("mode", ["seed", "optional_no_ca"])
@pytest.mark.parametrize("case", [case for case in CASES if case.number in (4, 5, 6, 8, 9)], ids=str)
def test_stranger_makes_a_full_handshake_each_time_and_stays_one(
    domains: DomainServer, case: Case, mode: str, version: int
) -> None:
    shown = case.make()
    context = client_context(shown.credential, shown.sent_along, version)
    session = None
    for _ in range(2):
        with connect(domains.addresses[mode, case.trust], context, session=session) as (connection, _):
            connection.do_handshake()
            answer = ask(connection)
            assert not is_resumed(connection)
            assert (answer.verified, answer.states["reason"]) == (False, case.reason)
            session = connection.get_session()
