"""What comes after the handshake is watched where the library would read on without end."""

from __future__ import annotations

import pytest
from OpenSSL import SSL

from sertwist.tls import _ossl
from sertwist.tls.context import ServerContextFactory
from tests.unit.tls.kit import BOB, carry, client_context, connect, make_domain


def test_watched_connection_ends_when_its_peer_asks_for_renegotiation() -> None:
    outcome = connect(ServerContextFactory(make_domain()), client_context(BOB, version=SSL.TLS1_2_VERSION))
    _ossl.watch(outcome.server)
    assert outcome.client.renegotiate()
    with pytest.raises(SSL.WantReadError):
        outcome.client.do_handshake()
    carry(outcome.client, outcome.server)
    with pytest.raises(SSL.WantReadError):
        outcome.server.recv(1)
    assert outcome.server.get_app_data().broken == "the peer asked for renegotiation, which is refused"
    assert outcome.server.get_shutdown() == SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN


def test_watched_connection_ends_when_its_app_data_can_not_be_told() -> None:
    outcome = connect(ServerContextFactory(make_domain()), client_context(BOB, version=SSL.TLS1_2_VERSION))
    _ossl.watch(outcome.server)
    outcome.server.set_app_data(None)
    outcome.client.renegotiate()
    with pytest.raises(SSL.WantReadError):
        outcome.client.do_handshake()
    carry(outcome.client, outcome.server)
    with pytest.raises(SSL.WantReadError):
        outcome.server.recv(1)
    assert outcome.server.get_shutdown()
