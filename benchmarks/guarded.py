"""What a policy and an audit log cost: keep-alive calls on the example script, with and without them in turn."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks.load.generators import rpc_load
from benchmarks.servers import sertwist

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["measure"]

ROUNDS: Final = 4
RULES: Final = """
[ca.demo]
subject = "CN=sertwist demonstration CA"

[role.reader]
who = [{ cn = "Bob", ca = "demo" }]

[[allow]]
roles = ["reader"]
methods = ["core.*"]
effects = ["read"]
"""
ASKING: Final = """        if (!rpc_policy()) {
            xmlrpc_reply("403", "denied");
            break;
        };
        dispatch_rpc();"""


def measure(work: Path, pki: Path) -> None:
    """Print the rates and what is left of the plain one."""
    rules = work / "rules.toml"
    rules.write_text(RULES)
    policy = (f'modparam("xmlrpc", "policy", "{rules}")',)

    def audit(level: str) -> tuple[str, ...]:
        return (
            f'modparam("xmlrpc", "audit", "{level}")',
            f'modparam("xmlrpc", "audit_file", "{work}/audit-{level}.jsonl")',
        )

    servers = {
        "as it is": ((), False),
        "with a policy, audit of writes": ((*policy, *audit("write")), True),
        "with a policy, audit of all calls": ((*policy, *audit("all")), True),
    }
    print("\n## Keep-alive calls, guarded (bar: 85% of the plain rate)\n")
    print("| server | calls/s | of plain |\n|---|---:|---:|")
    rates: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, (lines, asks) in servers.items():
            with sertwist(work, pki, lines=lines, asking=ASKING if asks else "") as peer:
                time.sleep(0.5)
                rates[name].append(rpc_load(peer.tls, pki, work, keep_alive=True, seconds=3.0).rate)
    plain = rates["as it is"]
    for name, found in rates.items():
        ratio = median(each / base for each, base in zip(found, plain, strict=True))
        print(f"| {name} | {median(found):,.0f} | {ratio:.2f} |", flush=True)
