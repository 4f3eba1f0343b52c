"""Which next hop a script means (reference language 5.6 `forward`; RFC 3263 4 as far as addresses and ports go)."""

from __future__ import annotations

from typing import Final

from sertwist.errors import UnavailableError
from sertwist.sip.errors import BadUriError
from sertwist.sip.text import as_bytes
from sertwist.sip.uri import SipUri, parse_uri
from sertwist.tls.sip_identity import domain_name
from sertwist.transport.next_hop import NextHop
from sertwist.transport.resolver import literal_address

__all__ = ["choose_next_hop"]

_PROTOCOLS: Final = ("UDP", "TCP", "TLS")
_DEFAULT_PORTS: Final = {"UDP": 5060, "TCP": 5060, "TLS": 5061}


def choose_next_hop(uri: str, destination: str, protocol: str, host: str, port: int, server_id: str) -> NextHop:
    """The next hop that the script names, or, where it leaves that open, its destination URI, else the Request-URI.

    Args:
        uri: the Request-URI that the request goes on with.
        destination: `dst_uri`; empty: there is none.
        protocol: `UDP`, `TCP`, `TLS`; empty: what the URI says.
        host: name or address; empty: the URI's.
        port: 0: the URI's when `host` is empty too, else the protocol's own.
        server_id: of the client domain that the script chose.

    Raises:
        UnavailableError: it can't be gone by, and why (`next-hop`); a `sips` request goes over TLS or not at all.
    """
    request_uri = _sip_uri(uri)
    secure = request_uri is not None and request_uri.scheme == b"sips"
    if not host:
        target = _sip_uri(destination) if destination else request_uri
        if target is None:
            which = "destination URI" if destination else "Request-URI"
            raise UnavailableError(f"the {which} is no SIP URI, and names no next hop", code="next-hop")
        secure = secure or target.scheme == b"sips"
        host = (target.param(b"maddr") or target.host).decode("ascii")
        port = port or target.port or 0
        protocol = protocol or ("TLS" if secure else _transport_of(target))
    protocol = protocol or ("TLS" if secure else "UDP")
    if secure and protocol != "TLS":
        raise UnavailableError(f"a sips request may not go on over {protocol}", code="sips")
    literal = literal_address(host)
    if not literal and not domain_name(host):
        raise UnavailableError("the next hop is neither a host name nor an address", code="next-hop")
    if not 0 <= port <= 65_535:
        raise UnavailableError(f"{port} is no port", code="next-hop")
    return NextHop(protocol, literal or domain_name(host), port or _DEFAULT_PORTS[protocol], server_id)


def _sip_uri(text: str) -> SipUri | None:
    try:
        uri = parse_uri(as_bytes(text))
    except BadUriError:
        return None
    return uri if isinstance(uri, SipUri) else None


def _transport_of(uri: SipUri) -> str:
    """What `;transport=` asks for, UDP without one (RFC 3263 4.1).

    Raises:
        UnavailableError: a transport that this server has not.
    """
    asked = (uri.param(b"transport") or b"udp").decode("ascii").upper()
    if asked not in _PROTOCOLS:
        raise UnavailableError("the URI asks for a transport that is not available", code="transport")
    return asked
