"""How a TLS domain's address is written: `<ip>:<port>=<value>` in a script, `[server:<ip>:<port>]` in tls.cfg.

Reference tls 3.1 and 3.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from sertwist.errors import ConfigError
from sertwist.tls.domain import ANY_ADDRESS, Side

__all__ = ["ANYWHERE", "DomainAddress", "DomainValue", "normal_address", "parse_domain_value", "parse_target"]

DomainAddress = tuple[str, int]
ANYWHERE = (ANY_ADDRESS, 0)  # `any`: a row that is found by its name or id at every address

_SIDE = re.compile(r"\s*(?:(@)|(client:)|(server:))\s*", re.IGNORECASE)
# What looks like an address before the first equals sign: then it must be a right one.
_ADDRESS = re.compile(
    r"\[(?P<v6>[^\]/]*)\](?::(?P<port6>[^:/=]*))?|(?P<v4>\d{1,3}(?:\.\d{1,3}){3})(?::(?P<port4>[^:/=]*))?"
)
_ANY = re.compile(r"(?P<word>any|all|\*)(?::(?P<port>[^:/=]*))?", re.IGNORECASE)
_BARE_IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f.:]*")
_NAMED_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*:[0-9]+")
_FORM = 'write "<ip>:<port>=<value>", an IPv6 address in brackets'
_SECTION_FORM = "write [server:<ip>:<port>], [client:[<ip6>]:<port>], [server:default] or [server:any]"


@dataclass(frozen=True, slots=True)
class DomainValue:
    """A parameter's value and the domain that it is for; `address` None is the default domain of `side`."""

    side: Side
    address: DomainAddress | None
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


def parse_target(text: str) -> DomainAddress | None:
    """What stands after the side in a section of tls.cfg; None is the default domain, port 0 any port.

    Raises:
        ConfigError: it is neither `default`, `any` nor an address with a port (`tls-address`).
    """
    word = text.strip()
    if word.lower() in {"default", "def", "*"}:
        return None
    address = _parse_address(word, form=_SECTION_FORM, lowest_port=0)
    if address is None:
        raise ConfigError(f'"{word[:60]}" is no address: {_SECTION_FORM}', code="tls-address")
    return address


def _parse_address(text: str, *, form: str = _FORM, lowest_port: int = 1) -> DomainAddress | None:
    """The address that `text` is, None when it does not look like one; a wrong one is an error."""
    if match := _ANY.fullmatch(text):
        if match["port"] is None and match["word"] != "*":
            return ANYWHERE
        return ANY_ADDRESS, _parse_port(match["port"], text, form, lowest_port)
    if match := _ADDRESS.fullmatch(text):
        try:
            host = normal_address(match["v6"] if match["v6"] is not None else match["v4"])
        except ValueError:
            raise ConfigError(f'"{text}" is not an address: {form}', code="tls-address") from None
        return host, _parse_port(match["port6"] or match["port4"], text, form, lowest_port)
    if _BARE_IPV6.fullmatch(text):
        raise ConfigError(f'"{text}" is an IPv6 address without brackets: {form}', code="tls-address")
    if _NAMED_HOST.fullmatch(text):
        raise ConfigError(f'"{text}" names a host: {form}', code="tls-address")
    return None


def _parse_port(text: str | None, address: str, form: str, lowest: int) -> int:
    if text is not None and re.fullmatch("[0-9]{1,5}", text) and lowest <= int(text) <= 65_535:
        return int(text)
    what = "has no port" if text is None else f"has no port from {lowest} to 65535"
    raise ConfigError(f'"{address}" {what}: {form}', code="tls-address")
