"""Change the Request-URI of a context, whole or in parts; what is no URI afterwards is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sertwist.modules.reading.uri_parts import parsed_uri, sip_uri
from sertwist.record import record
from sertwist.sip.grammar import HOST
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["HostPort", "change_uri", "put_uri", "read_host", "read_host_port", "read_port"]

_HOST: Final = re.compile(HOST)
_HOST_PORT: Final = re.compile(rb"(?P<host>" + HOST + rb")(?::(?P<port>[0-9]{1,5}))?(?P<params>;.*)?")
_TRANSPORT: Final = re.compile(rb";transport=(?P<transport>[A-Za-z0-9-]+)", re.IGNORECASE)


@record
class HostPort:
    """`host:port;transport=x`; port None and transport empty when not written."""

    host: bytes
    port: int | None
    transport: bytes = b""


def read_host(text: str) -> bytes:
    """A host name or address, IPv6 in brackets or without.

    Raises:
        ValueError: it is neither.
    """
    host = as_bytes(text)
    if host.count(b":") > 1 and not host.startswith(b"["):
        host = b"[%s]" % host
    if not _HOST.fullmatch(host):
        raise ValueError(f"{text!r} is no host")
    return host


def read_port(text: str) -> int | None:
    """A port, None for an empty text.

    Raises:
        ValueError: it is none.
    """
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65_536:
        raise ValueError(f"{text!r} is no port")
    return int(text)


def read_host_port(text: str) -> HostPort:
    """`host`, `host:port`, both perhaps with `;transport=x`.

    Raises:
        ValueError: it is none of these.
    """
    match = _HOST_PORT.fullmatch(as_bytes(text))
    if match is None:
        raise ValueError(f"{text!r} is no host with a port")
    port = None if match["port"] is None else read_port(match["port"].decode("ascii"))
    transport = _TRANSPORT.fullmatch(match["params"] or b"")
    if match["params"] and transport is None:
        raise ValueError(f"{text!r}: only ;transport=x may stand behind the port")
    return HostPort(match["host"], port, b"" if transport is None else transport["transport"])


def put_uri(ctx: RouteContext, uri: str) -> bool:
    """Send the request of `ctx` to `uri`; False, and nothing changes, when that is no URI or there is no request."""
    if not ctx.uri or parsed_uri(uri) is None:
        return False
    ctx.wish().uri = uri
    return True


def change_uri(ctx: RouteContext, **parts: Any) -> int:
    """Change fields of `sip.uri.SipUri`; 1 when that is done, -1 when it was no SIP URI or would be none."""
    found = sip_uri(ctx.uri)
    if found is None:
        return -1
    return 1 if put_uri(ctx, as_text(bytes(replace(found, **parts)))) else -1
