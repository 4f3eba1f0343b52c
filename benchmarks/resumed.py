"""New connections that resume by TLS 1.3 tickets, against full handshakes of the same server in the same minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from benchmarks.load.generators import rpc_load
from benchmarks.servers import nginx, sertwist

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.servers import Peer

__all__ = ["measure"]

CACHE: Final = ('modparam("tls", "session_cache", 1)',)
ROUNDS: Final = 2


def measure(work: Path, pki: Path) -> None:
    """Print rates and their ratio, for both kinds of server certificate."""
    print("\n## New connections resumed by TLS 1.3 tickets, a call each (bar: a third more than full ones)\n")
    print("| server | certificate | full/s | resumed/s | ratio |\n|---|---|---:|---:|---:|")
    for certificate in ("server", "server-ec"):
        with sertwist(work, pki, certificate=certificate, lines=CACHE) as ours:
            _print(ours, certificate, pki, work)
        with nginx(work, pki, certificate=certificate, tickets=True) as theirs:
            if theirs is not None:
                _print(theirs, certificate, pki, work)


def _print(peer: Peer, certificate: str, pki: Path, work: Path) -> None:
    """Full and resumed in turn: the machine's speed drifts."""
    time.sleep(0.5)
    full = resumed = 0.0
    for _ in range(ROUNDS):
        full += rpc_load(peer.tls, pki, work, keep_alive=False).rate / ROUNDS
        resumed += rpc_load(peer.tls, pki, work, keep_alive=False, resume=True).rate / ROUNDS
    print(f"| {peer.name} | {certificate} | {full:,.0f} | {resumed:,.0f} | {resumed / full:.2f} |", flush=True)
