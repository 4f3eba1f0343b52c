"""`{uri.*}`, `{urialias.*}`: parts of a URI.

A part that it has not got is empty; of what is no URI all are undefined.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sertwist.script.declare import Kind
from sertwist.script.transformations.declare import Change
from sertwist.sip.errors import BadUriError
from sertwist.sip.params import encode_params
from sertwist.sip.text import as_bytes, as_text
from sertwist.sip.uri import SipUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["URIS", "sip_uri_of"]

_ALIAS: Final = re.compile(r"([^~]+)~(\d{1,5})~([1-6])")
_ALIAS_PROTOCOLS: Final = ("udp", "tcp", "tls", "sctp", "ws", "wss")


@lru_cache(maxsize=512)
def sip_uri_of(value: str) -> SipUri | None:
    """The SIP URI that a text is, not to be changed."""
    try:
        found = parse_uri(as_bytes(value))
    except BadUriError:
        return None
    return found if isinstance(found, SipUri) else None


def _part(take: Callable[[SipUri], bytes | None]) -> Callable[[str], str | None]:
    def apply(value: str) -> str | None:
        found = sip_uri_of(value)
        return None if found is None else as_text(take(found) or b"")

    return apply


def _port(value: str) -> int | str | None:
    found = sip_uri_of(value)
    return None if found is None else found.port or ""


def _param(value: str, name: str) -> str | None:
    found = sip_uri_of(value)
    return None if found is None else as_text(found.param(as_bytes(name.lower())) or b"")


def _scheme(value: str) -> str | None:
    try:
        return parse_uri(as_bytes(value)).scheme.decode("ascii")
    except BadUriError:
        return None


def _lr(uri: SipUri) -> bytes:
    return b"" if uri.param(b"lr") is None else b"lr"


def _saor(uri: SipUri) -> bytes:
    user = b"" if uri.user is None else uri.user + b"@"
    return b"%s:%s%s" % (uri.scheme, user, uri.host)


def _transport(uri: SipUri) -> bytes:
    return (uri.param(b"transport") or b"").lower()


def _duri(uri: SipUri) -> bytes:
    """Where a request to it would go: host, port and transport alone."""
    port = b"" if uri.port is None else b":%d" % uri.port
    transport = _transport(uri)
    return b"%s:%s%s%s" % (uri.scheme, uri.host, port, b";transport=" + transport if transport else b"")


def _tosocket(uri: SipUri) -> bytes:
    secure = uri.scheme == b"sips"
    return b"%s:%s:%d" % (_transport(uri) or (b"tls" if secure else b"udp"), uri.host, uri.port or 5060 + secure)


def _alias_decode(value: str) -> str | None:
    """`host~port~protocol` of an `alias` parameter as a URI."""
    match = _ALIAS.fullmatch(value)
    if match is None:
        return None
    host, port, protocol = match.groups()
    return f"sip:{host}:{port};transport={_ALIAS_PROTOCOLS[int(protocol) - 1]}"


def _alias_encode(value: str) -> str | None:
    uri = sip_uri_of(value)
    transport = "" if uri is None else _transport(uri).decode("ascii", "replace") or "udp"
    if uri is None or transport not in _ALIAS_PROTOCOLS:
        return None
    return f"{as_text(uri.host)}~{uri.port or 5060}~{_ALIAS_PROTOCOLS.index(transport) + 1}"


#: By name.
URIS: Final = (
    Change(name="uri.user", apply=_part(lambda uri: uri.user), help="The user part."),
    Change(name="uri.passwd", apply=_part(lambda uri: uri.password), help="The password."),
    Change(name="uri.host", apply=_part(lambda uri: uri.host), help="The host."),
    Change(name="uri.domain", apply=_part(lambda uri: uri.host), help="The host."),
    Change(name="uri.port", apply=_port, kind=Kind.ANY, help="The port; empty when there is none."),
    Change(name="uri.scheme", apply=_scheme, help="sip, sips, tel ..."),
    Change(
        name="uri.params",
        apply=_part(lambda uri: encode_params(uri.params)[1:]),
        help="All parameters, without the first semicolon.",
    ),
    Change(name="uri.param", apply=_param, arguments=(Kind.TEXT,), help="The value of a parameter."),
    Change(name="uri.headers", apply=_part(lambda uri: uri.headers), help="What stands behind the question mark."),
    Change(name="uri.transport", apply=_part(_transport), help="The transport parameter, in lower case."),
    Change(name="uri.maddr", apply=_part(lambda uri: uri.param(b"maddr")), help="The maddr parameter."),
    Change(name="uri.ttl", apply=_part(lambda uri: uri.param(b"ttl")), help="The ttl parameter."),
    Change(name="uri.r2", apply=_part(lambda uri: uri.param(b"r2")), help="The r2 parameter."),
    Change(name="uri.lr", apply=_part(_lr), help="lr when there is such a parameter."),
    Change(name="uri.saor", apply=_part(_saor), help="Scheme, user and host."),
    Change(name="uri.duri", apply=_part(_duri), help="Scheme, host, port and transport."),
    Change(name="uri.tosocket", apply=_part(_tosocket), help="As protocol:host:port."),
    Change(name="urialias.decode", apply=_alias_decode, help="The URI of an alias parameter, host~port~protocol."),
    Change(name="urialias.encode", apply=_alias_encode, help="The alias parameter for a URI."),
)
