"""What fails on our side within a handshake ends that handshake alone; a name that changes on the way ends it."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.errors import ConfigError
from sertwist.limits import ConnectionLimits
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import VerifyMode
from sertwist.tls.failure import Failure
from sertwist.transport.handshake import Wanted
from sertwist.transport.tls_accept import TlsAccept
from tests.unit.tls.kit import BOB, OTHER_ROOT, client_context, connect, make_domain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.pki.authority import Credential
    from sertwist.tls.client_hello import ClientHello
    from sertwist.transport.channel import Channel

    Choose = Callable[[ClientHello], ServerContextFactory]

HELLO_RETRY_REQUEST = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891")  # its random begins so, RFC 8446 4.1.3


def _shake(
    pair: tuple[socket.socket, socket.socket], choose: Choose, credential: Credential = BOB
) -> Failure | Channel:
    """Take a client through the handshake: how it ends."""
    ours, theirs = pair
    accept = TlsAccept(ours, choose, ConnectionLimits())
    client = SSL.Connection(client_context(credential), theirs)
    client.set_connect_state()
    for _ in range(1_000):
        with contextlib.suppress(SSL.Error):
            client.do_handshake()
        outcome = accept.step()
        if isinstance(outcome, Failure):
            with contextlib.suppress(SSL.Error):
                client.do_handshake()
            return outcome
        if not isinstance(outcome, Wanted):
            return outcome[0]
    raise AssertionError("the handshake does not end")


def _raise(error: Exception) -> Choose:
    def choose(_hello: ClientHello) -> ServerContextFactory:
        raise error

    return choose


def test_handshake_fails_when_choosing_its_domain_raises(pair: tuple[socket.socket, socket.socket]) -> None:
    outcome = _shake(pair, _raise(RuntimeError("a peer's bytes")))
    assert outcome == Failure("internal-error", "internal error (RuntimeError)")


def test_peer_gets_an_alert_when_no_domain_serves_it(pair: tuple[socket.socket, socket.socket]) -> None:
    accept = TlsAccept(pair[0], _raise(ConfigError("no TLS domain", code="tls-domain")), ConnectionLimits())
    client = SSL.Connection(client_context(), pair[1])
    client.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    assert accept.step() == Failure("no-domain", "no TLS domain")
    assert accept.has_answered
    with pytest.raises(SSL.Error, match="unrecognized name"):
        client.do_handshake()


@pytest.mark.parametrize("mode", [VerifyMode.OPTIONAL_NO_CA, VerifyMode.OPTIONAL, VerifyMode.ON])
@pytest.mark.parametrize("credential", [BOB, OTHER_ROOT.credential], ids=["good", "bad"])
def test_certificate_is_refused_when_its_verification_can_not_be_recorded(
    pair: tuple[socket.socket, socket.socket], mode: VerifyMode, credential: Credential
) -> None:
    class Forgetful(ServerContextFactory):
        def server_connection(self, sock: socket.socket | None) -> SSL.Connection:
            connection = super().server_connection(sock)
            connection.set_app_data(None)  # every look at the record raises
            return connection

    factory = Forgetful(make_domain(mode))
    outcome = _shake(pair, lambda _hello: factory, credential)
    assert isinstance(outcome, Failure)
    assert "certificate verify failed" in outcome.words


def test_handshake_fails_when_what_it_proved_can_not_be_read(pair: tuple[socket.socket, socket.socket]) -> None:
    class Broken(ServerContextFactory):
        def finish(self, connection: SSL.Connection) -> None:
            raise ZeroDivisionError("a peer's bytes")

    factory = Broken(make_domain())
    outcome = _shake(pair, lambda _hello: factory)
    assert outcome == Failure("internal-error", "internal error (ZeroDivisionError)")


def test_handshake_is_not_begun_with_a_peer_that_has_left_after_its_hello(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    client = SSL.Connection(client_context(), pair[1])
    client.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    pair[1].shutdown(socket.SHUT_WR)
    accept = TlsAccept(pair[0], _raise(AssertionError("asked")), ConnectionLimits())
    outcome = accept.step()
    assert isinstance(outcome, Failure)
    assert outcome.reason_code == "closed"
    assert not accept.has_answered


@pytest.mark.parametrize(
    ("first", "second", "is_taken"),
    [
        (b"one.example.com", b"one.example.com", True),
        (b"one.example.com", b"ONE.example.com", True),
        (b"one.example.com", b"two.example.com", False),
        (None, b"two.example.com", False),
    ],
)
def test_second_hello_must_not_name_another_server(
    pair: tuple[socket.socket, socket.socket], first: bytes | None, second: bytes, *, is_taken: bool
) -> None:
    """The first chose the domain; after a HelloRetryRequest a client sends a second (RFC 8446 4.1.2, 4.1.4)."""
    ours, theirs = pair
    factory = ServerContextFactory(make_domain(groups="P-384"))  # known to the client, which bets on another
    accept = TlsAccept(ours, lambda _hello: factory, ConnectionLimits())
    client = SSL.Connection(client_context(version=SSL.TLS1_3_VERSION), theirs)
    client.set_connect_state()
    if first is not None:
        client.set_tlsext_host_name(first)
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    assert accept.step() is Wanted.READ
    assert HELLO_RETRY_REQUEST in theirs.recv(4_096, socket.MSG_PEEK)
    client.set_tlsext_host_name(second)
    outcome: object = Wanted.READ
    while isinstance(outcome, Wanted):
        with contextlib.suppress(SSL.WantReadError):
            client.do_handshake()
        outcome = accept.step()
    if is_taken:
        assert isinstance(outcome, tuple)
    else:
        assert outcome == Failure("server-name", "the server name changed during the handshake")


VERSIONS = pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])


@VERSIONS
@pytest.mark.parametrize(
    ("resumption", "is_other", "left", "is_resumed"),
    [(True, False, "", True), (True, True, "unknown", False), (False, True, "off", False)],
)
def test_session_says_why_the_ticket_was_not_taken(
    pair: tuple[socket.socket, socket.socket],
    version: int,
    resumption: bool,
    is_other: bool,
    left: str,
    is_resumed: bool,
) -> None:
    context = client_context(BOB, version=version)
    issuer = ServerContextFactory(make_domain(resumption=True))
    first = connect(issuer, context)
    factory = ServerContextFactory(make_domain(resumption=resumption)) if is_other else issuer
    client = SSL.Connection(context, pair[1])
    client.set_connect_state()
    client.set_session(first.client.get_session())
    accept = TlsAccept(pair[0], lambda _hello: factory, ConnectionLimits())
    outcome: object = Wanted.READ
    while isinstance(outcome, Wanted):
        with contextlib.suppress(SSL.WantReadError):
            client.do_handshake()
        outcome = accept.step()
    assert isinstance(outcome, tuple)
    assert (outcome[1].ticket_left, outcome[1].resumed) == (left, is_resumed)
    assert outcome[1].ticket_fault(time.time()) == left
