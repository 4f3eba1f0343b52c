"""`tls.options`: every parameter with the value in force, under the names that SER's clients know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.errors import ConfigError
from sertwist.tls.domain import ProtocolVersion, Side, VerifyMode
from sertwist.tls.loading.address import parse_domain_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from sertwist.limits import ConnectionLimits
    from sertwist.modules.settings import SettingValue
    from sertwist.script.declare import Parameter
    from sertwist.tls.domain import TLSDomain

__all__ = ["option_values"]

_HIDDEN: Final = "***"
_SECRET_WORDS: Final = ("password", "passphrase")

_METHODS: Final = {
    (ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_3): "TLSv1.2+",
    (ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_2): "TLSv1.2",
    (ProtocolVersion.TLS_1_3, ProtocolVersion.TLS_1_3): "TLSv1.3",
}
# What the default server domain has in force, from whichever file it came.
_IN_FORCE: Final[dict[str, Callable[[TLSDomain], object]]] = {
    "method": lambda domain: _METHODS[domain.minimum, domain.maximum],
    "verify_certificate": lambda domain: int(domain.verify is not VerifyMode.OFF),
    "require_certificate": lambda domain: int(domain.verify is VerifyMode.ON),
    "verify_client": lambda domain: domain.verify.value,
    "verify_depth": lambda domain: domain.depth,
    "certificate": lambda domain: _files(own.certificate_file for own in domain.own[:1]),
    "private_key": lambda domain: _files(own.key_file for own in domain.own[:1]),
    "certificate2": lambda domain: _files(own.certificate_file for own in domain.own[1:]),
    "private_key2": lambda domain: _files(own.key_file for own in domain.own[1:]),
    "ca_list": lambda domain: _files(domain.ca_files),
    "crl": lambda domain: _files(domain.crl_files),
    "cipher_list": lambda domain: domain.cipher_list,
    "ciphersuites": lambda domain: domain.ciphersuites,
    "session_cache": lambda domain: int(domain.resumption),
    "groups": lambda domain: domain.groups,
    "alpn": lambda domain: " ".join(domain.alpn),
    "crl_check": lambda domain: "leaf" if domain.crl_leaf_only else "chain",
    "revoked_action": lambda domain: domain.revoked_action.value,
    "ocsp_stapling": lambda domain: _files([domain.staple_file]) or domain.staple.value,
}
# Bounds that a core setting or a default gives when the module's own parameter does not.
_BOUNDS: Final[dict[str, Callable[[ConnectionLimits], float]]] = {
    "handshake_timeout": lambda limits: limits.handshake_timeout,
    "send_timeout": lambda limits: limits.write_timeout,
    "connection_timeout": lambda limits: limits.idle_timeout,
    "con_ct_wq_max": lambda limits: limits.max_write_queue,
    "ct_wq_max": lambda limits: limits.max_write_queues,
}


def option_values(
    parameters: Iterable[Parameter], settings: Mapping[str, Any], default: TLSDomain, limits: ConnectionLimits
) -> dict[str, object]:
    """Parameter, by the name that SER's clients know, to value.

    Args:
        parameters: of the module.
        settings: as the script set them.
        default: the default server domain in force.
        limits: the bounds in force.

    Returns:
        Of a parameter with a value for each domain that of the default server domain; `tls.domains` has the others.
        Empty text for what is not set.
    """
    return {each.name.removeprefix("tls_"): _value(each, settings, default, limits) for each in parameters}


def _value(parameter: Parameter, settings: Mapping[str, Any], default: TLSDomain, limits: ConnectionLimits) -> object:
    name = parameter.name
    if name in _IN_FORCE:
        return _IN_FORCE[name](default)
    value = settings[name]
    if parameter.accumulates:
        value = ", ".join(_default_texts(value))
    if name in _BOUNDS and value:
        return int(value)
    if name in _BOUNDS:
        value = int(_BOUNDS[name](limits))
    if value is None:
        return ""
    is_secret = any(word in name for word in _SECRET_WORDS) and not name.endswith("_file")
    return _HIDDEN if is_secret and value else value


def _default_texts(values: Iterable[SettingValue]) -> Iterator[str]:
    """The values that are not for one address."""
    for each in values:
        try:
            parsed = parse_domain_value(str(each.value))
        except ConfigError:
            continue
        if parsed.side is Side.SERVER and parsed.address is None:
            yield parsed.text


def _files(paths: Iterable[Path | None]) -> str:
    return ", ".join(str(path) for path in paths if path is not None)
