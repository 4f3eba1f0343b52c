"""What a held mutual-TLS connection costs: ours at 5,000, Kamailio at 1,000 (more would need gigabytes)."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from benchmarks.load.misbehaving import call, hold
from benchmarks.servers import kamailio, memory_kib, sertwist

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from benchmarks.servers import Peer

__all__ = ["measure"]

HELD: Final = 5_000
HELD_BY_PEER: Final = 1_000
FIRST: Final = 50  # before the first look: what is made once is not counted
STEP: Final = 100  # after so many new ones all are used again, so that none is closed as idle
ROOM = ("tcp_max_connections = 8192", "tcp_accept_iplimit = 8192")  # all come from one address here


def measure(work: Path, pki: Path) -> None:
    """Print KiB a connection."""
    print("\n## Memory of a held mutual-TLS connection (bar: 40 KiB)\n\n| server | held | KiB |\n|---|---:|---:|")
    with sertwist(work, pki, lines=ROOM) as ours:
        _print(ours, pki, HELD)
    with kamailio(work, pki) as theirs:
        if theirs is not None:
            _print(theirs, pki, HELD_BY_PEER)


def _print(peer: Peer, pki: Path, count: int) -> None:
    with ExitStack() as stack:
        held: list[ssl.SSLSocket] = []

        def add(more: int) -> None:
            held.extend(stack.enter_context(sock) for sock in hold(peer.tls, pki, more))

        add(FIRST)
        time.sleep(1)
        before = memory_kib(peer.pid)
        while len(held) < FIRST + count:
            add(min(STEP, FIRST + count - len(held)))
            for sock in held:
                call(sock)  # raises when it was closed
        time.sleep(1)
        print(f"| {peer.name} | {count:,} | {(memory_kib(peer.pid) - before) / count:.1f} |", flush=True)
