"""Handshakes are bounded in number, size, pieces, time and log lines, and what passes a bound costs only itself."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.running import RunningServer, call_document, read_response, seed_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.conftest import StartServer

DOCUMENT = call_document()
POST = (
    b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT
)
FATAL = b"\x15\x03\x01\x00\x02\x02"
UNEXPECTED_MESSAGE, RECORD_OVERFLOW, ILLEGAL_PARAMETER, DECODE_ERROR = 10, 22, 47, 50


def _with(pki: Path, *lines: str) -> str:
    return seed_script(pki).replace("route {", "\n".join((*lines, "route {")))


def _dial(server: RunningServer, source: str = "127.0.0.1") -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", server.ports["tls"]), timeout=15, source_address=(source, 0))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _hello(server_name: str = "localhost", *, padding: int = 0) -> bytes:
    """A ClientHello's records; a session id and tickets apart, it grows by `padding` protocols of ALPN."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.set_alpn_protocols([f"{number:0250}" for number in range(padding)])
    client = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def _in_records(hello: bytes, size: int) -> bytes:
    """The same hello, cut into records of `size` bytes."""
    content, at = b"", 0
    while at < len(hello):
        length = int.from_bytes(hello[at + 3 : at + 5])
        content += hello[at + 5 : at + 5 + length]
        at += 5 + length
    pieces = (content[begin : begin + size] for begin in range(0, len(content), size))
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2) + piece for piece in pieces)


