"""A thousand reloads under load: what calls notice of it, and what memory they leave behind."""

from __future__ import annotations

import ssl
import threading
import time
import xmlrpc.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.load.generators import rpc_load
from benchmarks.servers import memory_kib, sertwist

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["measure"]

RELOADS = 1_000
EACH = 100  # reloads between two looks at the memory
THREADS = 4
SECONDS = 5.0


@dataclass
class _Load:
    """Calls over mutual TLS, on connections that are kept or on new ones, until `stop` is set."""

    port: int
    pki: Path
    work: Path
    stop: threading.Event
    keep_alive: bool
    calls: int = 0
    errors: int = 0
    worst_p99: float = 0.0

    def run(self) -> None:
        self.work.mkdir()
        while not self.stop.is_set():
            figures = rpc_load(
                self.port, self.pki, self.work, keep_alive=self.keep_alive, threads=THREADS, seconds=SECONDS
            )
            self.calls += int(figures.rate * SECONDS)
            self.errors += figures.errors
            self.worst_p99 = max(self.worst_p99, figures.p99)


def measure(work: Path, pki: Path) -> None:
    """Print the memory after each hundred reloads, and what became of the calls meanwhile."""
    print(f"\n## {RELOADS} reloads under load (bar: no failed call, memory flat)\n")
    with sertwist(work, pki) as peer:
        time.sleep(0.5)
        stop = threading.Event()
        kept = _Load(peer.tls, pki, work / "kept", stop, keep_alive=True)
        new = _Load(peer.tls, pki, work / "new", stop, keep_alive=False)
        threads = [threading.Thread(target=load.run) for load in (kept, new)]
        for thread in threads:
            thread.start()
        sizes = _reload(peer.tls, peer.pid, pki)
        stop.set()
        for thread in threads:
            thread.join()
    print(f"\nfrom the first hundred to the last: {sizes[-1] - sizes[0]:+,} KiB\n")
    for name, load in (("kept connections", kept), ("new connections", new)):
        print(f"calls on {name}: {load.calls:,}, failed {load.errors}, worst p99 of {SECONDS:g} s {load.worst_p99} ms")


def _reload(port: int, pid: int, pki: Path) -> list[int]:
    context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
    context.load_cert_chain(pki / "bob.pem", pki / "bob.key")
    client: Any = xmlrpc.client.ServerProxy(f"https://localhost:{port}/RPC2", context=context)
    print("| reloads | KiB | ms a reload | slowest |\n|---:|---:|---:|---:|")
    sizes = []
    for done in range(0, RELOADS, EACH):
        spent = []
        for _ in range(EACH):
            begin = time.monotonic()
            client.tls.reload()
            spent.append((time.monotonic() - begin) * 1_000)
        sizes.append(memory_kib(pid))
        print(f"| {done + EACH} | {sizes[-1]:,} | {sum(spent) / EACH:.1f} | {max(spent):.0f} |", flush=True)
    return sizes
