"""Line 82: peers that read their answers a byte now and then cost their own connections and delay nobody."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import TYPE_CHECKING

from tests.system.running import call_document, seed_script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer

DOCUMENT = call_document("system.listMethods")
REQUEST = b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT)
READERS = 20


def test_peers_that_read_a_byte_now_and_then_are_cut_off_and_the_others_are_served(
    start_server: StartServer, pki: Path
) -> None:
    server = start_server(seed_script(pki).replace("route {", 'modparam("tls", "send_timeout", 2)\nroute {', 1))
    readers: list[tuple[socket.socket, ssl.SSLSocket]] = []
    for _ in range(READERS):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.connect(("127.0.0.1", server.ports["tls"]))
        kept = raw.dup()  # to read single bytes below TLS
        sock = server.context("bob").wrap_socket(raw, server_hostname="localhost")
        sock.setblocking(False)
        readers.append((kept, sock))
    left = list(readers)
    end = time.monotonic() + 30
    with server.proxy("bob") as proxy:
        while left and time.monotonic() < end:
            for kept, sock in list(left):
                try:
                    with contextlib.suppress(ssl.SSLWantWriteError, ssl.SSLWantReadError):
                        sock.send((REQUEST + DOCUMENT) * 20)
                    with contextlib.suppress(BlockingIOError):
                        kept.recv(1, socket.MSG_DONTWAIT)
                except OSError:
                    left.remove((kept, sock))
            begin = time.monotonic()
            assert str(proxy.core.version()).startswith("sertwist")
            assert time.monotonic() - begin < 5
    assert not left
    server.wait_for("connection dropped: the peer does not read its answers")
    for kept, sock in readers:
        kept.close()
        sock.close()
    server.assert_unharmed()