def _answer(sock: socket.socket) -> bytes:
    """What comes until the server ends the connection, its end by a reset included."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while chunk := sock.recv(65_536):
            data += chunk
    return data


def _processor_seconds(server: RunningServer) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.fixture
def served(seed_server: RunningServer) -> Iterator[RunningServer]:
    """A server that serves an operator after the test as before."""
    yield seed_server
    with seed_server.proxy("bob") as proxy:
        assert str(proxy.core.version()).startswith("sertwist")


# -- the hello --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5, 100])
def test_hello_in_small_records_is_served(served: RunningServer, size: int) -> None:
    with _dial(served) as sock:
        sock.sendall(_in_records(_hello(), size))
        assert sock.recv(1) == b"\x16"


def test_hello_in_two_pieces_is_served(served: RunningServer) -> None:
    hello = _hello()
    for cut in (1, 4, 5, 6, 100, len(hello) - 1):
        with _dial(served) as sock:
            sock.sendall(hello[:cut])
            time.sleep(0.05)
            sock.sendall(hello[cut:])
            assert sock.recv(1) == b"\x16"


@pytest.mark.parametrize(
    ("data", "alert", "words"),
    [
        (b"\x16\x03\x01\x50\x01\x01", RECORD_OVERFLOW, "a record is longer than TLS allows"),
        (b"\x16\x03\x01\xff\xff\x01", RECORD_OVERFLOW, "a record is longer than TLS allows"),
        (b"\x16\x03\x01\x00\x00", UNEXPECTED_MESSAGE, "an empty record in the ClientHello"),
        (b"\x16\x03\x01\x00\x04\x10", UNEXPECTED_MESSAGE, "does not begin with a ClientHello"),
        (b"\x16\x03\x01\x40\x00\x01\xff\xff\xff", ILLEGAL_PARAMETER, "the ClientHello is too large"),
        (b"\x16\x03\x01\x00\x04\x01\x00\x00\x00", DECODE_ERROR, "the ClientHello is garbled"),
    ],
)
def test_what_is_no_hello_is_answered_with_the_alert_of_its_fault(
    served: RunningServer, data: bytes, alert: int, words: str
) -> None:
    with _dial(served) as sock:
        sock.sendall(data)
        assert _answer(sock) == FATAL + bytes((alert,))
    served.wait_for(f"TLS handshake failed: .*{words}; from 127")


def test_hello_is_taken_at_the_bound_and_refused_one_record_past_it(served: RunningServer) -> None:
    with _dial(served) as sock:
        sock.sendall(_hello(padding=60))  # 15 KiB
        assert sock.recv(1) == b"\x16"
    with _dial(served) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(_in_records(_hello(padding=60), 16))  # the same in 20 KiB of records
        assert _answer(sock) == FATAL + bytes((ILLEGAL_PARAMETER,))
    served.wait_for("TLS handshake failed: the ClientHello is too large; from 127")


@pytest.mark.parametrize("cut", [0, 1, 5, 200])
def test_peer_that_ends_in_its_hello_is_forgotten_at_once(served: RunningServer, cut: int) -> None:
    for reset in (False, True):
        with _dial(served) as sock:
            sock.sendall(_hello()[:cut])
            time.sleep(0.05)
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                continue
            sock.shutdown(socket.SHUT_WR)
            begin = time.monotonic()
            assert _answer(sock) == b""
            assert time.monotonic() - begin < 5  # the handshake's time is 10 s
    served.wait_for("TLS handshake failed: the peer closed the connection before the handshake; from 127")


def test_half_a_hello_costs_no_processor_time(start_server: StartServer) -> None:
    server = start_server()
    hello = _hello()
    socks = [_dial(server) for _ in range(50)]
    for sock in socks:
        sock.sendall(hello[:-1])
    time.sleep(0.2)
    before = _processor_seconds(server)
    time.sleep(2)
    assert _processor_seconds(server) - before < 0.5
    for sock in socks:  # and all of them can still go on
        sock.sendall(hello[-1:])
        assert sock.recv(1) == b"\x16"
        sock.close()


# -- how many ---------------------------------------------------------------------------------------------------------


def test_flood_of_failures_is_no_flood_of_log_lines(start_server: StartServer) -> None:
    server = start_server()
    for _ in range(400):
        with _dial(server) as sock:
            sock.sendall(b"\0")
            assert _answer(sock) == b""
    held = server.wait_for("more lines about peers: too many to log each")
    written = len(re.findall("TLS handshake failed: what came is not TLS", server.log_text()))
    assert 100 <= written < 400
    assert written + int(re.findall(r"(\d+) more lines", held)[0]) <= 400
    with server.proxy("bob") as proxy:
        assert str(proxy.core.version()).startswith("sertwist")


def test_operator_gets_in_during_a_flood_of_hellos_from_another_address(start_server: StartServer) -> None:
    """The flood comes from 127.0.0.1 and never answers: up to 80 handshakes of it are in progress."""
    server, hello, over = start_server(), _hello(), threading.Event()

    def flood() -> None:
        held: list[socket.socket] = []
        while not over.is_set():
            with contextlib.suppress(OSError):
                held.append(_dial(server))
                held[-1].sendall(hello)
            if len(held) > 40:
                held.pop(0).close()
        for sock in held:
            sock.close()

    flooders = [threading.Thread(target=flood) for _ in range(2)]
    for each in flooders:
        each.start()
    try:
        for _ in range(3):
            with (
                _dial(server, "127.0.0.2") as raw,
                server.context("bob").wrap_socket(raw, server_hostname="localhost") as sock,
            ):
                sock.sendall(POST)
                assert read_response(sock)[0] == 200
    finally:
        over.set()
        for each in flooders:
            each.join()


def test_source_that_queues_too_many_handshakes_is_shut_out_for_a_moment_and_others_get_in(
    start_server: StartServer,
) -> None:
    server, hello, held = start_server(), _hello(), []
    server.process.send_signal(signal.SIGSTOP)  # so that they wait together
    try:
        for _ in range(700):
            held.append(_dial(server, "127.0.0.2"))
            held[-1].sendall(hello)
    finally:
        server.process.send_signal(signal.SIGCONT)
    server.wait_for("new connections from 127.0.0.2 are not looked at for a moment: too many handshakes")
    for source in ("127.0.0.3", "127.0.0.2"):  # when the moment is over, this one too
        with (
            _dial(server, source) as raw,
            server.context("bob").wrap_socket(raw, server_hostname="localhost") as sock,
        ):
            sock.sendall(POST)
            assert read_response(sock)[0] == 200
    for sock in held:
        sock.close()
