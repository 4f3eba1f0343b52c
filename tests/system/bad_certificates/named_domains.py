"""A server whose domains are told apart by the name that a client asks for; their trust can change while it runs."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bad_certificates.trust import Trust
from tests.system.bad_certificates.domains import own_addresses, script_of, write_own, write_trust
from tests.system.running import RunningServer
from tests.unit.tls.kit import OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["A", "B", "NamedDomains", "start_named_domains"]

A, B = b"a.example", b"b.example"
SETTINGS = {
    "seed": {},
    "optional": {"verify_client": "optional"},
    "require": {"verify_client": "on"},
    "cache": {"session_cache": "1"},
    "close": {"revoked_action": "close"},
}


@dataclass
class NamedDomains:
    """The server: at each address of `SETTINGS` a domain for `A`, which trusts `ROOT`, and `B`, another root."""

    directory: Path
    addresses: dict[str, tuple[str, int]]
    running: RunningServer = field(init=False)
    generation: int = 1

    def write_trust_of_a(self, trust: Trust) -> None:
        """What the domains of `A` trust from the next reload on."""
        write_trust(self.directory, "a", trust)

    def reload(self) -> None:
        """Have it read everything again, and wait until that is in force."""
        self.generation += 1
        self.running.process.send_signal(signal.SIGHUP)
        self.running.wait_for(f"tls: reloaded; generation {self.generation}")


def start_named_domains(directory: Path) -> NamedDomains:
    """Write the files and start."""
    named = NamedDomains(directory, dict(zip(SETTINGS, own_addresses(len(SETTINGS)), strict=True)))
    named.write_trust_of_a(Trust([ROOT.certificate], [ROOT.crl()]))
    write_trust(directory, "b", Trust([OTHER_ROOT.certificate], [OTHER_ROOT.crl()]))
    (directory / "tls.cfg").write_text("".join(_sections(named)))
    own = {**write_own(directory), "verify_client": "optional_no_ca", "ca_list": str(directory / "a-ca.pem")}
    listeners = [(address, {}) for address in named.addresses.values()]
    script = script_of(listeners, {**own, "config": str(directory / "tls.cfg")})
    named.running = RunningServer.start(directory, script, directory, ())
    return named


def _sections(named: NamedDomains) -> list[str]:
    sections = []
    for setting, (host, port) in named.addresses.items():
        for name, trust in ((A, "a"), (B, "b")):
            values = {
                "server_name": name.decode(),
                "ca_list": f"{trust}-ca.pem",
                "crl": f"{trust}-crl.pem",
                "revoked_action": "mark",
                **SETTINGS[setting],
            }
            sections.append(
                f"[server:{host}:{port}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
            )
    return sections
