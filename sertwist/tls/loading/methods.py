"""Names of the `method` parameter, of every age, as the versions they mean here (reference tls 12.2)."""

from __future__ import annotations

import re
from typing import Final

from sertwist.errors import ConfigError
from sertwist.tls.domain import ProtocolVersion

__all__ = ["METHOD_NAMES", "parse_method"]

_V12, _V13 = ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_3
_OLD: Final = "means TLS 1.2 or newer here"
_ALONE: Final = "means TLS 1.2 alone: TLS 1.3 is off"

# lower-case name: (oldest version, newest version, warning)
_METHODS: Final[dict[str, tuple[ProtocolVersion, ProtocolVersion, str]]] = {
    "sslv23": (_V12, _V13, _OLD),
    "tlsv1": (_V12, _V13, _OLD),
    "tlsv1.0": (_V12, _V13, _OLD),
    "tlsv1+": (_V12, _V13, _OLD),
    "tlsv1.0+": (_V12, _V13, _OLD),
    "tlsv1.1": (_V12, _V13, _OLD),
    "tlsv1.1+": (_V12, _V13, _OLD),
    "tlsv1.2": (_V12, _V12, _ALONE),
    "tlsv1.2+": (_V12, _V13, ""),
    "tlsv1.3": (_V13, _V13, ""),
    "tlsv1.3+": (_V13, _V13, ""),
}
METHOD_NAMES: Final = ("TLSv1.2", "TLSv1.2+", "TLSv1.3")

# OpenSIPS: one version, or a range that is open where nothing stands.
_RANGE = re.compile(r"(tlsv1(?:_[0-3])?)?(-)?(tlsv1(?:_[0-3])?)?")
_VERSIONS: Final = {"tlsv1": 0, "tlsv1_0": 0, "tlsv1_1": 1, "tlsv1_2": 2, "tlsv1_3": 3}


def parse_method(name: str) -> tuple[ProtocolVersion, ProtocolVersion, str]:
    """Oldest and newest version for `name`, and a warning when it means something else than it says.

    Raises:
        ConfigError: unknown, or a version that no library speaks any more (`tls-method`).
    """
    key = name.strip().lower()
    if key in _METHODS:
        return _METHODS[key]
    if key in {"sslv2", "sslv3"}:
        raise ConfigError(f"method {name} is broken and gone from the library", code="tls-method")
    match = _RANGE.fullmatch(key)
    if match is None or not key:
        raise ConfigError(f"unknown method {name!r}", code="tls-method")
    oldest = _VERSIONS[match[1]] if match[1] else 2
    newest = _VERSIONS[match[3]] if match[3] else 3 if match[2] else oldest
    if newest < 2 and match[2]:
        raise ConfigError(f"method {name} has no version in it that is still safe", code="tls-method")
    if oldest > newest:
        raise ConfigError(f"method {name} begins above its end", code="tls-method")
    if newest == 2:
        return _V12, _V12, _ALONE
    return _V13 if oldest == 3 else _V12, _V13, _OLD if oldest < 2 else ""
