"""A server with a TLS domain for every mode and trust of the list, each on a loopback address of its own."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from tests.bad_certificates.case import MODES
from tests.bad_certificates.trust import TRUSTS, Trust
from tests.system.running import RunningServer
from tests.unit.tls.kit import SERVER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sertwist.pki.authority import Credential

__all__ = ["SELECTS", "Answer", "DomainServer", "own_addresses", "read_answer", "script_of", "write_trust"]

# What the script says about a peer, besides whether it is verified and why not.
SELECTS = ("peer", "peer.version", "peer.sn", "peer.not_after", "peer.host", "peer.uri", "peer.count.dns")
STATES = ("verified", "reason", "presented", "revoked", "expired", "self_signed")
EQUAL = {200: "Bob", 202: "SER-Killer", 403: ""}


@dataclass(frozen=True)
class Answer:
    """What the script said about its peer: texts of `STATES`, of `SELECTS`, and the name that it equals."""

    states: dict[str, str]
    says: dict[str, str]
    equal: str

    @property
    def verified(self) -> bool:
        """Whether the script saw a verified peer."""
        return self.states["verified"] == "1"


def read_answer(reply: bytes) -> Answer:
    """Read the script's reply."""
    _, code, reason = reply.partition(b"\r\n")[0].decode().split(" ", 2)
    values = dict(zip((*STATES, *SELECTS), reason.split("|"), strict=True))
    return Answer(
        {name: values[name] for name in STATES},
        {name.removeprefix("peer."): values[name] for name in SELECTS},
        EQUAL[int(code)],
    )


@dataclass(frozen=True)
class DomainServer:
    """A running server; `addresses` says where the domain of (mode, trust) listens."""

    running: RunningServer
    addresses: dict[tuple[str, str], tuple[str, int]]


def own_addresses(count: int) -> list[tuple[str, int]]:
    """Loopback addresses that no other test process uses, with a port that is free on all of them."""
    number = os.getpid() % 65_536
    hosts = [f"127.{1 + number // 256 % 250}.{number % 256}.{last}" for last in range(1, count + 1)]
    with socket.socket() as probe:
        probe.bind((hosts[0], 0))
        return [(host, probe.getsockname()[1]) for host in hosts]


def write_trust(directory: Path, name: str, trust: Trust) -> dict[str, str]:
    """Write the files of `trust`; the settings that name them."""
    ca_list, lists = directory / f"{name}-ca.pem", directory / f"{name}-crl.pem"
    ca_list.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in trust.authorities))
    settings = {"ca_list": str(ca_list), "verify_depth": str(trust.depth)}
    if trust.lists:
        lists.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in trust.lists))
        settings["crl"] = str(lists)
    return settings


def write_own(directory: Path, credential: Credential = SERVER, name: str = "own") -> dict[str, str]:
    """Write a server's certificate and key; the settings that name them."""
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    certificate.write_bytes(credential.certificate_pem())
    key.touch(0o600)
    key.write_bytes(credential.key_pem())
    return {"certificate": str(certificate), "private_key": str(key)}


def script_of(domains: Iterable[tuple[tuple[str, int], dict[str, str]]], own: dict[str, str]) -> str:
    """A script with a listener and a domain for each address and settings, that tells peers what it sees of them."""
    lines = ['loadmodule "tls"', 'loadmodule "sl"', *(f'modparam("tls", "{n}", "{v}")' for n, v in own.items())]
    for (host, port), settings in domains:
        lines.append(f"listen = tls:{host}:{port}")
        lines += [f'modparam("tls", "{name}", "{host}:{port}={value}")' for name, value in settings.items()]
    said = [*(f"@tls.peer.{state}" for state in STATES), *(f"@tls.{select}" for select in SELECTS)]
    text = ' + "|" + '.join(f"(str){select}" for select in said)
    return "\n".join(
        [
            *lines,
            "route {",
            f'    if (@tls.peer == "Bob") {{ sl_reply("200", {text}); exit; }}',
            f'    if (@tls.peer == "SER-Killer") {{ sl_reply("202", {text}); exit; }}',
            f'    sl_reply("403", {text});',
            "}",
            "",
        ]
    )


def start_domains(directory: Path) -> DomainServer:
    """Start the server of the whole list."""
    keys = [(mode, trust) for mode in MODES for trust in TRUSTS]
    addresses = dict(zip(keys, own_addresses(len(keys)), strict=True))
    files = {name: write_trust(directory, name, trust) for name, trust in TRUSTS.items()}
    domains = [(addresses[mode, trust], {**MODES[mode], **files[trust]}) for mode, trust in keys]
    script = script_of(domains, write_own(directory))
    return DomainServer(RunningServer.start(directory, script, directory, ()), addresses)
