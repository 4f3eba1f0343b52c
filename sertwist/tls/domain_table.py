"""`DomainTable`: answers which TLS domain serves a local address and name, or is used toward a remote one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from sertwist.errors import UnavailableError
from sertwist.tls.domain import ANY_ADDRESS, NameMode, Side, TLSDomain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["DomainTable"]

_K = TypeVar("_K")
_Address = tuple[str, int] | None
_ANYWHERE = (None, (ANY_ADDRESS, 0))  # both spellings of "every address"


class _Side:
    """The domains of one side, by what they are found by."""

    __slots__ = ("by_id", "exact", "nameless", "parent")

    def __init__(self) -> None:
        self.nameless: dict[_Address, TLSDomain] = {}
        self.exact: dict[_Address, dict[str, TLSDomain]] = {}
        self.parent: dict[_Address, dict[str, TLSDomain]] = {}
        self.by_id: dict[str, TLSDomain] = {}

    def add(self, domain: TLSDomain) -> None:
        if domain.server_id and self.by_id.setdefault(domain.server_id.lower(), domain) is not domain:
            raise ValueError(f"two domains with server_id {domain.server_id}")
        if not domain.server_name:
            if domain.server_id and domain.address is None:
                return  # found by its id alone
            _put(self.nameless, domain.address, domain)
            return
        names = self.exact.setdefault(domain.address, {}), self.parent.setdefault(domain.address, {})
        if domain.server_name_mode is not NameMode.SUBDOMAINS:
            _put(names[0], domain.server_name, domain)
        if domain.server_name_mode is not NameMode.EXACT:
            _put(names[1], domain.server_name, domain)

    def by_name(self, addresses: Iterable[_Address], name: str) -> TLSDomain | None:
        """The domain for `name` at the most specific of `addresses`; at one address: exact, then longest parent."""
        for address in addresses:
            found = self.exact.get(address, {}).get(name) or _longest(self.parent.get(address, {}), name)
            if found is not None:
                return found
        return None

    def only_named(self, address: _Address) -> TLSDomain | None:
        """The one domain at `address` that has a name, when there is neither another one nor one without."""
        named = {id(each): each for names in (self.exact, self.parent) for each in names.get(address, {}).values()}
        return next(iter(named.values())) if len(named) == 1 and address not in self.nameless else None

    def by_address(self, addresses: Iterable[_Address]) -> TLSDomain | None:
        """The nameless domain at the most specific of `addresses`."""
        return next((self.nameless[address] for address in addresses if address in self.nameless), None)


class DomainTable:
    """All TLS domains of one generation; never changed, only replaced.

    The most specific entry wins, whatever the order (reference tls 4.2). Server: address and port with the exact
    name, then with the longest parent domain; any address likewise; then address and port without a name, any
    address with that port, the default. Client: the id that the script set; the name being called; the remote
    address and port; the default.

    Attributes:
        generation: serial number; each table that replaces another has the next one.
        default_server: serves what no other server domain does.
        default_client: likewise for outbound connections.
        config_files: files and folder that say which domains there are.
    """

    __slots__ = ("_domains", "_sides", "config_files", "default_client", "default_server", "generation")

    def __init__(self, domains: Iterable[TLSDomain], *, generation: int = 1, config_files: Iterable[Path] = ()) -> None:
        """Take `domains`; a side without a default gets one without certificate and with built-in settings.

        Args:
            domains: of both sides.
            generation: serial number.
            config_files: that say which domains there are.

        Raises:
            ValueError: two domains for one side, address and name, or with one id.
        """
        self._sides: Mapping[Side, _Side] = {Side.SERVER: _Side(), Side.CLIENT: _Side()}
        table: dict[str, TLSDomain] = {}
        for domain in domains:
            self._sides[domain.side].add(domain)
            table[domain.name] = domain
        self.generation = generation
        self.config_files = tuple(config_files)
        self.default_server = self._default(Side.SERVER, table)
        self.default_client = self._default(Side.CLIENT, table)
        self._domains = MappingProxyType(table)

    def _default(self, side: Side, table: dict[str, TLSDomain]) -> TLSDomain:
        default = self._sides[side].nameless.setdefault(None, TLSDomain(side=side))
        return table.setdefault(default.name, default)

    def server(self, local_ip: str, local_port: int, server_name: str = "") -> TLSDomain:
        """The domain for connections accepted on `local_ip`:`local_port` whose ClientHello names `server_name`.

        Args:
            local_ip: as sockets print it.
            local_port: 1 to 65535.
            server_name: lower case, without trailing dot; empty: none was sent, or one that is no host name.
        """
        side, addresses = self._sides[Side.SERVER], _specific_first(local_ip, local_port)
        named = side.by_name(addresses, server_name) if server_name else None
        return named or side.by_address(addresses) or self.default_server

    def client(self, remote_ip: str, remote_port: int, *, server_name: str = "", server_id: str = "") -> TLSDomain:
        """The domain for connections made to `remote_ip`:`remote_port`.

        Args:
            remote_ip: as sockets print it.
            remote_port: 1 to 65535.
            server_name: the SIP domain or host being called, lower case, without trailing dot; empty: not known.
            server_id: what the script set; then nothing else counts.

        Raises:
            UnavailableError: no client domain has that `server_id` (`tls-server-id`).
        """
        side, addresses = self._sides[Side.CLIENT], _specific_first(remote_ip, remote_port)
        if server_id:
            if (chosen := side.by_id.get(server_id.lower())) is None:
                raise UnavailableError(f"no TLS client domain has the server_id {server_id!r}", code="tls-server-id")
            return chosen
        # A call by address alone is for the server of that address, whose name its domain says. A call by another name
        # is not: the certificate would be checked for a name that nobody called.
        named = side.by_name(addresses, server_name) if server_name else side.only_named(addresses[0])
        return named or side.by_address(addresses) or self.default_client

    def __iter__(self) -> Iterator[TLSDomain]:
        """Every domain, the defaults among them."""
        return iter(self._domains.values())

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file and folder that this table was made of, once."""
        return tuple(dict.fromkeys((*self.config_files, *(path for domain in self for path in domain.files))))

    def get(self, name: str) -> TLSDomain | None:
        """The domain of that name."""
        return self._domains.get(name)


def _put(into: dict[_K, TLSDomain], key: _K, domain: TLSDomain) -> None:
    if into.setdefault(key, domain) is not domain:
        raise ValueError(f"two domains {domain.name}")


def _specific_first(ip: str, port: int) -> tuple[_Address, ...]:
    return (ip, port), (ip, 0), (ANY_ADDRESS, port), *_ANYWHERE


def _longest(parents: Mapping[str, TLSDomain], name: str) -> TLSDomain | None:
    rest = name
    while parents and "." in rest:
        rest = rest.partition(".")[2]
        if rest in parents:
            return parents[rest]
    return None
