"""Whether a browser was sent here under a name of ours (reference rpc 14.9).

A page of another site can give its own name our address: its requests are then, for the browser, to its own origin, and
`Origin` and `Host` agree. The name is what gives them away.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from sertwist.rpc.http_policy import HttpRefusal

if TYPE_CHECKING:
    from sertwist.modules.host import HttpPeer
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.script.context import Environment
    from sertwist.tls.certificate import CertificateView

__all__ = ["check_host", "is_from_browser"]

_BROWSERS_SEND: Final = (b"origin", b"sec-fetch-site")


def is_from_browser(request: HttpRequest) -> bool:
    """Whether `request` says that a page made it; browsers do not let pages leave that out."""
    return any(request.field(name) is not None for name in _BROWSERS_SEND)


def check_host(request: HttpRequest, peer: HttpPeer, environment: Environment) -> HttpRefusal | None:
    """Return the refusal of a request whose Host is no name of this server; None when it is one.

    Its names are its addresses, its aliases, what listeners are advertised as, and what the certificate says that it
    showed on this connection.
    """
    host, port = _split((request.header("host") or "").lower(), 80 if peer.tls is None else 443)
    local = peer.local[0]
    if host == local or environment.is_own_host(host, port):
        return None
    if host == "localhost" and _is_loopback(local):
        return None
    if peer.tls is not None and peer.tls.my is not None and _is_named(host, peer.tls.my):
        return None
    environment.count("http.foreign_host")
    return HttpRefusal(421, "this server has no such name; an alias in its script can give it one\n")


def _split(field: str, default: int) -> tuple[str, int]:
    """Host and port of a Host field; an IPv6 address without its brackets."""
    host, colon, port = field.rpartition(":")
    if not colon or not port.isdigit():
        host, port = field, str(default)
    return host.removeprefix("[").removesuffix("]"), int(port) if len(port) <= 5 else 0


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_named(host: str, certificate: CertificateView) -> bool:
    """Whether `certificate` is for `host`; a `*` stands for its first label, as in RFC 9525 6.3."""
    names = {name.lower() for name in certificate.dns if name is not None}
    _, dot, parent = host.partition(".")
    return host in names or host in certificate.ip or bool(dot and f"*.{parent}" in names)
