"""Peers that are slow, silent or many cost their own connection and nobody else anything."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest

from tests.system.running import RunningServer, call_document, options_request, read_response, seed_script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.system.conftest import StartServer

DOCUMENT = call_document()
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT


def _with(pki: Path, *lines: str) -> str:
    return seed_script(pki).replace("route {", "\n".join((*lines, "route {")))


def _ended_after(sock: socket.socket | ssl.SSLSocket) -> float:
    """Seconds until the server ends the connection."""
    begin = time.monotonic()
    sock.settimeout(20)
    try:
        while sock.recv(65_536):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - begin


def server_socket(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.ports["tls"]), timeout=15)


def _trickle(sock: socket.socket, data: bytes) -> None:
    for byte in data:
        sock.sendall(bytes((byte,)))
        time.sleep(0.02)


def test_handshake_in_single_bytes_is_served_when_they_come_in_time(seed_server: RunningServer) -> None:
    hello = _client_hello()
    with server_socket(seed_server) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in hello:
            sock.sendall(bytes((byte,)))
        assert sock.recv(1) == b"\x16"


def _client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize(
    ("part", "setting"),
    [
        (POST[:30], "tcp_msg_read_timeout"),
        (POST[:-5], "tcp_msg_data_timeout"),
        (b"P", "tcp_msg_read_timeout"),
    ],
)
def test_message_that_does_not_come_whole_is_ended_by_its_timeout(
    start_server: StartServer, pki: Path, part: bytes, setting: str
) -> None:
    server = start_server(_with(pki, f"{setting} = 1"))
    with server.connect("tls", "bob") as sock:
        sock.sendall(part)
        assert 0.5 < _ended_after(sock) < 4


def test_bytes_that_trickle_do_not_move_the_deadline(start_server: StartServer, pki: Path) -> None:
    server = start_server(_with(pki, "tcp_msg_read_timeout = 1"))
    with server.connect("tcp") as sock:
        begin = time.monotonic()
        with pytest.raises(ConnectionError):
            _trickle(sock, b"OPTIONS sip:x@x SIP/2.0\r\n" + b"X: y\r\n" * 1_000)
        assert time.monotonic() - begin < 5


def test_peer_that_never_reads_is_cut_off_and_the_others_are_served(start_server: StartServer, pki: Path) -> None:
    server = start_server(_with(pki, 'modparam("tls", "send_timeout", 2)'))
    stalled = []
    for _ in range(20):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.connect(("127.0.0.1", server.ports["tls"]))
        sock = server.context("bob").wrap_socket(raw, server_hostname="localhost")
        sock.setblocking(False)
        stalled.append(sock)
    open_ones = list(stalled)
    end = time.monotonic() + 15
    with server.proxy("bob") as proxy:
        while open_ones and time.monotonic() < end:
            for sock in list(open_ones):
                try:
                    sock.send(POST * 50)
                except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                    continue
                except OSError:
                    open_ones.remove(sock)
            begin = time.monotonic()
            assert str(proxy.core.version()).startswith("sertwist")
            assert time.monotonic() - begin < 1
    assert not open_ones
    server.wait_for("connection dropped: the peer does not read its answers")
    for sock in stalled:
        sock.close()


def test_new_handshake_gets_in_beside_more_stalled_ones_than_the_address_may_have(
    start_server: StartServer,
) -> None:
    server = start_server()
    hello = _client_hello()
    stalled = []
    for _ in range(160):
        sock = server_socket(server)
        sock.sendall(hello)
        stalled.append(sock)
    with server.proxy("bob") as proxy:
        assert str(proxy.core.version()).startswith("sertwist")
        rows = proxy.tls.list()
        assert isinstance(rows, list)
        assert len(rows) <= 129
    server.wait_for("too many handshakes in progress")
    for sock in stalled:
        sock.close()


def test_connections_of_one_address_are_bounded(start_server: StartServer, pki: Path) -> None:
    server = start_server(_with(pki, "tcp_accept_iplimit = 5"))
    held = [server.connect("tcp") for _ in range(5)]
    with server.connect("tcp") as sixth:
        assert _ended_after(sixth) < 3
    held.pop().close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with server.connect("tcp") as again:
            again.settimeout(0.3)
            try:
                again.recv(1)
            except TimeoutError:
                break  # it is let in
    else:
        raise AssertionError("no connection is let in after one has gone")
    for sock in held:
        sock.close()


def test_operator_gets_in_when_strangers_hold_all_connections(start_server: StartServer, pki: Path) -> None:
    server = start_server(_with(pki, "tcp_max_connections = 8"))
    strangers = [server.connect("tcp") for _ in range(12)]
    with server.connect("tls", "bob") as sock:
        sock.sendall(POST)
        assert read_response(sock)[0] == 200
    with server.connect("tls") as stranger:
        try:
            stranger.sendall(POST)
            assert stranger.recv(1) == b""
        except (ConnectionError, ssl.SSLError):
            pass
    server.wait_for("reserved for peers with a certificate")
    for sock in strangers:
        sock.close()


def test_tls_connections_have_a_bound_of_their_own(start_server: StartServer, pki: Path) -> None:
    server = start_server(_with(pki, "tls_max_connections = 4"))

    def serves(name: str | None = None) -> ssl.SSLSocket | None:
        sock = server.connect("tls", name)
        try:
            sock.sendall(POST)
            return sock if sock.recv(1) == b"H" else None
        except (ConnectionError, ssl.SSLError):
            return None

    strangers = [serves(), serves(), serves()]
    assert None not in strangers
    assert serves() is None
    server.wait_for("the remaining TLS connections are reserved for peers with a certificate")
    bob = serves("bob")
    assert bob is not None
    assert serves("bob") is None
    server.wait_for("too many TLS connections")
    bob.close()
    assert _until_served(lambda: serves("bob"))
    with server.connect("tcp") as plain:
        plain.sendall(options_request("TCP"))
        assert plain.recv(1) == b"S"


def _until_served(connect: Callable[[], object]) -> bool:
    """Whether one of a few attempts is served: the end of a connection is noticed a moment later."""
    return any(connect() or time.sleep(0.2) for _ in range(50))


def test_operator_is_answered_during_a_flood_of_datagrams(seed_server: RunningServer) -> None:
    datagram = (
        b"OPTIONS sip:x@x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKf\r\nFrom: <sip:a@x>;tag=1\r\n"
        b"To: <sip:x@x>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood, seed_server.proxy("bob") as proxy:
        for _ in range(20):
            for _ in range(500):
                flood.sendto(datagram, ("127.0.0.1", seed_server.ports["udp"]))
            begin = time.monotonic()
            assert str(proxy.core.version()).startswith("sertwist")
            assert time.monotonic() - begin < 3
