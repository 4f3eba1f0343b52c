"""What strings, numbers and addresses mean as written in a script (reference language 1.4, 1.5, 1.7)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["CONSTANT_WORDS", "SELECT_PART", "parse_address", "parse_network", "parse_number", "unescape"]

_ESCAPE = re.compile(r"\\(?:([nrta\"\\])|x([0-9A-Fa-f]{1,2})|([0-7]{2,3})|\r?\n)")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", '"': '"', "\\": "\\"}
_NUMBER = re.compile(r"0[xX]([0-9A-Fa-f]+)|([01]+)b|0([0-7]+)|(0|[1-9][0-9]*)")
_BASES = (16, 2, 8, 10)
_LARGEST = 2**63 - 1
_LONGEST = 64  # digits: the largest in binary; a longer text is not even converted

#: Of a select, with its indexes (reference language 1.9).
SELECT_PART = r"[A-Za-z_]\w*(?:\[(?:-?\d+|\*|\"[^\"\n]*\")\])*"

#: Words that are numbers wherever a value is expected.
CONSTANT_WORDS = {
    **dict.fromkeys(("yes", "true", "on", "enable", "Yes", "YES", "True", "enabled"), 1),
    **dict.fromkeys(("no", "false", "off", "disable", "No", "NO", "False", "disabled"), 0),
    **dict.fromkeys(("inet", "INET", "ipv4", "IPv4", "IPV4"), 4),
    **dict.fromkeys(("inet6", "INET6", "ipv6", "IPv6", "IPV6"), 6),
}


def unescape(raw: str) -> str:
    r"""The value of what stands between double quotes; an unknown pair such as `\.` or `\1` is kept as it is.

    `\xHH` and octal escapes are bytes; those above 127 become surrogates, as undecodable bytes of the file do.
    """
    return _ESCAPE.sub(_replace, raw) if "\\" in raw else raw


def _replace(match: re.Match[str]) -> str:
    simple, hexadecimal, octal = match.groups()
    if simple:
        return _SIMPLE[simple]
    if not hexadecimal and not octal:
        return ""  # backslash at the end of a line
    value = (int(hexadecimal, 16) if hexadecimal else int(octal, 8)) & 0xFF
    return chr(value) if value < 0x80 else chr(0xDC00 + value)


def parse_number(text: str) -> int | None:
    """The value of a number token, None when it is none; leading 0 is octal, `b` at the end binary.

    Raises:
        OverflowError: more than 63 bits and a sign hold.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits, base = next((g, b) for g, b in zip(match.groups(), _BASES, strict=True) if g is not None)
    if len(digits.lstrip("0")) > _LONGEST or (value := int(digits, base)) > _LARGEST:
        raise OverflowError(text)
    return value


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address that `text` is, with or without square brackets; None when it is none."""
    try:
        return ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """The network `address/bits` or `address/mask`, host bits allowed; None when it is none."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
