"""Listen lines to the sockets they mean: default ports and protocols filled in, names resolved once, at start."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import field
from typing import TYPE_CHECKING, Any

from sertwist.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.script.diagnostic import Diagnostics
    from sertwist.script.nodes import Listen, Script

__all__ = ["ListenAddress", "advertised_addresses", "listen_addresses"]

_PROTOCOLS = ("udp", "tcp", "tls")


@record
class ListenAddress:
    """One socket to open; port 0 lets the system choose.

    `advertise` is the host and port that others are told instead: empty and 0 where the line says none.
    """

    protocol: str
    host: str
    port: int
    advertise: tuple[str, int] = field(default=("", 0), compare=False)


def listen_addresses(
    script: Script, core: dict[str, Any], *, tls_loaded: bool, diagnostics: Diagnostics
) -> tuple[ListenAddress, ...]:
    """The sockets that `script` asks for; all of this machine's IPv4 addresses when it has no listen line."""
    found: dict[ListenAddress, None] = {}
    for line in script.listens:
        for protocol in _protocols(line, core, tls_loaded=tls_loaded, diagnostics=diagnostics):
            port = line.port if line.port is not None else core["tls_port_no" if protocol == "tls" else "port"]
            for host in _resolve(line, diagnostics):
                found[ListenAddress(protocol, host, port, _advertise(line))] = None
    if not script.listens:
        kinds = ("udp",) if core["disable_tcp"] else ("udp", "tcp")
        found = dict.fromkeys(ListenAddress(kind, "0.0.0.0", core["port"]) for kind in kinds)  # noqa: S104 (SER's own default)
    return tuple(found)


def advertised_addresses(
    opened: Iterable[tuple[ListenAddress, tuple[str, int]]], core: dict[str, Any]
) -> dict[tuple[str, tuple[str, int]], tuple[str, int]]:
    """What others are told instead of a socket's own address: of its listen line, else of the global settings.

    Args:
        opened: each socket with the address that it got.
        core: `advertised_address` and `advertised_port`.

    Returns:
        Protocol in upper case and address to host and port; without sockets that are called by their own.
    """
    found = {}
    for asked, address in opened:
        host = asked.advertise[0] or core["advertised_address"] or ""
        port = asked.advertise[1] or core["advertised_port"] or 0
        if host or port:
            shown = f"[{address[0]}]" if ":" in address[0] else address[0]
            found[asked.protocol.upper(), address] = (host or shown, port or address[1])
    return found


def _advertise(line: Listen) -> tuple[str, int]:
    if line.advertise is None:
        return "", 0
    _, host, port = line.advertise
    return (f"[{host}]" if ":" in host and not host.startswith("[") else host), port or 0


def _protocols(line: Listen, core: dict[str, Any], *, tls_loaded: bool, diagnostics: Diagnostics) -> tuple[str, ...]:
    if line.protocol is None:
        return ("udp",) if core["disable_tcp"] else ("udp", "tcp")
    if line.protocol not in _PROTOCOLS:
        text = f"'{line.protocol}' listeners are not available in this version"
        diagnostics.error("listen-protocol", line.span, text, "use udp, tcp or tls")
        return ()
    if line.protocol != "udp" and core["disable_tcp"]:
        diagnostics.error("listen-disabled", line.span, f"a {line.protocol} listener, but disable_tcp is set")
        return ()
    if line.protocol == "tls" and not tls_loaded:
        return ()  # which the check of the script says
    if line.protocol == "tls" and core["disable_tls"]:
        diagnostics.error("listen-disabled", line.span, "a tls listener, but disable_tls is set")
        return ()
    return (line.protocol,)


def _resolve(line: Listen, diagnostics: Diagnostics) -> list[str]:
    try:
        return [str(ipaddress.ip_address(line.host))]
    except ValueError:
        pass
    try:
        rows = socket.getaddrinfo(line.host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        names = {name for _, name in socket.if_nameindex()}
        fix = "write the interface's address" if line.host in names else "write an address of this machine"
        diagnostics.error("listen-host", line.span, f"'{line.host}' has no address", fix)
        return []
    return list(dict.fromkeys(str(row[4][0]) for row in rows))
