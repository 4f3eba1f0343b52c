"""Print the figures of docs/performance.md, measured now: `make bench`, or `python -m benchmarks NAME ...`."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import audit_time, beside, checks, guarded, memory, reloads, resumed, script_time, sip_flood
from benchmarks.load.generators import LOAD_CORE, Figures, build, rpc_load, sip_load
from benchmarks.servers import Peer, kamailio, nginx, sertwist
from sertwist.pki.demo import write_demo

Measure = Callable[[Peer, Path, Path], Figures]


def _calls(peer: Peer, pki: Path, work: Path) -> Figures:
    return rpc_load(peer.tls, pki, work, keep_alive=True)


def _connections(peer: Peer, pki: Path, work: Path) -> Figures:
    return rpc_load(peer.tls, pki, work, keep_alive=False)


def _options(peer: Peer, _pki: Path, _work: Path) -> Figures:
    return sip_load(peer.udp)


def _compare(  # noqa: PLR0913 (a row of the table below)
    title: str,
    bar: str,
    measure: Measure,
    work: Path,
    pki: Path,
    *,
    with_nginx: bool = True,
    certificate: str = "server",
) -> None:
    """Ours, then each peer, then ours again: the machine's speed drifts, so the ratio is of neighbours in time."""
    print(f"\n## {title} (bar: {bar})\n\n| server | rate/s | p50 ms | p99 ms | errors |\n|---|---:|---:|---:|---:|")
    rates: dict[str, list[float]] = {}
    for start in (sertwist, kamailio, *([nginx] if with_nginx else []), sertwist):
        with start(work, pki, certificate=certificate) as peer:
            if peer is None:
                continue
            time.sleep(0.5)
            figures = measure(peer, pki, work)
            rates.setdefault(peer.name, []).append(figures.rate)
            print(
                f"| {peer.name} | {figures.rate:,.0f} | {figures.p50} | {figures.p99} | {figures.errors} |",
                flush=True,
            )
    ours = sum(rates["sertwist"]) / len(rates["sertwist"])
    for name, values in rates.items():
        if name != "sertwist":
            print(f"\nsertwist / {name}: {ours / values[0]:.2f}")


MEASUREMENTS: dict[str, Callable[[Path, Path], None]] = {
    "calls": lambda work, pki: _compare("Keep-alive calls over mutual TLS", "9,000/s", _calls, work, pki),
    "connections": lambda work, pki: _compare(
        "New mutual-TLS connections with a call each, RSA-2048", "330/s", _connections, work, pki
    ),
    "connections-ecdsa": lambda work, pki: _compare(
        "New mutual-TLS connections with a call each, ECDSA P-256",
        "480/s",
        _connections,
        work,
        pki,
        certificate="server-ec",
    ),
    "guarded": guarded.measure,
    "resumed": resumed.measure,
    "options": lambda work, pki: _compare("OPTIONS to 200 over UDP", "18,000/s", _options, work, pki, with_nginx=False),
    "script": script_time.measure,
    "check": checks.measure,
    "audit": audit_time.measure,
    "memory": memory.measure,
    "fairness": beside.fairness,
    "flood": beside.flood,
    "sip-flood": sip_flood.measure,
    "reloads": reloads.measure,
}


def main(names: list[str]) -> None:
    """Run the named measurements, or all."""
    os.sched_setaffinity(0, {int(LOAD_CORE)})  # what misbehaves in Python is load too
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for the servers too
    build()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        pki = work / "pki"
        write_demo(pki, now=datetime.now(UTC))
        for each in names or MEASUREMENTS:
            MEASUREMENTS[each](work, pki)


main(sys.argv[1:])
