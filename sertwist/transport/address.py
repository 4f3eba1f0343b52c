"""Addresses as people write them."""

from __future__ import annotations

import socket

__all__ = ["address_text", "socket_name", "source_group"]


def address_text(address: tuple[str, int]) -> str:
    """`127.0.0.1:5060`, `[::1]:5060`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def socket_name(protocol: str, address: tuple[str, int]) -> str:
    """A listening socket as a script names it: `tls:127.0.0.1:5061`."""
    return f"{protocol.lower()}:{address_text(address)}"


def source_group(host: str) -> str:
    """Who is counted as one source: an IPv4 address; of IPv6 the first 64 bits, of which one peer has all the rest."""
    if ":" not in host:
        return host
    return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])[:8].hex(":", 2) + "::/64"
