"""What an outbound connection may be used again for (reference tls 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.transport.address import socket_name

if TYPE_CHECKING:
    from sertwist.tls.context import ClientContextFactory
    from sertwist.tls.domain import TLSDomain
    from sertwist.transport.outbound import OutboundConnection

__all__ = ["PoolKey", "is_same"]


@dataclass(frozen=True, slots=True)
class PoolKey:
    """Two messages that differ in any of these never share a connection.

    Attributes:
        protocol: `TCP` or `TLS`.
        address: remote address and port.
        domain_name: of the client domain; empty over TCP.
        called: the name that the server was checked for; empty over TCP.
    """

    protocol: str
    address: tuple[str, int]
    domain_name: str = ""
    called: str = ""

    @property
    def text(self) -> str:
        """`tls:192.0.2.1:5061 for gw.example.com by client:default`."""
        place = socket_name(self.protocol, self.address)
        return f"{place} for {self.called} by {self.domain_name}" if self.domain_name else place


def is_same(connection: OutboundConnection, factory: ClientContextFactory | None) -> bool:
    """Whether the settings that `connection` was made by are those in force, whichever generation they are of."""
    domain: TLSDomain | None = None if factory is None else factory.domain
    if connection.domain is domain:
        return True
    if connection.domain != domain:
        return False
    connection.domain = domain  # so that the next comparison is quick
    return True
