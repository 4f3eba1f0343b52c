"""A thousand reloads under load: what calls notice of it, and what memory they leave behind."""

from __future__ import annotations

import ssl
import threading
import time
import xmlrpc.client
from typing import TYPE_CHECKING, Any

from benchmarks.load.generators import rpc_load
from benchmarks.servers import memory_kib, sertwist

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["measure"]

RELOADS = 1_000
EACH = 100  # reloads between two looks at the memory


def measure(work: Path, pki: Path) -> None:
    """Print the memory after each hundred reloads, beside calls on kept and on new connections."""
    print(f"\n## {RELOADS} reloads under load (bar: no failed call, memory flat)\n")
    with sertwist(work, pki) as peer:
        time.sleep(0.5)
        alone = rpc_load(peer.tls, pki, work, keep_alive=True, threads=4)
        print(
            f"calls alone: {alone.rate:,.0f}/s, p99 {alone.p99} ms\n\n| reloads | KiB | ms a reload |\n|---:|---:|---:|"
        )
        stop = threading.Event()
        counts = [0, 0]
        callers = [threading.Thread(target=_call, args=(peer.tls, pki, new, stop, counts)) for new in (False, True)]
        for caller in callers:
            caller.start()
        client = _client(peer.tls, pki)
        sizes = []
        for done in range(0, RELOADS, EACH):
            begin = time.monotonic()
            for _ in range(EACH):
                client.tls.reload()
            spent = (time.monotonic() - begin) / EACH
            sizes.append(memory_kib(peer.pid))
            print(f"| {done + EACH} | {sizes[-1]:,} | {spent * 1_000:.1f} |", flush=True)
        stop.set()
        for caller in callers:
            caller.join()
    print(f"\ncalls meanwhile: {counts[0]:,}, failed: {counts[1]}; memory from the first to the last hundred: ", end="")
    print(f"{sizes[-1] - sizes[0]:+,} KiB")


def _client(port: int, pki: Path) -> Any:
    context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
    context.load_cert_chain(pki / "bob.pem", pki / "bob.key")
    return xmlrpc.client.ServerProxy(f"https://localhost:{port}/RPC2", context=context)


def _call(port: int, pki: Path, new: bool, stop: threading.Event, counts: list[int]) -> None:  # noqa: FBT001
    """Call until told to stop, each time on a `new` connection or on the same; count calls and failures."""
    client = _client(port, pki)
    while not stop.is_set():
        try:
            if new:
                client = _client(port, pki)
            client.core.version()
            counts[0] += 1
        except Exception as error:  # noqa: BLE001 (whatever a caller meets is a failed call)
            print(f"failed: {error!r}")
            counts[1] += 1
