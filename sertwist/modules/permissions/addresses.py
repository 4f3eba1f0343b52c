"""`AddressTable`: which group an address belongs to, by a file of `group address mask port tag` lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from sertwist.limits import MAX_PERMISSION_LINES

__all__ = ["AddressTable", "Row", "address_of", "read_addresses", "read_networks"]

_SEPARATOR: Final = re.compile(r"[\s,;]+")
_DOMAIN: Final = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z][A-Za-z0-9-]{0,62}", re.ASCII)
_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Attributes:
        group: a number.
        network: of one address or more; None when it is a domain.
        domain: lower case, empty when it is a network.
        port: 0 for any.
        tag: a text for the script.
    """

    group: int
    network: _Network | None
    domain: str
    port: int
    tag: str


@dataclass(slots=True)
class AddressTable:
    """The rows, found by group and address in a look-up for each length of prefix that there is."""

    rows: tuple[Row, ...] = ()
    _domains: dict[tuple[int, str], list[Row]] = field(init=False, default_factory=dict)
    _networks: dict[tuple[int, int, int, int], list[Row]] = field(init=False, default_factory=dict)
    _lengths: dict[tuple[int, int], list[int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            if row.network is None:
                self._domains.setdefault((row.group, row.domain), []).append(row)
                continue
            version, bits = row.network.version, row.network.prefixlen
            key = (row.group, version, bits, int(row.network.network_address))
            self._networks.setdefault(key, []).append(row)
            lengths = self._lengths.setdefault((row.group, version), [])
            if bits not in lengths:
                lengths.append(bits)
                lengths.sort(reverse=True)

    @property
    def groups(self) -> list[int]:
        """Every group that has rows, in order."""
        return sorted({row.group for row in self.rows})

    def find(self, group: int, address: str, port: int) -> Row | None:
        """The row of `group` that `address` (an IP address or a domain) and `port` belong to, the narrowest first."""
        number = address_of(address)
        if number is None:
            return _at_port(self._domains.get((group, address.lower()), []), port)
        version, size = number.version, number.max_prefixlen
        for bits in self._lengths.get((group, version), ()):
            start = int(number) >> (size - bits) << (size - bits)
            row = _at_port(self._networks.get((group, version, bits, start), []), port)
            if row is not None:
                return row
        return None

    def find_group(self, address: str, port: int) -> Row | None:
        """The row of the first group that the address belongs to."""
        return next((row for group in self.groups if (row := self.find(group, address, port)) is not None), None)


def _at_port(rows: list[Row], port: int) -> Row | None:
    return next((row for row in rows if row.port in (0, port) or port == 0), None)


@lru_cache(maxsize=4_096)
def address_of(text: str) -> _Address | None:
    """The IP address that `text` is, an IPv4 one that is written as IPv6 as itself; None for what is none."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=256)
def read_networks(text: str) -> tuple[_Network, ...]:
    """The networks and addresses of a list, divided by commas, semicolons and blanks.

    Raises:
        ValueError: one is none; says which.
    """
    found = [_network(each, "") for each in _SEPARATOR.split(text) if each]
    if None in found:
        raise ValueError(f"{text!r} is no list of addresses and networks, such as 192.0.2.0/24,[2001:db8::]/32")
    return tuple(network for network in found if network is not None)


def read_addresses(text: str, name: str) -> AddressTable:
    """The rows of a file's `text`; `name` is what problems call it.

    Raises:
        ValueError: a line is none; says which and why.
    """
    lines = text.splitlines()
    if len(lines) > MAX_PERMISSION_LINES:
        raise ValueError(f"{name}: more than {MAX_PERMISSION_LINES} lines")
    rows = []
    for number, line in enumerate(lines, 1):
        written = line.partition("#")[0].strip(" \t,;")
        if written:
            try:
                rows.append(_row(_SEPARATOR.split(written, maxsplit=4)))
            except ValueError as error:
                raise ValueError(f"{name}:{number}: {error}") from None
    return AddressTable(tuple(rows))


def _row(fields: list[str]) -> Row:
    if len(fields) < 2:
        raise ValueError("a line is: group address [mask [port [tag]]]")
    group, address, mask, port, tag = [*fields, "", "", ""][:5]
    network, domain = _network(address.strip('"'), mask), ""
    if network is None:
        domain = address.strip('"').lower()
        if not _DOMAIN.fullmatch(domain):
            raise ValueError(f"{address!r} is neither an address nor a domain")
    number = _number(port or "0", "port", 65_535)
    return Row(_number(group, "group", 2**31 - 1), network, domain, number, tag.strip(' \t"'))


def _network(address: str, mask: str) -> _Network | None:
    """The network of an address with a mask; None for a domain."""
    written = address if "/" in address else f"{address}/{mask}" if mask else address
    if address_of(address.partition("/")[0]) is None:
        return None
    try:
        return ip_network(written.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        raise ValueError(f"{written!r} is no network") from None


def _number(text: str, what: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or int(text) > most:
        raise ValueError(f"{text!r} is no {what} from 0 to {most}")
    return int(text)
