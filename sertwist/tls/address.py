"""The value grammar of per-domain TLS parameters: `<ip>:<port>=<value>` or a plain value (reference tls 3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from sertwist.errors import ConfigError
from sertwist.tls.domain import ANY_ADDRESS, Side

__all__ = ["DomainValue", "normal_address", "parse_domain_value"]

_SIDE = re.compile(r"\s*(?:(@)|(client:)|(server:))\s*", re.IGNORECASE)
# What looks like an address before the first equals sign: then it must be a right one.
_ADDRESS = re.compile(
    r"\[(?P<v6>[^\]/]*)\](?::(?P<port6>[^:/=]*))?|(?P<v4>\d{1,3}(?:\.\d{1,3}){3})(?::(?P<port4>[^:/=]*))?"
)
_ANY = re.compile(r"(?:any|\*)(?::(?P<port>[^:/=]*))?", re.IGNORECASE)
_BARE_IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f.:]*")
_NAMED_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*:[0-9]+")
_FORM = 'write "<ip>:<port>=<value>", an IPv6 address in brackets'


@dataclass(frozen=True, slots=True)
class DomainValue:
    """A parameter's value and the domain that it is for; `address` None is the default domain of `side`."""

    side: Side
    address: tuple[str, int] | None
    text: str


def parse_domain_value(value: str) -> DomainValue:
    """Split `value` as `modparam` gives it; an equals sign after anything but an address is part of the value.

    Raises:
        ConfigError: an address that is none, a port outside 1-65535, an IPv6 address without brackets (`tls-address`).
    """
    side = Side.SERVER
    rest = value
    prefix = _SIDE.match(value)
    if prefix is not None:
        side = Side.SERVER if prefix.group(3) else Side.CLIENT
        rest = value[prefix.end() :]
    before, equals, after = rest.partition("=")
    address = _parse_address(before.strip()) if equals else None
    if address is None:
        return DomainValue(side, None, rest.strip())
    return DomainValue(side, address, after.strip())


def normal_address(text: str) -> str:
    """`text`, an IP address, as sockets print it; an IPv4-mapped one as IPv4.

    Raises:
        ValueError: it is none.
    """
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _parse_address(text: str) -> tuple[str, int] | None:
    if match := _ANY.fullmatch(text):
        if match["port"] is None:
            raise ConfigError(f'"{text}=" is what plain values mean already: {_FORM}', code="tls-address")
        return ANY_ADDRESS, _parse_port(match["port"], text)
    if match := _ADDRESS.fullmatch(text):
        try:
            host = normal_address(match["v6"] if match["v6"] is not None else match["v4"])
        except ValueError:
            raise ConfigError(f'"{text}" is not an address: {_FORM}', code="tls-address") from None
        return host, _parse_port(match["port6"] or match["port4"], text)
    if _BARE_IPV6.fullmatch(text):
        raise ConfigError(f'"{text}" is an IPv6 address without brackets: {_FORM}', code="tls-address")
    if _NAMED_HOST.fullmatch(text):
        raise ConfigError(f'"{text}" names a host: {_FORM}', code="tls-address")
    return None


def _parse_port(text: str | None, address: str) -> int:
    if text is not None and re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= 65_535:
        return int(text)
    what = "has no port" if text is None else "has no port from 1 to 65535"
    raise ConfigError(f'"{address}" {what}: {_FORM}', code="tls-address")
