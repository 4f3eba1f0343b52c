"""Names of the `method` parameter, of every age, as the versions they mean here (reference tls 12.2)."""

from __future__ import annotations

from sertwist.errors import ConfigError
from sertwist.tls.domain import ProtocolVersion

__all__ = ["METHOD_NAMES", "parse_method"]

_V12, _V13 = ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_3
_OLD = "means TLS 1.2 or newer here"

# lower-case name: (oldest version, newest version, warning)
_METHODS: dict[str, tuple[ProtocolVersion, ProtocolVersion, str]] = {
    "sslv23": (_V12, _V13, _OLD),
    "tlsv1": (_V12, _V13, _OLD),
    "tlsv1.0": (_V12, _V13, _OLD),
    "tlsv1+": (_V12, _V13, _OLD),
    "tlsv1.0+": (_V12, _V13, _OLD),
    "tlsv1.1": (_V12, _V13, _OLD),
    "tlsv1.1+": (_V12, _V13, _OLD),
    "tlsv1.2": (_V12, _V12, "means TLS 1.2 alone: TLS 1.3 is off"),
    "tlsv1.2+": (_V12, _V13, ""),
    "tlsv1_2": (_V12, _V12, "means TLS 1.2 alone: TLS 1.3 is off"),
    "tlsv1_2-": (_V12, _V13, ""),
    "tlsv1.3": (_V13, _V13, ""),
    "tlsv1.3+": (_V13, _V13, ""),
    "tlsv1_3": (_V13, _V13, ""),
    "tlsv1-tlsv1_3": (_V12, _V13, _OLD),
    "-": (_V12, _V13, ""),
}
METHOD_NAMES = ("TLSv1.2", "TLSv1.2+", "TLSv1.3")


def parse_method(name: str) -> tuple[ProtocolVersion, ProtocolVersion, str]:
    """Oldest and newest version for `name`, and a warning when it means something else than it says.

    Raises:
        ConfigError: unknown, or a version that no library speaks any more (`tls-method`).
    """
    key = name.strip().lower()
    if key in {"sslv2", "sslv3"}:
        raise ConfigError(f"method {name} is broken and gone from the library", code="tls-method")
    try:
        return _METHODS[key]
    except KeyError:
        raise ConfigError(f"unknown method {name!r}", code="tls-method") from None
