"""`Trusted`: peers that `allow_trusted()` lets pass, by a file of `address protocol from ruri tag` lines."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Final

from sertwist.limits import MAX_PERMISSION_LINES
from sertwist.modules.permissions.addresses import address_of
from sertwist.script.linear import is_found
from sertwist.script.pattern import PatternError, compile_pattern

if TYPE_CHECKING:
    import re

__all__ = ["Trusted", "read_trusted"]

_PROTOCOLS: Final = ("any", "udp", "tcp", "tls", "sctp", "ws", "wss", "none")
_ANYTHING: Final = ("", "-", "NULL", "null")


@dataclass(frozen=True, slots=True)
class Trusted:
    """One line: a peer that may pass.

    Attributes:
        network: its address, or many.
        protocol: lower case; `any`, and `none` for nobody.
        from_pattern: that its From URI matches; None for any.
        ruri_pattern: likewise the Request-URI.
        tag: a text for the script.
    """

    network: IPv4Network | IPv6Network
    protocol: str
    from_pattern: re.Pattern[str] | None
    ruri_pattern: re.Pattern[str] | None
    tag: str

    def is_true_of(self, address: str, protocol: str, from_uri: str | None, ruri: str | None) -> bool:
        """Whether a request passes by it; an unreadable URI matches no pattern."""
        number = address_of(address)
        return (
            number is not None
            and number in self.network
            and self.protocol in ("any", protocol.lower())
            and _fits(self.from_pattern, from_uri)
            and _fits(self.ruri_pattern, ruri)
        )


def _fits(pattern: re.Pattern[str] | None, uri: str | None) -> bool:
    return pattern is None or (uri is not None and is_found(pattern, uri))


def read_trusted(text: str, name: str) -> tuple[Trusted, ...]:
    """The peers of a file's `text`; `name` is what problems call it.

    Raises:
        ValueError: a line is none; says which and why.
    """
    lines = text.splitlines()
    if len(lines) > MAX_PERMISSION_LINES:
        raise ValueError(f"{name}: more than {MAX_PERMISSION_LINES} lines")
    found = []
    for number, line in enumerate(lines, 1):
        try:
            fields = _fields(line)
            if fields:
                found.append(_peer(fields))
        except ValueError as error:
            raise ValueError(f"{name}:{number}: {error}") from None
    return tuple(found)


def _fields(line: str) -> list[str]:
    """Words and quoted texts, up to a comment."""
    reader = shlex.shlex(line, posix=True, punctuation_chars="")
    reader.whitespace_split, reader.escape, reader.commenters = True, "", "#"
    return list(reader)


def _peer(fields: list[str]) -> Trusted:
    if len(fields) < 2:
        raise ValueError("a line is: address protocol [from_pattern [ruri_pattern [tag]]]")
    address, protocol, from_pattern, ruri_pattern, tag = [*fields, "", "", ""][:5]
    try:
        network = ip_network(address, strict=False)
    except ValueError:
        raise ValueError(f"{address!r} is no address") from None
    if protocol.lower() not in _PROTOCOLS:
        raise ValueError(f"{protocol!r} is none of {', '.join(_PROTOCOLS)}")
    return Trusted(network, protocol.lower(), _pattern(from_pattern), _pattern(ruri_pattern), tag)


def _pattern(text: str) -> re.Pattern[str] | None:
    if text in _ANYTHING:
        return None
    try:
        return compile_pattern(text)
    except PatternError as error:
        raise ValueError(f"{text!r}: {error}") from None
