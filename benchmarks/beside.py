"""A healthy client's latency beside peers that stall or flood, in rounds of alone, beside, alone; medians of them."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from benchmarks.load.generators import Figures, flooding, rpc_load
from benchmarks.load.misbehaving import half_handshakes, stall
from benchmarks.servers import sertwist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.servers import Peer

__all__ = ["fairness", "flood"]

STALLED: Final = 200
HALF: Final = 200
ROUNDS: Final = 5
SECONDS: Final = 2.0  # of each part of a round

FULL_SECONDS: Final = 1.5  # until peers that never read have had all answers that they have room for

Others = Callable[[], AbstractContextManager[None]]


def fairness(work: Path, pki: Path) -> None:
    """Beside peers that never read and peers that stopped in the handshake."""
    _title(f"p99 beside {STALLED} peers that never read and {HALF} stopped in the handshake", "1.5 times")
    with sertwist(work, pki) as peer:
        _compare("half handshakes", peer, pki, work, lambda: _half(peer))
        _compare("... and peers that never read", peer, pki, work, lambda: _both(peer, pki))


def flood(work: Path, pki: Path) -> None:
    """Beside a core that makes new handshakes without end."""
    _title("p99 beside a flood of new handshakes from one core", "5 times")
    bob = ("-E", str(pki / "bob.pem"), "-K", str(pki / "bob.key"))
    for what, options in (
        ("without a certificate", ()),
        ("with one", bob),
        ("hellos alone", ("-H",)),
        ("hellos alone, 2,000 at a time from another address", ("-H", "-t", "2000", "-a", "127.0.0.2")),
        ("... from ten others", ("-H", "-t", "2000", "-a", "127.0.1.1", "-n", "10")),
    ):
        with sertwist(work, pki) as peer:
            _compare(what, peer, pki, work, lambda options=options, peer=peer: flooding(peer.tls, options))


def _title(text: str, bar: str) -> None:
    print(
        f"\n## {text} (bar: {bar})\n\n| beside | p50 alone, beside ms | p99 alone, beside ms | ratio of p99 | calls/s |"
    )
    print("|---|---:|---:|---:|---:|")


def _compare(what: str, peer: Peer, pki: Path, work: Path, others: Others) -> None:
    def healthy() -> Figures:
        return rpc_load(peer.tls, pki, work, keep_alive=True, threads=1, seconds=SECONDS)

    time.sleep(0.5)
    alone, beside, ratios = [], [], []
    for _ in range(ROUNDS):
        before = healthy()
        with others():
            beside.append(healthy())
        time.sleep(0.3)
        alone += [before, healthy()]
        ratios.append(beside[-1].p99 / statistics.mean(each.p99 for each in alone[-2:]))
    p50 = [statistics.median(each.p50 for each in figures) for figures in (alone, beside)]
    p99 = [statistics.median(each.p99 for each in figures) for figures in (alone, beside)]
    rate = statistics.median(each.rate for each in beside)
    print(
        f"| {what} | {p50[0]:.2f}, {p50[1]:.2f} | {p99[0]:.2f}, {p99[1]:.2f} | {statistics.median(ratios):.1f} "
        f"| {rate:,.0f} |",
        flush=True,
    )


@contextlib.contextmanager
def _half(peer: Peer) -> Iterator[None]:
    held = half_handshakes(peer.tls, HALF)
    yield
    for sock in held:
        sock.close()


@contextlib.contextmanager
def _both(peer: Peer, pki: Path) -> Iterator[None]:
    stop = threading.Event()
    pusher = stall(peer.tls, pki, STALLED, stop)
    with _half(peer):
        time.sleep(FULL_SECONDS)
        yield
    stop.set()
    pusher.join()
