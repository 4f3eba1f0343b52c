"""What fails on our side within a handshake ends that handshake alone; and no step of one does more than its share."""

from __future__ import annotations

import contextlib
import socket
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
from tests.unit.tls.kit import BOB, OTHER_ROOT, client_context, make_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sertwist.pki.authority import Credential
    from sertwist.tls.client_hello import ClientHello
    from sertwist.transport.channel import Channel

    Choose = Callable[[ClientHello], ServerContextFactory]


HANDSHAKE = 22  # RFC 8446 5.1
LEAST_RECORD = 6  # bytes: a head and one


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection over TCP, since a handshake asks the kernel about that; ours does not wait."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as theirs:
        ours, _ = listener.accept()
        with ours:
            ours.setblocking(False)
            theirs.setblocking(False)
            yield ours, theirs


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


def _crumbled(flight: bytes) -> bytes:
    """The same flight with each handshake message before ChangeCipherSpec in records of a byte."""
    out, at = b"", 0
    plain = True
    while at < len(flight):
        length = int.from_bytes(flight[at + 3 : at + 5])
        record, at = flight[at : at + 5 + length], at + 5 + length
        plain = plain and record[0] == HANDSHAKE
        pieces = (record[i : i + 1] for i in range(5, len(record)))
        out += b"".join(record[:3] + b"\0\x01" + piece for piece in pieces) if plain else record
    return out


def test_no_step_takes_more_than_its_share_of_records(pair: tuple[socket.socket, socket.socket]) -> None:
    """A whole flight in records of a byte would hold all others for as long as OpenSSL takes for it."""
    ours, theirs = pair
    factory = ServerContextFactory(make_domain())
    limits = ConnectionLimits()
    accept = TlsAccept(ours, lambda _hello: factory, limits)
    client = SSL.Connection(client_context(BOB, version=SSL.TLS1_2_VERSION), None)
    client.set_connect_state()
    sent = most = steps = 0
    for _ in range(2):
        with contextlib.suppress(SSL.WantReadError):
            client.do_handshake()
        flight = client.bio_read(65_536)
        if steps:
            flight = _crumbled(flight)
        theirs.setblocking(True)
        theirs.sendall(flight)
        sent = len(flight)
        while True:
            before = _unread(ours)
            outcome = accept.step()
            steps += 1
            if not isinstance(outcome, Wanted):
                assert not isinstance(outcome, Failure)
                assert sent > 100 * limits.handshake_records * LEAST_RECORD // 10
                assert most <= limits.handshake_records * LEAST_RECORD
                return
            if sent > 2_000:
                most = max(most, before - _unread(ours))
            if not _unread(ours):
                break
        theirs.settimeout(5)
        client.bio_write(theirs.recv(65_536))
    raise AssertionError("the handshake does not end")


def _unread(sock: socket.socket) -> int:
    try:
        return len(sock.recv(1_048_576, socket.MSG_PEEK))
    except BlockingIOError:
        return 0
