"""Lines 60 to 62, 78 and 83: handshakes that are slow, stop half-way, or are only begun, and many of them."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
from collections import deque
from typing import TYPE_CHECKING

import pytest

from tests.system.bad_protocol.records import DEFAULT_EXTENSIONS, HANDSHAKE, client_hello, read_flight, record
from tests.system.running import RunningServer, read_to_end, seed_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELLO = record(HANDSHAKE, client_hello(*DEFAULT_EXTENSIONS))
SLOW = "the handshake took too long"
CLOSED = "the peer closed the connection (before|during) the handshake"


@pytest.fixture(scope="module")
def hasty_server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    """A server whose handshakes may take two seconds."""
    script = seed_script(pki).replace("route {", 'modparam("tls", "handshake_timeout", 2)\nroute {', 1)
    server = RunningServer.start(tmp_path_factory.mktemp("hasty"), script, pki, ())
    yield server
    server.assert_unharmed()


def _dial(server: RunningServer) -> tuple[socket.socket, str]:
    sock = socket.create_connection(("127.0.0.1", server.ports["tls"]), 15)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, "{}:{}".format(*sock.getsockname())


def _assert_failed(server: RunningServer, source: str, words: str) -> None:
    server.wait_for(f"TLS handshake failed: {words}; from {re.escape(source)}$", 10)


# -- 60 to 62 ---------------------------------------------------------------------------------------------------------


def test_peers_that_fall_silent_are_ended_when_the_time_is_over(hasty_server: RunningServer) -> None:
    begin = time.monotonic()
    with contextlib.ExitStack() as stack:
        silent = []
        for sent in (b"", HELLO[:1], HELLO[:7], HELLO[:-1], HELLO):
            sock, source = _dial(hasty_server)
            stack.enter_context(sock)
            sock.sendall(sent)
            silent.append((sock, source))
        for sock, source in silent:
            read_to_end(sock)
            assert time.monotonic() - begin > 1.9
            _assert_failed(hasty_server, source, SLOW)


def test_hello_a_byte_a_time_is_served_within_the_time_and_ended_after_it(hasty_server: RunningServer) -> None:
    sock, _ = _dial(hasty_server)
    with sock:
        for byte in HELLO:
            sock.sendall(bytes((byte,)))
            time.sleep(0.002)
        assert read_flight(sock).hello
    sock, source = _dial(hasty_server)
    begin = time.monotonic()
    with sock, contextlib.suppress(ConnectionError):
        for byte in HELLO:
            sock.sendall(bytes((byte,)))
            time.sleep(0.1)
    assert 1.9 < time.monotonic() - begin < 0.1 * len(HELLO)
    _assert_failed(hasty_server, source, SLOW)


# -- 78 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [HELLO[:1], HELLO[:-1], HELLO], ids=["1 byte", "all but one", "a hello"])
@pytest.mark.parametrize("how", ["end", "reset"])
def test_peer_that_leaves_within_the_handshake_costs_nothing_more(
    seed_server: RunningServer, sent: bytes, how: str
) -> None:
    sock, source = _dial(seed_server)
    with sock:
        sock.sendall(sent)
        if sent == HELLO:
            read_flight(sock)
        if how == "end":
            sock.shutdown(socket.SHUT_WR)
            read_to_end(sock)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _assert_failed(seed_server, source, CLOSED)


def test_reset_while_answers_are_written_ends_that_connection_alone(seed_server: RunningServer) -> None:
    document = (
        b"<?xml version='1.0'?><methodCall><methodName>core.echo</methodName><params><param><value><string>"
        + b"x" * 200_000
        + b"</string></value></param></params></methodCall>"
    )
    request = b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(document)
    with seed_server.proxy("bob") as proxy:
        for _ in range(10):
            with socket.socket() as raw:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                raw.connect(("127.0.0.1", seed_server.ports["tls"]))
                sock = seed_server.context("bob").wrap_socket(raw, server_hostname="localhost")
                for _ in range(3):
                    sock.sendall(request + document)
                sock.recv(1)  # the answer is on its way, and far from taken
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
        assert str(proxy.core.version()).startswith("sertwist")
        deadline = time.monotonic() + 10
        while len(rows := proxy.tls.list()) > 1:
            assert time.monotonic() < deadline, rows
            time.sleep(0.05)


# -- 83 ---------------------------------------------------------------------------------------------------------------


def test_ten_thousand_half_open_handshakes_stay_within_the_bound(seed_server: RunningServer) -> None:
    half_open: deque[socket.socket] = deque()
    most = 0
    with seed_server.proxy("bob") as proxy:
        for number in range(10_000):
            with contextlib.suppress(OSError):
                source = (f"127.0.{number % 40 + 1}.9", 0)  # forty addresses, since one alone is bounded too
                sock = socket.create_connection(("127.0.0.1", seed_server.ports["tls"]), 15, source)
                sock.send(HELLO[:100])
                half_open.append(sock)
            if len(half_open) > 700:
                half_open.popleft().close()
            if not number % 1_000:
                states = [row["state"] for row in proxy.tls.list()]
                most = max(most, states.count("handshake"))
                with seed_server.connect("tls", "bob") as healthy:
                    assert healthy.version()
        opened = proxy.tls.info()["opened_connections"]
    for sock in half_open:
        sock.close()
    assert 64 < most <= 512
    assert opened <= 512 + 8
