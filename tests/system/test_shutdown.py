"""The server's end: in order for a signal and for core.kill, at once for a second signal."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.system.running import RunningServer, call_document, read_response, seed_script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer

KILL_DOCUMENT = call_document("core.kill")
KILL = (
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(KILL_DOCUMENT)
    + KILL_DOCUMENT
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_with_status_0_and_frees_the_ports(start_server: StartServer, number: signal.Signals) -> None:
    server = start_server()
    with server.connect("tls", "bob") as idle:
        server.process.send_signal(number)
        assert server.wait_exit() == 0
        assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.ports["tcp"]))


def test_kill_delivers_its_whole_answer_to_a_client_that_keeps_its_connection(
    start_server: StartServer,
) -> None:
    server = start_server()
    with server.connect("tls", "ser-killer") as sock:
        sock.sendall(KILL)
        status, _, body = read_response(sock)
        assert (status, b"<boolean>1</boolean>" in body) == (200, True)
        assert server.wait_exit(5) == 0


def test_kill_still_stops_when_its_client_does_not_wait_for_the_answer(start_server: StartServer) -> None:
    server = start_server()
    sock = server.connect("tls", "ser-killer")
    sock.sendall(KILL)
    sock.close()
    assert server.wait_exit() == 0


def test_kill_refuses_a_signal_that_would_not_end_in_order(start_server: StartServer) -> None:
    server = start_server()
    with server.proxy("ser-killer") as proxy:
        for number, code in ((9, "400"), (3, "400"), (0, "400"), (-15, "400"), ("15", "400")):
            with pytest.raises(Exception, match=code):
                proxy.core.kill(number)
        assert proxy.core.kill(15) == 1
    assert server.wait_exit() == 0


def _stalled_reader(server: RunningServer) -> socket.socket:
    """A connection whose answers are not taken: the server has bytes waiting for it."""
    sock = server.connect("tls", "bob")
    sock.setblocking(False)
    deadline = time.monotonic() + 15
    big = b"<methodCall><methodName>core.echo</methodName><params><param><value>" + b"x" * 250_000
    big += b"</value></param></params></methodCall>"
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(big) + big
    with server.proxy("bob") as proxy:
        while time.monotonic() < deadline:
            try:
                sock.send(request)
            except OSError:
                if proxy.core.tcp_info()["write_queued_bytes"]:  # type: ignore[index,call-overload]
                    return sock
    raise AssertionError("the server took everything")


def test_second_signal_ends_at_once_while_the_first_waits_for_a_peer(start_server: StartServer, pki: Path) -> None:
    patience = 'exit_timeout = 600\nmodparam("tls", "send_timeout", 600)\n'
    server = start_server(seed_script(pki).replace("route {", patience + "route {"))
    with _stalled_reader(server):
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("stopping: SIGTERM")
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait_exit(1)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(5) == 0
        assert "stopping at once" in server.log_text()


def test_end_is_bounded_when_a_peer_never_reads(start_server: StartServer, pki: Path) -> None:
    server = start_server(seed_script(pki).replace("route {", "exit_timeout = 1\nroute {"))
    with _stalled_reader(server):
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(6) == 0
