"""Where a message goes next: what was called, before it became an address."""

from __future__ import annotations

from dataclasses import dataclass

from sertwist.tls.sip_identity import domain_name
from sertwist.transport.address import socket_name

__all__ = ["NextHop"]


@dataclass(frozen=True, slots=True)
class NextHop:
    """A next hop as it was called; the name travels on to the identity check, whatever it resolves to.

    Attributes:
        protocol: `UDP`, `TCP` or `TLS`.
        host: name, or address literal without brackets.
        port: 1 to 65535.
        server_id: of the client domain that the script chose; empty: none.
        address: literal to connect to instead of what `host` resolves to; empty: none.
        open_only: no connection is opened to it: one that is open is taken, or none.
    """

    protocol: str
    host: str
    port: int
    server_id: str = ""
    address: str = ""
    open_only: bool = False

    @property
    def name(self) -> str:
        """The SIP domain or host being called, lower case; empty when only an address was given."""
        return domain_name(self.host)

    @property
    def text(self) -> str:
        """`tls:gw.example.com:5061`."""
        return socket_name(self.protocol, (self.host, self.port))
