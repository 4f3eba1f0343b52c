"""Peers that cost nobody else anything: connections that are held, that never read, that stop in the handshake."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

from benchmarks.load.generators import CALL

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["call", "half_handshakes", "hold", "stall"]

REQUEST = (
    b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(CALL) + CALL
)


def _context(pki: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
    context.load_cert_chain(pki / "bob.pem", pki / "bob.key")
    return context


def call(sock: ssl.SSLSocket) -> None:
    """One call on a connection.

    Raises:
        ConnectionError: it was closed.
    """
    sock.sendall(REQUEST)
    data = b""
    while b"methodResponse>" not in data and b"methodResponse/>" not in data:
        chunk = sock.recv(65_536)
        if not chunk:
            raise ConnectionError("the server closed a connection that was to be held")
        data += chunk


def hold(port: int, pki: Path, count: int) -> list[ssl.SSLSocket]:
    """Open `count` mutual-TLS connections, each with one call answered."""
    context, held = _context(pki), []
    for _ in range(count):
        sock = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
        call(sock)
        held.append(sock)
    return held


def stall(port: int, pki: Path, count: int, stop: threading.Event) -> threading.Thread:
    """`count` mutual-TLS peers that send calls without end and never read an answer, until `stop` is set."""
    context, peers = _context(pki), []
    for _ in range(count):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.connect(("127.0.0.1", port))
        sock = context.wrap_socket(raw, server_hostname="localhost")
        sock.settimeout(0)
        peers.append(sock)

    def push() -> None:
        batch = REQUEST * 50
        while not stop.is_set():
            for sock in list(peers):
                try:
                    sock.send(batch)
                except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                    continue
                except OSError:
                    peers.remove(sock)
            time.sleep(0.01)

    thread = threading.Thread(target=push, daemon=True)
    thread.start()
    return thread


def half_handshakes(port: int, count: int) -> list[socket.socket]:
    """`count` connections of several addresses that sent a ClientHello and then nothing."""
    context, held = ssl.create_default_context(), []
    for number in range(count):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        hello = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            hello.do_handshake()
        sock = socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.0.{2 + number % 8}", 0))
        sock.sendall(outgoing.read())
        held.append(sock)
    return held
