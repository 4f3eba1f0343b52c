"""`DomainTable`: answers which TLS domain serves a local address, or is used toward a remote one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sertwist.tls.domain import Side, TLSDomain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["DomainTable"]

ANY_ADDRESS = "*"  # a domain of this address serves its port on every address


class DomainTable:
    """All TLS domains of one generation; never changed, only replaced.

    The most specific entry wins, whatever the order: address and port, then any address with that port, then the
    default of the side (reference tls 4.2).

    Attributes:
        generation: serial number; each table that replaces another has the next one.
        default_server: serves what no other server domain does.
        default_client: likewise for outbound connections.
    """

    __slots__ = ("_domains", "default_client", "default_server", "generation")

    def __init__(self, domains: Iterable[TLSDomain], *, generation: int = 1) -> None:
        """Take `domains`; a side without a default gets one without certificate and with built-in settings.

        Raises:
            ValueError: two domains for one side and address.
        """
        table: dict[tuple[Side, tuple[str, int] | None], TLSDomain] = {}
        for domain in domains:
            if table.setdefault((domain.side, domain.address), domain) is not domain:
                raise ValueError(f"two domains {domain.name}")
        self.generation = generation
        self.default_server = table.setdefault((Side.SERVER, None), TLSDomain(side=Side.SERVER))
        self.default_client = table.setdefault((Side.CLIENT, None), TLSDomain(side=Side.CLIENT))
        self._domains = MappingProxyType(table)

    def server(self, local_ip: str, local_port: int) -> TLSDomain:
        """The domain for connections accepted on `local_ip`:`local_port`, as sockets print them."""
        return self._find(Side.SERVER, local_ip, local_port) or self.default_server

    def client(self, remote_ip: str, remote_port: int) -> TLSDomain:
        """The domain for connections made to `remote_ip`:`remote_port`."""
        return self._find(Side.CLIENT, remote_ip, remote_port) or self.default_client

    def __iter__(self) -> Iterator[TLSDomain]:
        """Every domain, the defaults among them."""
        return iter(self._domains.values())

    def _find(self, side: Side, ip: str, port: int) -> TLSDomain | None:
        return self._domains.get((side, (ip, port))) or self._domains.get((side, (ANY_ADDRESS, port)))
