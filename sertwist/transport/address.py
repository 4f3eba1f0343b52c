"""Addresses as people write them."""

from __future__ import annotations

__all__ = ["address_text", "socket_name"]


def address_text(address: tuple[str, int]) -> str:
    """`127.0.0.1:5060`, `[::1]:5060`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def socket_name(protocol: str, address: tuple[str, int]) -> str:
    """A listening socket as a script names it: `tls:127.0.0.1:5061`."""
    return f"{protocol.lower()}:{address_text(address)}"
