"""An operator's `core.ps` while a SIP flood keeps the server's core busy: connections that are kept, and new ones."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.load.generators import BUILD, LOAD_CORE
from benchmarks.servers import sertwist

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.servers import Peer

__all__ = ["measure"]

SECONDS: Final = 6.0
BAR_MS: Final = 500
CALL: Final = b"<?xml version='1.0'?><methodCall><methodName>core.ps</methodName></methodCall>"


def measure(work: Path, pki: Path) -> None:
    """Print latencies alone and beside the flood, and how busy the server's process was meanwhile."""
    print(f"\n## core.ps beside a SIP flood over UDP (bar: p99 {BAR_MS} ms)\n")
    print("| beside | connections | calls | p50 ms | p99 ms | worst ms | server's share of its core |")
    print("|---|---|---:|---:|---:|---:|---:|")
    with sertwist(work, pki) as peer:
        _wait(peer)
        for beside in (0, 4, 32):
            for what, ask in (("kept", _kept(peer, pki)), ("new ones", lambda: _new(peer, pki))):
                _row(peer, beside, what, ask)


def _row(peer: Peer, sockets: int, what: str, ask: Callable[[], None]) -> None:
    """One row: `sockets` of the flood, each with 32 requests that wait for an answer."""
    flood = None
    if sockets:
        command = ["taskset", "-c", LOAD_CORE, BUILD / "sipload", "-p", str(peer.udp), "-d", "60", "-c", str(sockets)]
        flood = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(0.5)
    try:
        took: list[float] = []
        used, began = _processor(peer.pid), time.monotonic()
        while (now := time.monotonic()) < began + SECONDS:
            ask()
            took.append((time.monotonic() - now) * 1_000)
            time.sleep(0.01)
        share = (_processor(peer.pid) - used) / (time.monotonic() - began)
    finally:
        if flood is not None:
            flood.terminate()
            flood.wait()
    took.sort()
    beside = f"{sockets} senders" if sockets else "nothing"
    print(
        f"| {beside} | {what} | {len(took)} | {took[len(took) // 2]:.1f} | {took[len(took) * 99 // 100]:.1f} "
        f"| {took[-1]:.1f} | {share:.0%} |",
        flush=True,
    )


def _wait(peer: Peer) -> None:
    """Until it listens for TLS, too."""
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", peer.tls), 1):
            return
        time.sleep(0.05)


def _connection(peer: Peer, pki: Path) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
    context.load_cert_chain(pki / "bob.pem", pki / "bob.key")
    return http.client.HTTPSConnection("localhost", peer.tls, context=context, timeout=30)


def _ask(connection: http.client.HTTPSConnection) -> None:
    connection.request("POST", "/RPC2", CALL, {"Content-Type": "text/xml"})
    body = connection.getresponse().read()
    if b"fault" in body:
        raise RuntimeError(body.decode())


def _kept(peer: Peer, pki: Path) -> Callable[[], None]:
    connection = _connection(peer, pki)
    return lambda: _ask(connection)


def _new(peer: Peer, pki: Path) -> None:
    connection = _connection(peer, pki)
    _ask(connection)
    connection.close()


def _processor(pid: int) -> float:
    """Seconds of the processor that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
